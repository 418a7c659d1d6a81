"""One node: JSON-RPC 2.0 over HTTP, asked once, with nothing between us and what it said.

web3.py is not used here, on purpose: its retries turn an accepted send into "nonce too low", its
exceptions carry the RPC URL (often an API key), and its middleware hides which of an HTTP failure,
a garbled body and a JSON-RPC error it was. Those three decide what happens next, so they are
three types: an answer, `RpcError` (the node understood and declined) and `NoAnswerError` (no answer
that can be trusted: dropped, timed out, 429, HTML, garbage). Nothing is retried here.

Source: https://www.jsonrpc.org/specification
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from nftforge.core.errors import ConfigError

MAX_WORDS = 300  # of what a node says, in our messages
METHOD_NOT_FOUND = -32601
FAILED = ("revert", "out of gas", "gas required exceeds", "invalid opcode", "vm execution error")


class RpcError(Exception):
    """A JSON-RPC error answer. `data` is the revert data (0x and hex) if there is any."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    @property
    def is_revert(self) -> bool:
        """Whether a call was executed and failed, rather than not executed."""
        failed = any(words in self.message.lower() for words in FAILED)
        return self.data is not None or self.code == 3 or failed


class NoAnswerError(Exception):
    """No trustworthy answer; nothing is known. `wait_s` is what the node asked us to wait."""

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


class Node(Protocol):
    """Something that answers JSON-RPC: a URL, or the chain in this process."""

    @property
    def name(self) -> str:
        """For messages; holds no secret."""

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """The result. Raises RpcError, NoAnswerError."""

    def ask_all(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Results in order; an RpcError in the place of a call that was declined."""


class HttpNode:
    """A node behind a URL."""

    def __init__(self, url: str, timeout_s: float) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or parts.scheme not in ("http", "https"):
            raise ConfigError("an RPC URL starts with http:// or https:// and names a host")
        self.name = f"{host}:{port}" if port else host
        self._url, self._timeout_s = url, timeout_s
        self._secrets = [s for s in (url, parts.path.strip("/"), parts.query, parts.netloc)
                         if len(s) > 3 and s != self.name]  # fmt: skip
        self._session = requests.Session()
        self._ids = itertools.count(1)

    def __repr__(self) -> str:
        return f"HttpNode({self.name})"

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        call = self._call(method, params)
        return self._result(self._post(call), call["id"])

    def ask_all(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        batch = [self._call(method, params) for method, params in calls]
        answers = self._post(batch)
        if not isinstance(answers, list):  # a node may decline batches as a whole
            raise RpcError(METHOD_NOT_FOUND, "this node takes no batches")
        by_id = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        results: list[Any] = []
        for call in batch:
            try:
                results.append(self._result(by_id.get(call["id"]), call["id"]))
            except RpcError as error:
                results.append(error)
        return results

    def close(self) -> None:
        self._session.close()

    def _call(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, body: Any) -> Any:
        try:
            reply = self._session.post(
                self._url, json=body, timeout=self._timeout_s, allow_redirects=False
            )
        except (requests.RequestException, OSError, ValueError) as error:
            raise NoAnswerError(_in_words(error)) from None
        try:
            answer = reply.json()
        except ValueError:
            answer = None
        spoken = isinstance(answer, list) or (isinstance(answer, dict) and "error" in answer)
        if (
            reply.status_code == 429
            or reply.status_code >= 500
            or not (reply.status_code < 300 or spoken)
        ):
            raise NoAnswerError(f"HTTP {reply.status_code}", _retry_after(reply))
        if answer is None:
            raise NoAnswerError("its answer is no JSON")
        return answer

    def _result(self, answer: Any, call_id: int) -> Any:
        if not isinstance(answer, dict) or answer.get("id") not in (call_id, None):
            raise NoAnswerError("its answer is not to our question")
        error = answer.get("error")
        if isinstance(error, dict):
            message = self._clean(str(error.get("message", "")))[:MAX_WORDS]
            code = error.get("code")
            raise RpcError(code if isinstance(code, int) else 0, message, _revert_data(error))
        if error is not None or "result" not in answer or answer.get("id") is None:
            raise NoAnswerError("its answer is no JSON-RPC")
        return answer["result"]

    def _clean(self, text: str) -> str:
        """Without the RPC URL, whose path or query often is an API key."""
        for secret in self._secrets:
            text = text.replace(secret, "<rpc>")
        return text


def _in_words(error: Exception) -> str:
    """What went wrong, without the URL that requests puts into its messages."""
    match error:
        case requests.Timeout():
            return "timed out"
        case requests.exceptions.SSLError():
            return "TLS failed"
        case requests.ConnectionError():
            return "no connection"
    return type(error).__name__


def _retry_after(reply: requests.Response) -> float | None:
    text = reply.headers.get("Retry-After", "")
    return min(float(text), 30.0) if text.isdigit() else None


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
