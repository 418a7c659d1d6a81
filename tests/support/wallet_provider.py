"""A wallet in the browser (EIP-1193, announced by EIP-6963 or injected), in front of a real node.

The page's requests come to Python through a binding of Playwright, so that its policy stays as it
is; the node signs, from accounts that it has unlocked. What a person's wallet would do is said by
its fields: decline, be on another network, know some networks and not others. A
method that the page calls `held` is answered once `release()` is called there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from support.anvil import CLIENT

PROVIDER = """
(() => {
  const [name, how, binding] = ARGUMENTS;
  const request = async ({ method, params }) => {
    if (window.held === method) await new Promise((go) => (window.release = go));
    const answer = await window[binding](method, JSON.stringify(params ?? []));
    const { result, error } = JSON.parse(answer);
    if (error) throw Object.assign(new Error(error.message), error);
    return result;
  };
  const provider = { request, on() {}, removeListener() {} };
  if (how === "injected") {
    window.ethereum = provider;
    return;
  }
  const info = { uuid: binding, name, icon: "data:image/svg+xml,", rdns: `test.${binding}` };
  const detail = Object.freeze({ info: Object.freeze(info), provider });
  const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""
READS = {
    "eth_call", "eth_estimateGas", "eth_gasPrice", "eth_getBalance", "eth_getBlockByNumber",
    "eth_getCode", "eth_getTransactionByHash", "eth_getTransactionCount",
    "eth_getTransactionReceipt",
}  # fmt: skip
SIGNS = {"eth_sendTransaction", "eth_signTypedData_v4"}


@dataclass
class Wallet:
    """`refuses`: method -> the error (code, message) that it is answered with, from now on."""

    url: str
    account: str
    chain_id: int
    name: str = "Test Wallet"
    how: str = "announced"  # or "injected"
    knows: tuple[int, ...] = ()  # networks that it can switch to; empty: all
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    wraps: bool = False  # the node's errors lie within its own, as those of many do
    asked: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)  # hashes of transactions

    def install(self, page: Page) -> Wallet:
        """Before the page is opened."""
        binding = f"wallet_{id(self)}"
        page.expose_binding(binding, lambda _, method, params: self._answer(method, params))
        given = json.dumps([self.name, self.how, binding])
        page.add_init_script(PROVIDER.replace("ARGUMENTS", given))
        return self

    def _answer(self, method: str, params: str) -> str:
        self.asked.append(method)
        return json.dumps(self._reply(method, json.loads(params)))

    def _reply(self, method: str, params: list[Any]) -> dict[str, Any]:
        if method in self.refuses:
            code, message = self.refuses[method]
            return {"error": {"code": code, "message": message}}
        if method in ("eth_requestAccounts", "eth_accounts"):
            return {"result": [self.account]}
        if method == "eth_chainId":
            return {"result": hex(self.chain_id)}
        if method == "wallet_switchEthereumChain":
            wanted = int(params[0]["chainId"], 16)
            if self.knows and wanted not in self.knows:
                return {"error": {"code": 4902, "message": "Unrecognized chain ID"}}
            self.chain_id = wanted
            return {"result": None}
        if method == "eth_signTypedData_v4":
            params = [params[0], json.loads(params[1])]
        assert method in READS or method in SIGNS, method
        answer = self._node(method, params)
        if method == "eth_sendTransaction" and "result" in answer:
            self.sent.append(answer["result"])
        return answer

    def _node(self, method: str, params: list[Any]) -> dict[str, Any]:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = CLIENT.post(self.url, json=body).json()
        if "error" not in answer:
            return {"result": answer["result"]}
        error = answer["error"]
        if self.wraps:
            error = {"code": -32603, "message": "Internal JSON-RPC error.", "data": error}
        return {"error": error}
