"""One node for web3.py: asked once a question, with nothing between us and what it said.

web3's own HTTPProvider asks again by itself, which turns an accepted send into "nonce too low",
and its errors carry the RPC URL, which often is an API key. So the POST is ours, on a session of
requests as in web3, and what decides what happens next is three types: an answer, `RpcError` (the
node understood and declined) and `NoAnswerError` (nothing that can be trusted: dropped, timed out,
HTML, garbage, more than 32 MiB; `BusyError` if the node wants fewer requests). All pass through
web3 untouched. Nothing is retried here, and no middleware is on: what may be asked again, and of
whom, is FailoverProvider's to say.

Source: https://www.jsonrpc.org/specification
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from web3 import Web3
from web3.eth import Eth
from web3.providers.base import BaseProvider, JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from nftforge.chain.send_errors import asks_to_wait, wait_in
from nftforge.core.errors import BadAnswerError, BusyError, ConfigError, NoAnswerError, RpcError
from nftforge.core.exchange import ACCEPT_ENCODING, Heard, whole_body, within
from nftforge.core.redaction import Redactor
from nftforge.core.retry import asked_wait, retry_after
from nftforge.core.urls import secret_parts

MAX_WORDS = 300  # of what a node says, in our messages
MAX_BYTES = 32 << 20  # of an answer, unpacked: thousands of logs are a tenth of it
PIECE_BYTES = 64 << 10
WHOLE = 1.25  # of the network's timeout, which is that of one read: for a whole, short exchange
METHOD_NOT_FOUND = -32601
FAILED = (  # what a node says of a call that ran and failed, if it has no data to show
    "revert", "out of gas", "gas required exceeds", "invalid opcode", "vm execution error",
    "invalid jump", "stack underflow", "stack limit", "max code size", "write protection",
)  # fmt: skip

# web3 brings py_ecc, which raises Python's recursion limit a hundredfold: back to the default, or
# hostile JSON read later would overflow the C stack (as in wallet.py and embedded.py).
sys.setrecursionlimit(1_000)


def client(provider: BaseProvider) -> Web3:
    """web3 on `provider`, without middleware and without names for addresses."""
    return Web3(provider, middleware=[], modules={"eth": Eth}, ens=None)


def answered(result: Any) -> RPCResponse:
    """The response that web3 takes apart again."""
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def is_revert(error: RpcError) -> bool:
    """Whether a call was executed and failed, rather than not executed."""
    failed = any(words in error.message.lower() for words in FAILED)
    return error.data is not None or error.code == 3 or failed


class NodeProvider(JSONBaseProvider):
    """A node: a URL, or the chain in this process. `name` is for messages and holds no secret.

    Both requests raise NoAnswerError, and RpcError for what the node declines: of a batch, if it
    declines any of it.
    """

    name: str
    global_ccip_read_enabled = False

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        raise NotImplementedError

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        return [self.make_request(method, params) for method, params in requests]

    def ask(self, method: str, *params: Any) -> Any:
        """The result alone."""
        return self.make_request(RPCEndpoint(method), params)["result"]

    def close(self) -> None:
        """Let go of the connection or the file."""


class HttpProvider(NodeProvider):
    """A node behind a URL."""

    def __init__(self, url: str, timeout_s: float) -> None:
        super().__init__()
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or parts.scheme not in ("http", "https"):
            raise ConfigError("an RPC URL starts with http:// or https:// and names a host")
        self.name = f"{host}:{port}" if port else host
        self._url, self._timeout_s = url, timeout_s
        more = {each for each in (parts.path.strip("/"), parts.query) if len(each) > 3}
        # without the RPC URL, whose path or query often is an API key
        self._clean = Redactor(dict.fromkeys(more | secret_parts(url), "<rpc>"))
        self._begin_session()
        self.request_counter = itertools.count(1)  # not 0, which garbage is more likely to hold

    def __repr__(self) -> str:
        return f"HttpProvider({self.name})"

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        call = self._call(method, params)
        return answered(self._result(self._post(call), call["id"]))

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        batch = [self._call(method, params) for method, params in requests]
        answers = self._post(batch)
        if not isinstance(answers, list):  # a node may decline batches as a whole
            raise RpcError(METHOD_NOT_FOUND, "this node takes no batches")
        by_id = {str(answer["id"]): answer for answer in answers if _has_id(answer)}
        return [answered(self._result(by_id.get(str(call["id"])), call["id"])) for call in batch]

    def close(self) -> None:
        self._session.close()

    def _begin_session(self) -> None:
        self._session = requests.Session()
        self._session.headers["Content-Type"] = "application/json"
        self._session.headers["Accept-Encoding"] = ACCEPT_ENCODING

    def _call(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        number = next(self.request_counter)
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": [*params]}

    def _post(self, body: Any) -> Any:
        session, packed = self._session, Web3.to_json(body).encode()

        def exchange(heard: Heard) -> tuple[requests.Response, bytes]:
            with session.post(
                self._url,
                data=packed,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
            ) as reply:
                return reply, _body(reply, heard)

        try:
            reply, raw = within(WHOLE * self._timeout_s, exchange, self.name)
        except BadAnswerError as error:
            raise NoAnswerError(str(error)) from None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            session.close()  # one that is still listening is left behind
            self._begin_session()
            raise NoAnswerError(_in_words(error)) from None
        try:
            answer: Any = self.decode_rpc_response(raw)
        except (ValueError, RecursionError):
            answer = None
        status = reply.status_code
        if status == 429 or (status == 503 and "Retry-After" in reply.headers):
            headers = {name.lower(): value for name, value in reply.headers.items()}
            wait_s = retry_after(headers, time.time())
            raise BusyError(f"HTTP {status}", _asked_wait(answer) if wait_s is None else wait_s)
        spoken = isinstance(answer, list) or (isinstance(answer, dict) and "error" in answer)
        if status >= 500 or not (status < 300 or spoken):
            raise NoAnswerError(f"HTTP {status}")
        if answer is None:
            raise NoAnswerError("its answer is no JSON")
        return answer

    def _result(self, answer: Any, call_id: int) -> Any:
        if not isinstance(answer, dict) or answer.get("id") not in (call_id, str(call_id), None):
            raise NoAnswerError("its answer is not to our question")
        error = answer.get("error")
        if isinstance(error, dict):
            message = self._clean(str(error.get("message", "")))[:MAX_WORDS]
            code, data = error.get("code"), _revert_data(error)
            if data is None and (code == 429 or asks_to_wait(message)):
                raise BusyError(message, _asked_wait(answer))
            raise RpcError(code if isinstance(code, int) else 0, message, data)
        if error is not None or "result" not in answer or answer.get("id") is None:
            raise NoAnswerError("its answer is no JSON-RPC")
        return answer["result"]


def _has_id(answer: Any) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("id"), int | str)


def _body(reply: requests.Response, heard: Heard) -> bytes:
    """All of it, if that is little enough. Raises BadAnswerError as soon as it is not."""
    pieces = reply.raw.stream(PIECE_BYTES, decode_content=False)
    return whole_body(pieces, reply.headers.get("Content-Encoding"), MAX_BYTES, heard)


def _asked_wait(answer: Any) -> float | None:
    """How long the error says to wait: Infura in `data`, others in words."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return None
    data = error.get("data")
    rate = data.get("rate", data) if isinstance(data, dict) else None
    seconds = rate.get("backoff_seconds") if isinstance(rate, dict) else None
    if isinstance(seconds, int | float):
        return asked_wait(seconds)
    return wait_in(str(error.get("message", "")))


def _in_words(error: Exception) -> str:
    """What went wrong, without the URL that requests puts into its messages."""
    match error:
        case requests.Timeout() | ReadTimeoutError() | TimeoutError():
            return "timed out"
        case requests.exceptions.SSLError():
            return "TLS failed"
        case requests.ConnectionError() | ProtocolError():
            return "no connection"
    return type(error).__name__


def _revert_data(error: dict[str, Any]) -> str | None:
    """0x and hex, wherever the node put it: geth and Anvil in `data`, Hardhat in `data.data`,
    Nethermind and Parity behind the word "Reverted"."""
    data = error.get("data")
    if isinstance(data, dict):
        data = data.get("data")
    if isinstance(data, str):
        word = data.removeprefix("Reverted ").strip()
        if word.startswith("0x"):
            return word
    return None
