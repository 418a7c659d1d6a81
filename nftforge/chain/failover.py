"""One network over one node or several, for web3.py: who is asked, and when an answer is believed.

- Every node's chain id is compared with the network's before its first answer is used, again at
  every look at the head, and again before every send: a node that changes its mind is refused.
- Questions fail over from node to node and are asked again for RETRY_S. Sends are not: what is
  said about a send is no outcome (transactions.py decides), and each node hears it once a time.
- A node that asks to wait (429, Retry-After, "rate limit") is left alone for so long, as others
  answer or for PATIENT_S at most; that is said once.
- Decisions rest on reads at a block number. A node that lags behind the last block seen cannot
  answer them with an older state; where several nodes are known, all that answer must agree, and
  one that answers without having the block is no voice for yes: it is waited for.
- The head is the newest block that all nodes that answer have, and about whose hash they agree: a
  node on a longer fork never decides alone. "latest" is that block, where several are asked. The
  head never goes back, unless the chain really does; nodes that stay apart stop the run.
- Where no node has a block any more that was read before, the chain went back: said so, for whoever
  asks to look again.
- No error holds an RPC URL, which often is an API key.

Which of these applies follows from the method and its block alone, so that whatever is asked
through web3 is asked by the rules. Errors are ours and pass through web3 untouched.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from nftforge.chain.agreement import BLOCK_AT, LOGS, agreed, at_block, wants_all
from nftforge.chain.log_search import is_too_wide
from nftforge.chain.networks import Network
from nftforge.chain.providers import METHOD_NOT_FOUND, NodeProvider, answered, is_revert
from nftforge.chain.shapes import SHAPES, shaped
from nftforge.core.errors import (
    BusyError,
    ContradictionError,
    GuardError,
    NoAnswerError,
    RevertedError,
    RpcError,
    ServiceError,
    TooWideError,
    WentBackError,
)
from nftforge.core.retry import Attempt, Clock, Patience, Sleep, attempts

RETRY_S = 12.0  # how long a question is asked again
PATIENT_S = 300.0  # how long it waits in all for nodes that ask to wait
PATIENCE = Patience(first_wait_s=0.1, longest_wait_s=2, give_up_s=math.inf, jitter=0)
LAG_S = 30.0  # how long nodes may take to catch up with one another
BATCH = 100  # calls in one request
SEND = "eth_sendRawTransaction"
EXECUTED = ("eth_call", "eth_estimateGas")


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
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        super().__init__()
        self.network, self.where = network, where
        self._nodes, self._clock, self._sleep, self._say = list(nodes), clock, sleep, say
        self._checked: set[int] = set()  # places in _nodes whose chain id was compared
        self._resting: dict[int, float] = {}  # place -> until when it is left alone
        self._first = 0  # the node that answered last
        self._seen: int | None = None  # the highest block that all nodes had
        self._newest: list[tuple[float, int]] = []  # (when, the highest block that any node had)
        self._told: dict[int, float] = {}  # place -> the longest wait that was said

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
        if len(self._nodes) > 1:
            at = hex(self._head())
            requests = [(method, at_block(method, params, at)) for method, params in requests]
        answers: list[Any] = []
        for start in range(0, len(requests), BATCH):
            part = requests[start : start + BATCH]
            try:
                answers += self._batch(part)
            except (RpcError, NoAnswerError):  # one by one says what is wrong
                answers += [self._answer(method, [*params]) for method, params in part]
        return [answered(answer) for answer in answers]

    def asking_again(self) -> Iterator[Attempt]:
        """Attempts at what a node that lags may still get right."""
        deadline = self._clock() + self._lag_s
        return attempts(PATIENCE, deadline=deadline, clock=self._clock, sleep=self._sleep)

    # --- the policy -----------------------------------------------------------------------------

    def _answer(self, method: str, params: list[Any]) -> Any:
        if method == SEND:
            return self._send(params)
        if method == "eth_blockNumber":
            return hex(self._head())
        if len(self._nodes) == 1 or not wants_all(method):
            return self._ask(method, params)
        if at_block(method, params, "") != params:  # it asks about the latest
            params = at_block(method, params, hex(self._head()))
        return self._agreed(method, params)

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
            raise min(said, key=lambda error: isinstance(error, NoAnswerError))
        return taken

    def _head(self) -> int:
        """The newest block that all nodes that answer have. Raises ServiceError if they stay apart.

        At the first look they have to be level once: an idle chain may be a stalled node's.
        """
        deadline, wanted = self._clock() + self._lag_s, self._seen
        while True:
            heads = self._heads()
            common, newest = min(heads.values()), max(heads.values())
            wanted = newest if wanted is None else wanted
            if common >= wanted:
                break
            if self._clock() >= deadline:
                if newest < wanted:  # the chain went back, everywhere
                    self._newest.clear()
                    break
                raise self._apart(heads)
            self._sleep(self.network.poll_s)
        if common < min(newest, self._due(newest)):
            raise self._apart(heads)
        if len(heads) > 1:
            self._agreed("eth_getBlockByNumber", [hex(common), False])
        self._seen = common
        return common

    def _due(self, newest: int) -> int:
        """The block that every node should have by now: some node had it LAG_S ago."""
        now = self._clock()
        self._newest.append((now, newest))
        old = [number for when, number in self._newest if when <= now - self._lag_s]
        recent = [(when, number) for when, number in self._newest if when > now - self._lag_s]
        due = max(old, default=0)
        self._newest = [(now - self._lag_s, due), *recent] if old else recent
        return due

    def _agreed(self, method: str, params: list[Any]) -> Any:
        """What every node that answers says. Raises ServiceError if they go on differing."""
        deadline = self._clock() + self._lag_s
        while True:
            answers, declined = self._hear(method, params)
            if not answers:
                return self._ask(method, params)
            found = agreed(method, list(answers.values()))
            if found is not None and not declined:
                if isinstance(found[0], RevertedError):
                    raise found[0]
                return found[0]
            if self._clock() >= deadline:
                raise self._disagree(method, answers, declined)
            self._sleep(self.network.poll_s)

    def _hear(self, method: str, params: list[Any]) -> tuple[dict[int, Any], dict[int, str]]:
        """By place: what each node answers (a revert is an answer), and why one declines."""
        answers: dict[int, Any] = {}
        declined: dict[int, str] = {}
        for place in self._order():
            try:
                answers[place] = self._ask_one(place, method, params)
            except RevertedError as reverted:
                answers[place] = reverted
            except NoAnswerError:
                continue  # down
            except RpcError as error:  # behind, pruned; of fees and logs it may know nothing
                if method in BLOCK_AT:
                    declined[place] = error.message
        return answers, declined

    def _ask(self, method: str, params: list[Any]) -> Any:
        """The first node that answers. Raises ServiceError, RevertedError."""
        deadline, failure, asked_s = self._clock() + PATIENT_S, "", 0.0
        too_wide = ""
        busy: BusyError | None = None
        for attempt in attempts(PATIENCE, deadline=deadline, clock=self._clock, sleep=self._sleep):
            waits: list[float] = []
            for place in self._order():
                try:
                    answer = self._ask_one(place, method, params)
                    self._first = place
                    return answer
                except NoAnswerError as silent:
                    busy = silent if isinstance(silent, BusyError) else None
                    failure = f"{self._nodes[place].name}: {silent}"
                    waits.append(silent.wait_s or 0)
                except RpcError as error:
                    if method == LOGS and is_too_wide(error.message):
                        too_wide = f"{self._nodes[place].name} answered: {error.message}"
                    elif error.code == METHOD_NOT_FOUND:
                        raise ServiceError(f"{self.where} does not know {method}") from None
                    busy, failure = None, f"{self._nodes[place].name} answered: {error.message}"
                    waits.append(0)
            if too_wide:  # a rule of the node's: it would say the same again
                raise TooWideError(too_wide, too_wide)
            attempt.asked_s = min(waits)
            asked_s += attempt.asked_s
            attempt.give_up_s = self._retry_s + asked_s
        self._look_for_block(method, params)
        raise self._no_answer(failure, busy)

    def _look_for_block(self, method: str, params: list[Any]) -> None:
        """Raises WentBackError if the block asked about is beyond all that any node has."""
        place = BLOCK_AT.get(method, len(params))
        at = params[place] if place < len(params) else ""
        if not str(at).startswith("0x"):
            return
        newest = max(self._heads_that_answer().values(), default=None)
        if newest is not None and newest < int(at, 16):
            raise WentBackError(
                f"{self.network.name} went back to block {newest}: block {int(at, 16)} is not "
                "there any more",
                hint="run the same command again: it looks at everything anew, and sends nothing "
                "twice",
            )

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
            except NoAnswerError:
                continue
        if not heard:
            raise NoAnswerError("no node answers")
        together = [
            agreed(method, list(answers))
            for (method, _), answers in zip(requests, zip(*heard, strict=True), strict=True)
        ]
        if any(found is None for found in together):
            raise NoAnswerError("no common answer")
        return [found[0] for found in together if found]

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
        """The newest block of each node that answers. Raises ServiceError if none does."""
        found = self._heads_that_answer()
        return found or {self._first: int(self._ask("eth_blockNumber", []), 16)}

    def _heads_that_answer(self) -> dict[int, int]:
        """The newest block of each, its chain id compared again."""
        heads = {}
        for place in self._order():
            try:
                self._check(place, again=True)
                heads[place] = int(self._shaped(place, "eth_blockNumber", []), 16)
            except (NoAnswerError, RpcError):
                continue
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
        except BusyError as busy:
            self._resting[place] = self._clock() + (busy.wait_s or 1.0)
            self._tell_wait(place, busy)
            raise
        except NoAnswerError:
            self._resting[place] = self._clock() + self._lag_s
            raise
        if answer is None and method == "eth_getBlockByNumber":
            raise RpcError(0, "it does not have this block")
        return _believed(method, answer)

    def _tell_wait(self, place: int, busy: BusyError) -> None:
        wait_s = busy.wait_s or 0.0
        if wait_s > self._told.get(place, -1.0):  # once, unless it wants more
            self._told[place] = wait_s
            wait = f" {wait_s:.0f} s" if wait_s else ""
            self._say(f"{self.network.name} node at {self._nodes[place].name} asks to wait{wait}")

    def _order(self) -> list[int]:
        """The nodes to ask: the one that answered last comes first, silent ones rest."""
        places = [(self._first + step) % len(self._nodes) for step in range(len(self._nodes))]
        now = self._clock()
        return [p for p in places if self._resting.get(p, now) <= now] or places

    def _no_answer(self, failure: str, busy: BusyError | None) -> ServiceError:
        if " answered: " in failure:
            return ServiceError(failure)
        if busy and busy.wait_s:
            return ServiceError(
                f"a wait of {busy.wait_s:.0f} s is asked for by {self.where} ({failure})",
                hint=f"run again then, or name another node in {self.network.rpc_env}; nothing is "
                "sent twice",
            )
        return ServiceError(
            f"{self.where} does not answer ({failure}; asked for {self._retry_s:.0f} s)",
            hint=f"is the node running? {self.network.rpc_env} sets its URL",
        )

    def _apart(self, heads: dict[int, int]) -> ServiceError:
        blocks = ", ".join(f"{self._nodes[p].name} at block {n}" for p, n in sorted(heads.items()))
        return ServiceError(
            f"the {self.network.name} nodes stay apart for more than {self._lag_s:.0f} s: {blocks}",
            hint="nothing was decided; one hangs, or is on another fork: drop it from "
            f"{self.network.rpc_env}, or wait and run again",
        )

    def _disagree(
        self, method: str, answers: dict[int, Any], declined: dict[int, str]
    ) -> ContradictionError:
        hint = f"nothing was decided; drop the wrong one from {self.network.rpc_env}, or wait and "
        for place, words in declined.items():
            return ContradictionError(
                f"the {self.network.name} node at {self._nodes[place].name} cannot answer {method} "
                f"as the others do: {words}",
                hint=f"{hint}run again",
            )
        names = ", ".join(self._nodes[place].name for place in answers)
        return ContradictionError(
            f"the {self.network.name} nodes {names} disagree about {method}",
            hint=f"{hint}run again",
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
