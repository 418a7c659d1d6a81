"""A connected chain: what nftforge asks, of one node or several, and when an answer is believed.

- Every node's chain id is compared with the network's before its first answer is used, again at
  every look at the head, and again before every send: a node that changes its mind is refused.
- Questions fail over from node to node and are asked again for RETRY_S. Sends are not: what is
  said about a send is no outcome (transactions.py decides), and each node hears it once a time.
- Decisions rest on reads at a block number. A node that lags behind the last block seen cannot
  answer them with an older state; where several nodes are known, all that answer must agree.
- No error holds an RPC URL, which often is an API key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nftforge.chain.networks import Network
from nftforge.chain.node import METHOD_NOT_FOUND, HttpNode, NoAnswerError, Node, RpcError
from nftforge.chain.send_errors import Meaning, meaning_of
from nftforge.core.errors import GuardError, MissingError, NftforgeError, ServiceError

T = TypeVar("T")
Clock = Callable[[], float]
Sleep = Callable[[float], None]
Block = int | str  # a number, or "latest"

RETRY_S = 12.0  # how long a question is asked again
LAG_S = 30.0  # how long nodes may take to catch up with one another
BATCH = 100  # calls in one request


class RevertedError(NftforgeError):
    """A call that the contract refuses; `data` is what it said (0x and hex), for decoding."""

    exit_code = 7

    def __init__(self, fact: str, data: str) -> None:
        super().__init__(fact)
        self.data = data


@dataclass(frozen=True)
class Receipt:
    """Where a transaction was mined and what it did. `paid_wei` includes the L1 fee of an L2."""

    hash: str
    block: int
    block_hash: str
    ok: bool
    gas_used: int
    paid_wei: int


@dataclass(frozen=True)
class Log:
    topics: tuple[str, ...]
    data: str
    tx: str


@dataclass(frozen=True)
class SendAnswer:
    """What a node said when it was handed a transaction; not an outcome."""

    meaning: Meaning
    words: str


class Chain:
    """One network, connected and checked. `where` names the node without its secrets."""

    def __init__(
        self,
        network: Network,
        nodes: Sequence[Node],
        where: str,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.network, self.where, self.chain_id = network, where, network.chain_id
        self._nodes, self._clock, self._sleep = list(nodes), clock, sleep
        self._checked: set[int] = set()  # places in _nodes whose chain id was compared
        self._resting: dict[int, float] = {}  # place -> until when it is left alone
        self._first = 0  # the node that answered last
        self._seen = 0  # the highest block any node has told of
        self._ask("eth_chainId", [], _number)

    # --- looking --------------------------------------------------------------------------------

    @property
    def genesis_hash(self) -> str:
        return self._ask("eth_getBlockByNumber", ["0x0", False], lambda block: str(block["hash"]))

    def head(self) -> int:
        """The newest block that a node has. It never goes back, unless the chain really does."""
        deadline = self._clock() + self._lag_s
        while True:
            number = max(self._heads().values())
            if number >= self._seen or self._clock() >= deadline:
                self._seen = number
                return number
            self._sleep(self.network.poll_s)

    def settled(self, head: int) -> int:
        """The newest block at the network's confirmation depth, seen from `head`."""
        return max(0, head - self.network.confirmations + 1)

    def balance(self, address: str, block: Block = "latest") -> int:
        """In wei."""
        return self._read("eth_getBalance", [address], block, _number)

    def code(self, address: str, block: Block = "latest") -> bytes:
        return self._read("eth_getCode", [address], block, _bytes)

    def nonce(self, address: str, block: Block = "latest") -> int:
        """How many transactions of `address` the chain has consumed."""
        return self._read("eth_getTransactionCount", [address], block, _number)

    def call(self, transaction: Mapping[str, Any], block: Block = "latest") -> bytes:
        """`eth_call`. Raises RevertedError with what the contract said."""
        return self._read("eth_call", [dict(transaction)], block, _bytes)

    def calls(self, transactions: Sequence[Mapping[str, Any]], block: Block) -> list[bytes]:
        """Many `eth_call`s at one block."""
        return self._read_all("eth_call", [dict(call) for call in transactions], block)

    def codes(self, addresses: Sequence[str], block: Block) -> list[bytes]:
        """The code of each of many addresses at one block."""
        return self._read_all("eth_getCode", addresses, block)

    def estimate_gas(self, transaction: Mapping[str, Any]) -> int:
        return self._ask("eth_estimateGas", [dict(transaction)], _number)

    def fees(self) -> tuple[int, int] | None:
        """(base fee, priority fee) in wei a gas, or None on a chain without EIP-1559."""
        block = self._ask("eth_getBlockByNumber", ["latest", False], dict)
        if not block.get("baseFeePerGas"):
            return None
        base = _number(block["baseFeePerGas"])
        try:
            return base, self._ask("eth_maxPriorityFeePerGas", [], _number)
        except ServiceError:  # not every node knows it
            return base, max(0, self.gas_price() - base)

    def gas_price(self) -> int:
        return self._ask("eth_gasPrice", [], _number)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """The receipt of a mined transaction; None if no node has it."""
        for place in self._order()[1:]:  # a node that lags has none: ask them all
            try:
                found = self._ask_one(
                    place, "eth_getTransactionReceipt", [transaction_hash], _receipt
                )
            except (RpcError, NoAnswerError):
                continue
            if found:
                return found
        return self._ask("eth_getTransactionReceipt", [transaction_hash], _receipt)

    def block_hash(self, number: int) -> str:
        """All nodes must agree on it."""
        return self._agreed(
            "eth_getBlockByNumber", [hex(number), False], lambda block: str(block["hash"])
        )

    def logs(self, address: str, topics: Sequence[str], first_block: int) -> list[Log]:
        query = {"address": address, "topics": list(topics)}
        window = {"fromBlock": hex(first_block), "toBlock": "latest"}
        return self._ask("eth_getLogs", [{**query, **window}], lambda rows: [_log(r) for r in rows])

    def put_code(self, address: str, code: str) -> None:
        """On a development node (Hardhat and Anvil): code without a transaction."""
        with suppress(ServiceError):  # another kind of node: its absence is told by the caller
            self._ask("hardhat_setCode", [address, code], bool)

    # --- sending --------------------------------------------------------------------------------

    def send_raw(self, raw: bytes) -> SendAnswer | None:
        """Hand a signed transaction to every node, once. None if one of them took it.

        A complaint is no outcome: the transaction may be mined all the same. Look for its hash.
        Raises GuardError, sending nothing there, if a node is on another chain by now.
        """
        complaint, taken = None, False
        for place in self._order():
            try:
                self._check(place, again=True)
                self._speak(place, "eth_sendRawTransaction", ["0x" + raw.hex()])
                taken = True
            except RpcError as error:
                complaint = complaint or SendAnswer(meaning_of(error.message), error.message)
            except NoAnswerError as silent:
                complaint = complaint or SendAnswer(Meaning.UNCLEAR, str(silent))
        return None if taken else complaint

    # --- how questions are asked ----------------------------------------------------------------

    def _read(self, method: str, params: list[Any], block: Block, parse: Callable[[Any], T]) -> T:
        ask = self._ask if isinstance(block, str) else self._agreed
        return ask(method, [*params, _tag(block)], parse)

    def _read_all(self, method: str, about: Sequence[Any], block: Block) -> list[bytes]:
        """`_read` for each, a hundred in a request where the node takes batches."""
        answers: list[bytes] = []
        for start in range(0, len(about), BATCH):
            part = about[start : start + BATCH]
            try:
                batch = self._batch([(method, [each, _tag(block)]) for each in part])
                answers += [_bytes(answer) for answer in batch]
            except (
                RpcError,
                NoAnswerError,
                ValueError,
                TypeError,
            ):  # one by one says what is wrong
                answers += [self._read(method, [each], block, _bytes) for each in part]
        return answers

    def _ask(self, method: str, params: list[Any], parse: Callable[[Any], T]) -> T:
        """The first node that answers. Raises ServiceError, RevertedError."""
        deadline, pause = self._clock() + self._retry_s, 0.1
        while True:
            failure, wait_s = "", pause
            for place in self._order():
                try:
                    answer = self._ask_one(place, method, params, parse)
                    self._first = place
                    return answer
                except NoAnswerError as silent:
                    failure = f"{self._nodes[place].name}: {silent}"
                    wait_s = max(wait_s, silent.wait_s or 0)
                except RpcError as error:
                    if error.code == METHOD_NOT_FOUND:
                        raise ServiceError(f"{self.where} does not know {method}") from None
                    failure = f"{self._nodes[place].name} answered: {error.message}"
            if self._clock() + wait_s > deadline:
                raise self._no_answer(failure)
            self._sleep(wait_s)
            pause = min(2.0, 2 * pause)

    def _agreed(self, method: str, params: list[Any], parse: Callable[[Any], T]) -> T:
        """What every node that answers says. Raises ServiceError if they go on differing."""
        if len(self._nodes) == 1:
            return self._ask(method, params, parse)
        deadline = self._clock() + self._lag_s
        while True:
            answers: dict[str, T] = {}
            for place in self._order():
                try:
                    answer = self._ask_one(place, method, params, parse)
                    answers[self._nodes[place].name] = answer
                except (NoAnswerError, RpcError):
                    continue  # behind, or down
            values = list(answers.values())
            if values and all(value == values[0] for value in values):
                return values[0]
            if not values:
                return self._ask(method, params, parse)
            if self._clock() >= deadline:
                raise ServiceError(
                    f"the {self.network.name} nodes {', '.join(answers)} disagree about {method}",
                    hint="nothing was decided; drop the wrong one from "
                    f"{self.network.rpc_env}, or wait and run again",
                )
            self._sleep(self.network.poll_s)

    def _ask_one(self, place: int, method: str, params: list[Any], parse: Callable[[Any], T]) -> T:
        self._check(place)
        try:
            return parse(self._speak(place, method, params))
        except RpcError as error:
            if error.is_revert and method in ("eth_call", "eth_estimateGas"):
                raise RevertedError(error.message, error.data or "0x") from None
            raise
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NoAnswerError(f"its answer to {method} makes no sense") from None

    def _batch(self, calls: list[tuple[str, list[Any]]]) -> list[Any]:
        """Answers to all of `calls` from every node that answers, which must agree."""
        heard: list[list[Any]] = []
        for place in self._order():
            try:
                self._check(place)
                heard.append(_whole(self._nodes[place].ask_all(calls)))
            except (RpcError, NoAnswerError):
                continue
        if not heard or any(answers != heard[0] for answers in heard):
            raise NoAnswerError("no common answer")
        return heard[0]

    def _heads(self) -> dict[int, int]:
        """The newest block of each node that answers, its chain id compared again."""
        heads = {}
        for place in self._order():
            try:
                self._check(place, again=True)
                heads[place] = _number(self._speak(place, "eth_blockNumber", []))
            except (NoAnswerError, RpcError, ValueError, TypeError):
                continue
        if not heads:
            return {self._first: self._ask("eth_blockNumber", [], _number)}
        self._first = max(heads, key=lambda place: heads[place])
        return heads

    def _check(self, place: int, *, again: bool = False) -> None:
        """Compare the node's chain id with the network's: once, or `again`."""
        if place in self._checked and not again:
            return
        try:
            found = _number(self._speak(place, "eth_chainId", []))
        except (ValueError, TypeError):
            raise NoAnswerError("its answer to eth_chainId makes no sense") from None
        if found != self.chain_id:
            raise GuardError(
                f"the {self.network.name} node at {self._nodes[place].name} is chain {found}, but "
                f"{self.network.name} is {self.chain_id}",
                hint=f"point {self.network.rpc_env} at a node of {self.network.name}",
            )
        self._checked.add(place)

    def _speak(self, place: int, method: str, params: list[Any]) -> Any:
        """Ask one node once; one that is silent is left alone for a while if there are others."""
        try:
            return self._nodes[place].ask(method, params)
        except NoAnswerError as silent:
            self._resting[place] = self._clock() + max(self._lag_s, silent.wait_s or 0)
            raise

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


