"""A connected chain: the few questions nftforge asks a node, and what can go wrong in asking.

Every answer comes through `Chain`, so three things hold everywhere: the node's chain id was
compared with the network's before anything else; web3's own retries are off (they turn an accepted
send into "nonce too low"); and no error carries the RPC URL, which often holds an API key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    ContractLogicError,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)

from nftforge.chain.networks import Network
from nftforge.errors import GuardError, MissingError, NftforgeError, ServiceError

T = TypeVar("T")

TIMEOUT_S = 20.0
READ_TRIES = 4


class RevertedError(NftforgeError):
    """A call that the contract refuses; `data` is what it said (0x and hex), for decoding."""

    exit_code = 7

    def __init__(self, fact: str, data: str) -> None:
        super().__init__(fact)
        self.data = data


class Chain:
    """One network, connected and checked. `where` names the node without its secrets."""

    def __init__(self, network: Network, web3: Web3, where: str) -> None:
        self.network = network
        self.where = where
        self._web3 = web3
        self.chain_id = self._read(lambda: web3.eth.chain_id)
        if self.chain_id != network.chain_id:
            raise GuardError(
                f"{where} is chain {self.chain_id}, but {network.name} is {network.chain_id}",
                hint=f"point {network.rpc_env} at a node of {network.name}",
            )

    @property
    def genesis_hash(self) -> str:
        return self._read(lambda: self._web3.eth.get_block(0)["hash"].to_0x_hex())

    def block_number(self) -> int:
        return self._read(lambda: self._web3.eth.block_number)

    def balance(self, address: str) -> int:
        """In wei."""
        return self._read(lambda: self._web3.eth.get_balance(_checksum(address)))

    def code(self, address: str) -> bytes:
        return self._read(lambda: bytes(self._web3.eth.get_code(_checksum(address))))

    def nonce(self, address: str) -> int:
        """How many transactions of `address` the chain has consumed."""
        return self._read(
            lambda: self._web3.eth.get_transaction_count(_checksum(address), "latest")
        )

    def call(self, transaction: Mapping[str, Any]) -> bytes:
        """`eth_call`. Raises RevertedError with what the contract said."""
        fields: Any = dict(transaction)
        return self._read(lambda: bytes(self._web3.eth.call(fields)))

    def estimate_gas(self, transaction: Mapping[str, Any]) -> int:
        fields: Any = dict(transaction)
        return self._read(lambda: self._web3.eth.estimate_gas(fields))

    def fees(self) -> tuple[int, int] | None:
        """(base fee, priority fee) in wei a gas, or None on a chain without EIP-1559."""
        block = self._read(lambda: self._web3.eth.get_block("latest"))
        if "baseFeePerGas" not in block:
            return None
        return block["baseFeePerGas"], self._read(lambda: self._web3.eth.max_priority_fee)

    def gas_price(self) -> int:
        return self._read(lambda: self._web3.eth.gas_price)

    def receipt(self, transaction_hash: str) -> Mapping[str, Any] | None:
        """The receipt of a mined transaction, or None."""
        try:
            wanted: Any = transaction_hash
            return self._read(lambda: self._web3.eth.get_transaction_receipt(wanted))
        except TransactionNotFound:
            return None

    def logs(
        self, address: str, topics: Sequence[str], first_block: int
    ) -> list[Mapping[str, Any]]:
        query: Any = {
            "address": _checksum(address),
            "topics": list(topics),
            "fromBlock": first_block,
            "toBlock": "latest",
        }
        return self._read(lambda: list(self._web3.eth.get_logs(query)))

    def send_raw(self, raw: bytes) -> str | None:
        """Hand over a signed transaction, once. Returns the node's complaint, or None.

        A complaint is no outcome: the transaction may be mined all the same. Look for its hash.
        """
        try:
            self._web3.eth.send_raw_transaction(raw)
        except Web3RPCError as error:
            return self._clean(_rpc_message(error))
        except (Web3Exception, requests.RequestException, OSError, ValueError) as error:
            return self._clean(f"{type(error).__name__}")
        return None

    def _read(self, ask: Callable[[], T]) -> T:
        """Ask, again if the node does not answer. Raises ServiceError, RevertedError."""
        for attempt in range(READ_TRIES):
            try:
                return ask()
            except TransactionNotFound:
                raise
            except ContractLogicError as error:
                data = error.data if isinstance(error.data, str) else "0x"
                raise RevertedError(self._clean(str(error.message)), data) from None
            except Web3RPCError as error:
                raise ServiceError(
                    f"{self.where} answered: {self._clean(_rpc_message(error))}"
                ) from None
            except (Web3Exception, requests.RequestException, OSError, ValueError) as error:
                failure = type(error).__name__
            if attempt + 1 < READ_TRIES:
                time.sleep(0.25 * 2**attempt)
        raise ServiceError(
            f"{self.where} does not answer ({failure}, {READ_TRIES} tries)",
            hint=f"is the node running? {self.network.rpc_env} sets its URL",
        )

    def _clean(self, text: str) -> str:
        """Without the RPC URL, whose path or query often is an API key."""
        endpoint = getattr(self._web3.provider, "endpoint_uri", None)
        if endpoint:
            parts = urlsplit(str(endpoint))
            for secret in (str(endpoint), parts.path.strip("/"), parts.query, parts.netloc):
                if len(secret) > 3:
                    text = text.replace(secret, "<rpc>")
        return text


@contextmanager
def connect(
    network: Network, *, rpc_url: str | None, embedded_path: Path | None
) -> Iterator[Chain]:
    """A chain to talk to. The embedded one lives in `embedded_path`, or in memory if None.

    Raises MissingError if no RPC URL is known, GuardError if it is another chain's,
    ServiceError if the node does not answer.
    """
    if network.kind == "embedded":
        from nftforge.chain.embedded import EmbeddedProvider

        provider = EmbeddedProvider(embedded_path)
        try:
            yield Chain(network, Web3(provider), "the embedded chain")
        finally:
            provider.close()
        return
    if not rpc_url:
        raise MissingError(
            f"no RPC URL is known for {network.name}",
            hint=f"put {network.rpc_env}=https://... into .env (see .env.example)",
        )
    http = HTTPProvider(
        rpc_url, request_kwargs={"timeout": TIMEOUT_S}, exception_retry_configuration=None
    )
    host = urlsplit(rpc_url).hostname or "the node"
    yield Chain(network, Web3(http), f"the {network.name} node at {host}")


def _checksum(address: str) -> Any:
    return Web3.to_checksum_address(address)


def _rpc_message(error: Web3RPCError) -> str:
    response = error.rpc_response
    details = response.get("error") if isinstance(response, dict) else None
    return str(details.get("message", "")) if isinstance(details, dict) else str(error.message)
