"""A connected chain: what nftforge asks of it, in numbers and bytes.

web3.py asks and decodes; which node is asked, and when an answer is believed, is FailoverProvider's
(failover.py). web3 takes a third of a second to import, so that it is imported by connecting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from eth_utils import to_checksum_address

from nftforge.chain.log_search import MOST_WINDOWS, is_about_results, is_asked_for, narrower
from nftforge.chain.networks import Network
from nftforge.chain.send_errors import Meaning, SendAnswer, meaning_of
from nftforge.core.errors import (
    BusyError,
    ConfigError,
    ContradictionError,
    MissingError,
    NoAnswerError,
    RpcError,
    ServiceError,
    TooWideError,
)
from nftforge.core.retry import Attempt, Sleep
from nftforge.core.urls import instead_of_url, origin

if TYPE_CHECKING:
    from eth_typing import HexStr
    from web3.contract import Contract
    from web3.types import BlockIdentifier, RPCEndpoint, TxParams

    from nftforge.chain.failover import FailoverProvider

WHERE_URLS_ARE = "mend it in .env, or where your shell sets it; nothing was asked or sent"

Block = int | str  # a number, or "latest"


@dataclass(frozen=True)
class Receipt:
    """Where a transaction was mined and what it did. `paid_wei` includes the L1 fee of an L2."""

    hash: str
    block: int
    block_hash: str
    ok: bool
    gas_used: int
    paid_wei: int
    sender: str = ""


class Chain:
    """One network, connected and checked. `where` names the node without its secrets."""

    def __init__(self, network: Network, provider: FailoverProvider) -> None:
        from nftforge.chain.providers import client

        self.network, self.where, self._provider = network, provider.where, provider
        self.w3 = client(provider)
        self._log_window: int | None = None  # blocks that logs are shown of at a time; None: any
        self.chain_id = int(self.w3.eth.chain_id)  # compared with the network's by the provider

    # --- looking --------------------------------------------------------------------------------

    @property
    def genesis_hash(self) -> str:
        return self.block_hash(0)

    def head(self) -> int:
        """The newest block that all nodes have; it never goes back, unless the chain does."""
        return int(self.w3.eth.block_number)

    def settled(self, head: int) -> int:
        """The newest block at the network's confirmation depth, seen from `head`."""
        return max(0, head - self.network.confirmations + 1)

    def balance(self, address: str, block: Block = "latest") -> int:
        """In wei."""
        return int(self.w3.eth.get_balance(to_checksum_address(address), _at(block)))

    def code(self, address: str, block: Block = "latest") -> bytes:
        return bytes(self.w3.eth.get_code(to_checksum_address(address), _at(block)))

    def nonce(self, address: str, block: Block = "latest") -> int:
        """How many transactions of `address` the chain has consumed."""
        return int(self.w3.eth.get_transaction_count(to_checksum_address(address), _at(block)))

    def call(
        self,
        transaction: Mapping[str, Any],
        block: Block = "latest",
        balances: Mapping[str, int] | None = None,
    ) -> bytes:
        """`eth_call`. Raises RevertedError with what the contract said.

        `balances`: as if these addresses had so many wei (geth's state override set).
        """
        override: Any = {who: {"balance": hex(wei)} for who, wei in (balances or {}).items()}
        return bytes(self.w3.eth.call(_params(transaction), _at(block), override or None))

    def calls(self, transactions: Sequence[Mapping[str, Any]], block: Block) -> list[bytes]:
        """Many `eth_call`s at one block."""
        return self._read_all("eth_call", [dict(call) for call in transactions], block)

    def codes(self, addresses: Sequence[str], block: Block) -> list[bytes]:
        """The code of each of many addresses at one block."""
        return self._read_all("eth_getCode", addresses, block)

    def contract(self, address: str, abi: Sequence[Any]) -> Contract:
        """web3's own, for single reads; it asks by the same rules."""
        return self.w3.eth.contract(to_checksum_address(address), abi=abi)

    def estimate_gas(self, transaction: Mapping[str, Any]) -> int:
        return int(self.w3.eth.estimate_gas(_params(transaction)))

    def fees(self) -> tuple[int, int] | None:
        """(base fee, priority fee) in wei a gas, or None on a chain without EIP-1559."""
        base = self.w3.eth.get_block("latest").get("baseFeePerGas")
        if not base:
            return None
        try:
            return base, int(self.w3.eth.max_priority_fee)
        except ServiceError:  # not every node knows it
            return base, max(0, self.gas_price() - base)

    def gas_price(self) -> int:
        return int(self.w3.eth.gas_price)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """The receipt of a mined transaction; None if no node has it."""
        from web3.exceptions import TransactionNotFound

        try:
            found: Any = self.w3.eth.get_transaction_receipt(cast(Any, transaction_hash))
        except TransactionNotFound:
            return None
        price = found.get("effectiveGasPrice")  # 0 is a price
        if price is None:
            price = self._price_of(transaction_hash)
        return Receipt(
            hash=found["transactionHash"].to_0x_hex(),
            block=found["blockNumber"],
            block_hash=found["blockHash"].to_0x_hex(),
            ok=found["status"] == 1,
            gas_used=found["gasUsed"],
            paid_wei=found["gasUsed"] * price + int(found.get("l1Fee", "0x0"), 16),  # web3 leaves
            sender=str(found.get("from", "")),  # the l1Fee of an OP stack as it is
        )

    def _price_of(self, transaction_hash: str) -> int:
        """Wei a gas, from nodes whose receipts do not say it (before London)."""
        from web3.exceptions import TransactionNotFound

        try:
            price = self.w3.eth.get_transaction(cast(Any, transaction_hash)).get("gasPrice")
        except TransactionNotFound:
            price = None
        if price is None:
            raise ServiceError(
                f"{self.where} has a receipt of {transaction_hash} and does not say what was paid",
                hint=f"name another node in {self.network.rpc_env}, and run again",
            )
        return int(price)

    def timestamp(self, block: Block = "latest") -> int:
        """Seconds since 1970 by the chain's own clock, which contracts go by."""
        return int(self.w3.eth.get_block(_at(block))["timestamp"])

    def block_hash(self, number: int) -> str:
        """All nodes must agree on it."""
        return str(self.w3.eth.get_block(number)["hash"].to_0x_hex())

    def logs(
        self, address: str | None, topics: Sequence[str | Sequence[str]], first_block: int
    ) -> list[dict[str, Any]]:
        """Of one contract or of all. Raw, in lower case: web3 takes 0.3 ms to format one.

        A list among `topics`: any of it. Where a node shows only so many blocks at a time, in
        windows of so many, which is remembered. Raises ServiceError if those would be too many.
        """
        query = {**({"address": address} if address else {}), "topics": list(topics)}
        window = self._log_window
        if window is None:
            try:
                return self._logs(query, first_block, "latest")
            except TooWideError as refused:
                window = self._narrower(refused, self.head() - first_block + 1)
        return self._logs_in_windows(query, first_block, self.head(), window)

    def _logs_in_windows(
        self, query: Mapping[str, Any], first_block: int, last_block: int, window: int
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        start = first_block
        while start <= last_block:
            if (last_block - start) // window >= MOST_WINDOWS:
                raise ServiceError(
                    f"{self.where} shows logs of {window:,} blocks at a time, and "
                    f"{last_block - start + 1:,} were to be searched",
                    hint=f"name another node in {self.network.rpc_env}",
                )
            end = min(last_block, start + window - 1)
            try:
                found += self._logs(query, start, hex(end))
                start = end + 1
            except TooWideError as refused:
                window = self._narrower(refused, end - start + 1)
        return found

    def _narrower(self, refused: TooWideError, width: int) -> int:
        """How many blocks to ask for instead of `width`. Raises the refusal where none is left."""
        window = narrower(refused.said, width)
        if not window:
            raise refused
        if not is_about_results(refused.said):
            self._log_window = window
        return window

    def _logs(self, query: Mapping[str, Any], first: int, last: str) -> list[dict[str, Any]]:
        response = self._provider.make_request(
            cast("RPCEndpoint", "eth_getLogs"),
            [{**query, "fromBlock": hex(first), "toBlock": last}],
        )
        logs = cast("list[dict[str, Any]]", response["result"])
        if not all(is_asked_for(query, log) for log in logs):
            raise self.nonsense("logs that were not asked for")
        return logs

    def nonsense(self, what: str) -> ContradictionError:
        """For an answer that no honest node gives."""
        return ContradictionError(
            f"{self.where} shows {what}",
            hint=f"nothing was decided; name another node in {self.network.rpc_env}",
        )

    def put_code(self, address: str, code: str) -> None:
        """On a development node (Hardhat and Anvil): code without a transaction."""
        with suppress(ServiceError):  # another kind of node: its absence is told by the caller
            self._provider.make_request(cast("RPCEndpoint", "hardhat_setCode"), [address, code])

    def put_storage(self, address: str, slot: int, word: int) -> None:
        """On a development node: a word of a contract's storage without a transaction."""
        with suppress(ServiceError):
            self._provider.make_request(
                cast("RPCEndpoint", "hardhat_setStorageAt"), [address, hex(slot), f"0x{word:064x}"]
            )

    # --- sending --------------------------------------------------------------------------------

    def send_raw(self, raw: bytes) -> SendAnswer | None:
        """Hand a signed transaction to every node, once. None if one of them took it.

        What a node says is no outcome: the transaction may be mined all the same. Look for its
        hash. Raises GuardError, sending nothing there, if a node is on another chain by now.
        """
        try:
            self.w3.eth.send_raw_transaction(cast("HexStr", "0x" + raw.hex()))
        except RpcError as error:
            return SendAnswer(meaning_of(error.message), error.message)
        except BusyError as busy:
            return SendAnswer(Meaning.BUSY, str(busy), busy.wait_s)
        except NoAnswerError as silent:
            return SendAnswer(Meaning.UNCLEAR, str(silent))
        return None

    def asking_again(self) -> Iterator[Attempt]:
        """Attempts at what a node that lags may still get right."""
        return self._provider.asking_again()

    def _read_all(self, method: str, about: Sequence[Any], block: Block) -> list[bytes]:
        """One request for many; web3 would format each, at 0.4 ms."""
        at = block if isinstance(block, str) else hex(block)
        responses = self._provider.make_batch_request(
            [(cast("RPCEndpoint", method), [each, at]) for each in about]
        )
        return [bytes.fromhex(response["result"][2:]) for response in responses]


@contextmanager
def connect(
    network: Network,
    *,
    rpc_url: str | None,
    embedded_path: Path | None,
    sleep: Sleep = time.sleep,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Chain]:
    """A chain to talk to. The embedded one lives in `embedded_path`, or in memory if None.

    `rpc_url` is one URL, or several with commas; `say` is told when one asks to wait.
    Raises MissingError if none is known, ConfigError for one that is no address, GuardError if one
    is another chain's, ServiceError if none answers.
    """
    from nftforge.chain.failover import FailoverProvider

    if network.kind == "embedded":
        from nftforge.chain.embedded import EmbeddedProvider

        embedded = EmbeddedProvider(embedded_path)
        try:
            nodes = FailoverProvider(network, [embedded], "the embedded chain", sleep=sleep)
            yield Chain(network, nodes)
        finally:
            embedded.close()
        return
    from nftforge.chain.providers import HttpProvider

    urls = need_urls(network, rpc_url)
    remote = [HttpProvider(url, network.timeout_s) for url in urls]
    names = " and ".join(dict.fromkeys(node.name for node in remote))
    where = f"the {network.name} {'node' if len(remote) == 1 else 'nodes'} at {names}"
    try:
        yield Chain(network, FailoverProvider(network, remote, where, sleep=sleep, say=say))
    finally:
        for node in remote:
            node.close()


def need_urls(network: Network, rpc_url: str | None) -> list[str]:
    """The URLs of its nodes; none of the embedded one's. Raises MissingError if there is none, and
    ConfigError for one that is no address."""
    if network.kind == "embedded":
        return []
    urls = [part.strip() for part in (rpc_url or "").split(",") if part.strip()]
    if not urls:
        raise MissingError(
            f"no RPC URL is known for {network.name}",
            hint=f"put {network.rpc_env}=https://... into .env (see .env.example)",
        )
    for url in urls:
        if origin(url) is None:
            raise ConfigError(f"{network.rpc_env}: {instead_of_url(url)}", hint=WHERE_URLS_ARE)
    return urls


def _params(transaction: Mapping[str, Any]) -> TxParams:
    """As web3 wants it: addresses with a checksum."""
    addresses = {name: transaction[name] for name in ("from", "to") if name in transaction}
    checked = {name: to_checksum_address(address) for name, address in addresses.items()}
    return cast("TxParams", {**transaction, **checked})


def _at(block: Block) -> BlockIdentifier:
    return cast("BlockIdentifier", block)