@contextmanager
def connect(
    network: Network,
    *,
    rpc_url: str | None,
    embedded_path: Path | None,
    sleep: Sleep = time.sleep,
) -> Iterator[Chain]:
    """A chain to talk to. The embedded one lives in `embedded_path`, or in memory if None.

    `rpc_url` is one URL, or several with commas. Raises MissingError if none is known,
    GuardError if one is another chain's, ServiceError if none answers.
    """
    if network.kind == "embedded":
        from nftforge.chain.embedded import EmbeddedNode

        embedded = EmbeddedNode(embedded_path)
        try:
            yield Chain(network, [embedded], "the embedded chain", sleep=sleep)
        finally:
            embedded.close()
        return
    urls = [part.strip() for part in (rpc_url or "").split(",") if part.strip()]
    if not urls:
        raise MissingError(
            f"no RPC URL is known for {network.name}",
            hint=f"put {network.rpc_env}=https://... into .env (see .env.example)",
        )
    nodes = [HttpNode(url, network.timeout_s) for url in urls]
    names = " and ".join(dict.fromkeys(node.name for node in nodes))
    noun = "node" if len(nodes) == 1 else "nodes"
    try:
        yield Chain(network, nodes, f"the {network.name} {noun} at {names}", sleep=sleep)
    finally:
        for node in nodes:
            node.close()


def _tag(block: Block) -> str:
    return block if isinstance(block, str) else hex(block)


def _whole(answers: list[Any]) -> list[Any]:
    for answer in answers:
        if isinstance(answer, RpcError):
            raise answer
    return answers


def _number(answer: Any) -> int:
    if not isinstance(answer, str) or not answer.startswith("0x"):
        raise ValueError
    return int(answer, 16)


def _bytes(answer: Any) -> bytes:
    if not isinstance(answer, str) or not answer.startswith("0x"):
        raise ValueError
    return bytes.fromhex(answer[2:])


def _receipt(answer: Any) -> Receipt | None:
    if answer is None:
        return None
    gas = _number(answer["gasUsed"])
    price = _number(answer.get("effectiveGasPrice") or "0x0")
    return Receipt(
        hash=str(answer["transactionHash"]),
        block=_number(answer["blockNumber"]),
        block_hash=str(answer["blockHash"]),
        ok=_number(answer["status"]) == 1,
        gas_used=gas,
        paid_wei=gas * price + _number(answer.get("l1Fee") or "0x0"),  # l1Fee: OP stack
    )


def _log(row: Mapping[str, Any]) -> Log:
    return Log(tuple(row["topics"]), str(row["data"]), str(row["transactionHash"]))
