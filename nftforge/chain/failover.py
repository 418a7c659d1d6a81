"""One network over one node or several, for web3.py: who is asked, and when an answer is believed.

- Every node's chain id is compared with the network's before its first answer is used, again at
  every look at the head, and again before every send: a node that changes its mind is refused.
- Questions fail over from node to node and are asked again for RETRY_S. Sends are not: what is
  said about a send is no outcome (transactions.py decides), and each node hears it once a time.
- Decisions rest on reads at a block number. A node that lags behind the last block seen cannot
  answer them with an older state; where several nodes are known, all that answer must agree.
- The head is the newest that any node has, and never goes back, unless the chain really does.
- No error holds an RPC URL, which often is an API key.

Which of these applies follows from the method and its block alone, so that whatever is asked
through web3 is asked by the rules. Errors are ours and pass through web3 untouched.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from nftforge.chain.networks import Network
from nftforge.chain.providers import METHOD_NOT_FOUND, NodeProvider, answered, is_revert
from nftforge.chain.shapes import SHAPES, shaped
from nftforge.core.errors import GuardError, NoAnswerError, RevertedError, RpcError, ServiceError
from nftforge.core.retry import Clock, Patience, Sleep, attempts

RETRY_S = 12.0  # how long a question is asked again
PATIENCE = Patience(first_wait_s=0.1, longest_wait_s=2, give_up_s=math.inf, jitter=0)
LAG_S = 30.0  # how long nodes may take to catch up with one another
BATCH = 100  # calls in one request
SEND = "eth_sendRawTransaction"
EXECUTED = ("eth_call", "eth_estimateGas")
BLOCK_AT = {  # where a question names its block
    "eth_getBlockByNumber": 0,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getTransactionCount": 1,
    "eth_call": 1,
}


class FailoverProvider(JSONBaseProvider):
    """The nodes of one network. `where` names them without their secrets."""

    global_ccip_read_enabled = False  # no contract sends us to a web server of its choice

    def __init__(
        self,
        network: Network,
        nodes: Sequence[NodeProvider],
        where: str,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        super().__init__()
        self.network, self.where = network, where
        self._nodes, self._clock, self._sleep = list(nodes), clock, sleep
        self._checked: set[int] = set()  # places in _nodes whose chain id was compared
        self._resting: dict[int, float] = {}  # place -> until when it is left alone
        self._first = 0  # the node that answered last
        self._seen = 0  # the highest block any node has told of

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Raises ServiceError, RevertedError, GuardError; for a send RpcError, NoAnswerError.

        Raises ValueError for what has no shape, such as `eth_sendTransaction`: asking again is
        only right for what was thought of.
        """
        if method not in SHAPES:
            raise ValueError(f"{method} is not for nodes of a network: shapes.py does not know it")
        return answered(self._answer(method, [*params]))

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        """Many reads, a hundred in a request where nodes take batches."""
        if any(method == SEND or method not in SHAPES for method, _ in requests):
            raise ValueError("reads go in batches, and a send goes alone")
        answers: list[Any] = []
        for start in range(0, len(requests), BATCH):
            part = requests[start : start + BATCH]
            try:
                answers += self._batch(part)
            except (RpcError, NoAnswerError):  # one by one says what is wrong
                answers += [self._answer(method, [*params]) for method, params in part]
        return [answered(answer) for answer in answers]

    # --- the policy -----------------------------------------------------------------------------

    def _answer(self, method: str, params: list[Any]) -> Any:
        if method == SEND:
            return self._send(params)
        if method == "eth_blockNumber":
            return hex(self._head())
        if method == "eth_getTransactionReceipt":
            return self._from_any(method, params)
        if _is_numbered(method, params):
            return self._agreed(method, params)
        return self._ask(method, params)

    def _send(self, params: list[Any]) -> Any:
        """Hand a signed transaction to every node, once: its hash, if one of them took it.

        Raises GuardError, sending nothing there, if a node is on another chain by now.
        """
        said: list[RpcError | NoAnswerError] = []
        taken = None
        for place in self._order():
            try:
                self._check(place, again=True)
                taken = self._shaped(place, SEND, params)
            except (RpcError, NoAnswerError) as error:
                said.append(error)
        if taken is None:
            raise said[0]
        return taken

    def _head(self) -> int:
        deadline = self._clock() + self._lag_s
        while True:
            number = max(self._heads().values())
            if number >= self._seen or self._clock() >= deadline:
                self._seen = number
                return number
            self._sleep(self.network.poll_s)

    def _from_any(self, method: str, params: list[Any]) -> Any:
        """What one node has found; None only if the last one that is asked has nothing either."""
        for place in self._order()[1:]:  # a node that lags has none: ask them all
            try:
                found = self._ask_one(place, method, params)
            except (RpcError, NoAnswerError):
                continue
            if found:
                return found
        return self._ask(method, params)

    def _agreed(self, method: str, params: list[Any]) -> Any:
        """What every node that answers says. Raises ServiceError if they go on differing."""
        if len(self._nodes) == 1:
            return self._ask(method, params)
        deadline = self._clock() + self._lag_s
        while True:
            answers: dict[str, Any] = {}
            for place in self._order():
                try:
                    answers[self._nodes[place].name] = self._ask_one(place, method, params)
                except (NoAnswerError, RpcError):
                    continue  # behind, or down
            values = [_compared(answer) for answer in answers.values()]
            if values and all(value == values[0] for value in values):
                return next(iter(answers.values()))
            if not values:
                return self._ask(method, params)
            if self._clock() >= deadline:
                raise ServiceError(
                    f"the {self.network.name} nodes {', '.join(answers)} disagree about {method}",
                    hint="nothing was decided; drop the wrong one from "
                    f"{self.network.rpc_env}, or wait and run again",
                )
            self._sleep(self.network.poll_s)

    def _ask(self, method: str, params: list[Any]) -> Any:
        """The first node that answers. Raises ServiceError, RevertedError."""
        deadline, failure = self._clock() + self._retry_s, ""
        for attempt in attempts(PATIENCE, deadline=deadline, clock=self._clock, sleep=self._sleep):
            for place in self._order():
                try:
                    answer = self._ask_one(place, method, params)
                    self._first = place
                    return answer
                except NoAnswerError as silent:
                    failure = f"{self._nodes[place].name}: {silent}"
                    attempt.asked_s = max(attempt.asked_s or 0, silent.wait_s or 0)
                except RpcError as error:
                    if error.code == METHOD_NOT_FOUND:
                        raise ServiceError(f"{self.where} does not know {method}") from None
                    failure = f"{self._nodes[place].name} answered: {error.message}"
        raise self._no_answer(failure)

    def _batch(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[Any]:
        """Answers to all of `requests` from every node that answers, which must agree."""
        heard: list[list[Any]] = []
        for place in self._order():
            try:
                self._check(place)
                responses = self._nodes[place].make_batch_request(requests)
                heard.append(
                    [
                        _believed(method, response["result"])
                        for (method, _), response in zip(requests, responses, strict=True)
                    ]
                )
            except (RpcError, NoAnswerError):
                continue
        if not heard or any(answers != heard[0] for answers in heard):
            raise NoAnswerError("no common answer")
        return heard[0]

    # --- one node -------------------------------------------------------------------------------

    def _ask_one(self, place: int, method: str, params: list[Any]) -> Any:
        self._check(place)
        try:
            return self._shaped(place, method, params)
        except RpcError as error:
            if is_revert(error) and method in EXECUTED:
                raise RevertedError(error.message, error.data or "0x") from None
            raise

    def _heads(self) -> dict[int, int]:
        """The newest block of each node that answers, its chain id compared again."""
        heads = {}
        for place in self._order():
            try:
                self._check(place, again=True)
                heads[place] = int(self._shaped(place, "eth_blockNumber", []), 16)
            except (NoAnswerError, RpcError):
                continue
        if not heads:
            return {self._first: int(self._ask("eth_blockNumber", []), 16)}
        self._first = max(heads, key=lambda place: heads[place])
        return heads

    def _check(self, place: int, *, again: bool = False) -> None:
        """Compare the node's chain id with the network's: once, or `again`."""
        if place in self._checked and not again:
            return
        found = int(self._shaped(place, "eth_chainId", []), 16)
        if found != self.network.chain_id:
            raise GuardError(
                f"the {self.network.name} node at {self._nodes[place].name} is chain {found}, but "
                f"{self.network.name} is {self.network.chain_id}",
                hint=f"point {self.network.rpc_env} at a node of {self.network.name}",
            )
        self._checked.add(place)

    def _shaped(self, place: int, method: str, params: list[Any]) -> Any:
        """Ask one node once; one that is silent is left alone for a while if there are others."""
        try:
            answer = self._nodes[place].ask(method, *params)
        except NoAnswerError as silent:
            self._resting[place] = self._clock() + max(self._lag_s, silent.wait_s or 0)
            raise
        return _believed(method, answer)

    def _order(self) -> list[int]:
        """The nodes to ask: the one that answered last comes first, silent ones rest."""
        places = [(self._first + step) % len(self._nodes) for step in range(len(self._nodes))]
        now = self._clock()
        return [p for p in places if self._resting.get(p, now) <= now] or places

    def _no_answer(self, failure: str) -> ServiceError:
        if " answered: " in failure:
            return ServiceError(failure)
        return ServiceError(
            f"{self.where} does not answer ({failure}; asked for {self._retry_s:.0f} s)",
            hint=f"is the node running? {self.network.rpc_env} sets its URL",
        )

    @property
    def _retry_s(self) -> float:
        return 2.0 if self.network.is_rehearsal else RETRY_S

    @property
    def _lag_s(self) -> float:
        return 1.0 if self.network.is_rehearsal else LAG_S


def _believed(method: str, answer: Any) -> Any:
    try:
        return shaped(method, answer)
    except (ValueError, KeyError, TypeError):
        raise NoAnswerError(f"its answer to {method} makes no sense") from None


def _is_numbered(method: str, params: Sequence[Any]) -> bool:
    """Whether the question is about one block, named by its number."""
    at = BLOCK_AT.get(method)
    return at is not None and len(params) > at and str(params[at]).startswith("0x")


def _compared(answer: Any) -> Any:
    """What nodes must agree on: of a block, its hash."""
    return answer["hash"] if isinstance(answer, dict) else answer
