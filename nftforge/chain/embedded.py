"""A whole Ethereum chain in this process, kept in one SQLite file: the rehearsal needs no node.

py-evm executes and stores; this module gives it a database, mines a block for each transaction and
answers JSON-RPC, so the rest of nftforge cannot tell it from a node. Unusual:

- Everything a block writes is gathered in memory and put into the file in one SQLite transaction
  (rollback journal, synchronous=FULL) before the transaction's hash is answered. A crash at any
  moment leaves the chain before that block or after it, and reading leaves no trace on disk.
- Nothing is random and nothing reads the clock: genesis time, block times and mixHash are fixed,
  so the same transactions give the same block hashes on every machine.
- A file that is not there yet is not made by reading: the genesis then lives in memory.
- Transactions signed for another chain id, or for none, are refused (EIP-155).

Sources: https://ethereum.github.io/execution-apis, py-evm's eth.chains.base.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth.chains.base import MiningChain
from eth.constants import (
    BLANK_ROOT_HASH,
    POST_MERGE_DIFFICULTY,
    POST_MERGE_MIX_HASH,
    POST_MERGE_NONCE,
    ZERO_ADDRESS,
)
from eth.db.atomic import AtomicDB
from eth.exceptions import (
    CanonicalHeadNotFound,
    HeaderNotFound,
    Revert,
    TransactionNotFound,
)
from eth.vm.forks.cancun import CancunVM
from eth.vm.spoof import SpoofTransaction
from eth_utils import ValidationError, decode_hex, encode_hex, to_checksum_address
from web3.types import RPCEndpoint, RPCResponse

from nftforge.chain.embedded_db import EmbeddedDb
from nftforge.chain.networks import CREATE2_PROXY, CREATE2_PROXY_CODE, NETWORKS
from nftforge.chain.providers import METHOD_NOT_FOUND, NodeProvider, answered
from nftforge.chain.rehearsal import accounts
from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.core.errors import RpcError

CHAIN_ID = NETWORKS["embedded"].chain_id
GENESIS_TIME = 1_767_225_600  # 2026-01-01T00:00:00Z
BLOCK_SECONDS = 12
GAS_LIMIT = 30_000_000
RICH_WEI = 10_000 * 10**18
TIP_WEI = 10**9


# py-evm raises Python's recursion limit tenfold, for a thousand nested calls. Nothing here nests,
# and with that limit hostile JSON read later would overflow the C stack: back to the default.
sys.setrecursionlimit(1_000)


class _Chain(MiningChain):
    chain_id = CHAIN_ID
    vm_configuration: Any = ((0, CancunVM),)

    def create_header_from_parent(self, parent_header: Any, **fields: Any) -> Any:
        """Fixed gas limit and times."""
        return super().create_header_from_parent(
            parent_header,
            **{
                **fields,
                "gas_limit": parent_header.gas_limit,
                "timestamp": parent_header.timestamp + BLOCK_SECONDS,
            },
        )


class EmbeddedProvider(NodeProvider):
    """The chain in the SQLite file `path`, or in memory only (None)."""

    name = "the embedded chain"

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self._db = EmbeddedDb(path)
        self._methods: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: "nftforge/embedded",
            "net_version": lambda: str(CHAIN_ID),
            "eth_chainId": lambda: hex(CHAIN_ID),
            "eth_blockNumber": lambda: hex(self._head().block_number),
            "eth_gasPrice": lambda: hex(self._head().base_fee_per_gas + TIP_WEI),
            "eth_maxPriorityFeePerGas": lambda: hex(TIP_WEI),
            "eth_getBalance": lambda who, at="latest": hex(self._state(at).get_balance(_raw(who))),
            "eth_getCode": lambda who, at="latest": encode_hex(self._state(at).get_code(_raw(who))),
            "eth_getTransactionCount": lambda who, at="latest": hex(
                self._state(at).get_nonce(_raw(who))
            ),
            "eth_getBlockByNumber": lambda at, full=False: self._block(self._header(at)),
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_sendRawTransaction": self._send,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getLogs": self._logs,
        }
        try:
            if not self._has_genesis():
                self._make_genesis()
        except sqlite3.Error as error:
            raise self._db.explain(error) from None

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        handler = self._methods.get(method)
        if handler is None:
            raise RpcError(METHOD_NOT_FOUND, f"the embedded chain does not know {method}")
        try:
            return answered(handler(*params))
        except sqlite3.Error as error:
            raise self._db.explain(error) from None

    def close(self) -> None:
        self._db.close()

    # --- chain ----------------------------------------------------------------------------------

    @property
    def _chain(self) -> Any:
        """A fresh view: another process may have mined since."""
        return _Chain(AtomicDB(self._db))

    def _has_genesis(self) -> bool:
        try:
            self._chain.get_canonical_head()
        except CanonicalHeadNotFound:
            return False
        return True

    def _make_genesis(self) -> None:
        genesis: Any = {
            "coinbase": ZERO_ADDRESS,
            "difficulty": POST_MERGE_DIFFICULTY,
            "extra_data": b"nftforge",
            "gas_limit": GAS_LIMIT,
            "mix_hash": POST_MERGE_MIX_HASH,
            "nonce": POST_MERGE_NONCE,
            "receipt_root": BLANK_ROOT_HASH,
            "timestamp": GENESIS_TIME,
            "transaction_root": BLANK_ROOT_HASH,
        }
        _Chain.from_genesis(AtomicDB(self._db), genesis, genesis_accounts())

    def _head(self) -> Any:
        return self._chain.get_canonical_head()

    def _header(self, at: str) -> Any:
        if at in ("latest", "pending", "safe", "finalized"):
            return self._head()
        number = 0 if at == "earliest" else int(at, 16)
        try:
            return self._chain.get_canonical_block_header_by_number(number)
        except HeaderNotFound:
            raise RpcError(-32000, f"there is no block {number}") from None

    def _state(self, at: str) -> Any:
        """The state after block `at`."""
        header = self._header(at)
        chain = self._chain
        return chain.get_vm(chain.create_header_from_parent(header)).state

    # --- executing ------------------------------------------------------------------------------

    def _run(
        self, call: dict[str, str], at: str, gas: int, override: dict[str, Any] | None = None
    ) -> Any:
        chain, header = self._chain, self._header(at)
        vm = chain.get_vm(chain.create_header_from_parent(header))
        state, sender = vm.state, _raw(call.get("from") or encode_hex(ZERO_ADDRESS))
        state.set_balance(sender, RICH_WEI)  # in this throwaway state a call costs nothing
        for who, fields in (override or {}).items():
            if fields.keys() - {"balance"}:
                raise RpcError(-32602, "the embedded chain overrides balances only")
            state.set_balance(_raw(who), int(fields["balance"], 16))
        state.delta_balance(sender, gas * state.base_fee)  # what is taken beforehand for the gas
        unsigned = vm.get_transaction_builder().new_unsigned_dynamic_fee_transaction(
            chain_id=CHAIN_ID,
            nonce=state.get_nonce(sender),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=state.base_fee,
            gas=gas,
            to=_raw(call.get("to") or "0x"),
            value=int(call.get("value", "0x0"), 16),
            data=decode_hex(call.get("data") or call.get("input") or "0x"),
            access_list=(),
        )
        try:
            return state.apply_transaction(SpoofTransaction(unsigned, from_=sender))
        except ValidationError as error:
            raise RpcError(-32000, str(error)) from None

    def _call(
        self, call: dict[str, str], at: str = "latest", override: dict[str, Any] | None = None
    ) -> str:
        computation = self._run(call, at, int(call.get("gas", hex(GAS_LIMIT)), 16), override)
        _raise_if_failed(computation)
        return encode_hex(computation.output)

    def _estimate(self, call: dict[str, str], at: str = "latest", *_: Any) -> str:
        computation = self._run(call, at, GAS_LIMIT)
        _raise_if_failed(computation)
        used = GAS_LIMIT - computation.get_gas_remaining()  # refunds come at the end
        enough = min(GAS_LIMIT, used * 64 // 63 + 2_300)  # EIP-150 keeps back 1/64 at each call
        return hex(enough if not self._run(call, at, enough).is_error else GAS_LIMIT)

    def _send(self, raw: str) -> str:
        with self._db.transaction():
            if not self._has_genesis():
                self._make_genesis()
            chain = self._chain
            transaction = self._decode(chain, decode_hex(raw))
            if self._find(chain, transaction.hash):
                raise RpcError(-32000, "already known")
            self._check(chain, transaction)
            chain.mine_all([transaction], mix_hash=POST_MERGE_MIX_HASH, coinbase=ZERO_ADDRESS)
        return encode_hex(transaction.hash)

    def _decode(self, chain: Any, raw: bytes) -> Any:
        try:
            transaction = chain.get_vm().get_transaction_builder().decode(raw)
            transaction.validate()
        except Exception as error:  # whatever rlp and py-evm make of bytes from outside
            raise RpcError(-32000, f"this is no signed transaction: {error}") from None
        if transaction.chain_id != CHAIN_ID:
            message = f"invalid chain id: signed for {transaction.chain_id}, this is {CHAIN_ID}"
            raise RpcError(-32000, message)
        return transaction

    def _check(self, chain: Any, transaction: Any) -> None:
        """Refuse, in geth's words, what can never be mined now."""
        state, sender = self._state("latest"), transaction.sender
        nonce, balance = state.get_nonce(sender), state.get_balance(sender)
        if transaction.nonce != nonce:
            word = "low" if transaction.nonce < nonce else "high"
            raise RpcError(
                -32000, f"nonce too {word}: next nonce {nonce}, tx nonce {transaction.nonce}"
            )
        cost = transaction.gas * transaction.max_fee_per_gas + transaction.value
        if cost > balance:
            raise RpcError(
                -32000,
                f"insufficient funds for gas * price + value: have {balance} want {cost}",
            )
        base_fee = chain.get_vm().state.base_fee
        if transaction.max_fee_per_gas < base_fee:
            raise RpcError(-32000, f"max fee per gas less than block base fee: {base_fee}")
        if transaction.gas > GAS_LIMIT:
            raise RpcError(-32000, "exceeds block gas limit")

    # --- looking up -----------------------------------------------------------------------------

    def _find(self, chain: Any, transaction_hash: bytes) -> tuple[int, int] | None:
        try:
            number, index = chain.get_canonical_transaction_index(transaction_hash)
        except (TransactionNotFound, KeyError):
            return None
        return int(number), int(index)

    def _receipt(self, transaction_hash: str) -> dict[str, Any] | None:
        chain = self._chain
        found = self._find(chain, decode_hex(transaction_hash))
        if found is None:
            return None
        header = chain.get_canonical_block_header_by_number(found[0])
        transaction = chain.get_canonical_transaction_by_index(*found)
        receipt = chain.get_transaction_receipt_by_index(*found)
        return {
            "transactionHash": transaction_hash,
            "transactionIndex": hex(found[1]),
            "blockHash": encode_hex(header.hash),
            "blockNumber": hex(found[0]),
            "from": to_checksum_address(transaction.sender),
            "to": to_checksum_address(transaction.to) if transaction.to else None,
            "contractAddress": None,
            "cumulativeGasUsed": hex(receipt.gas_used),
            "gasUsed": hex(receipt.gas_used),
            "effectiveGasPrice": hex(_price(transaction, header.base_fee_per_gas)),
            "status": "0x1" if receipt.state_root == b"\x01" else "0x0",
            "type": "0x2",
            "logsBloom": hex(receipt.bloom),
            "logs": [
                _log(log, number, header, transaction_hash)
                for number, log in enumerate(receipt.logs)
            ],
        }

    def _logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        chain = self._chain
        first = self._header(query.get("fromBlock", "latest")).block_number
        last = self._header(query.get("toBlock", "latest")).block_number
        found = []
        for number in range(max(first, 1), last + 1):
            block = chain.get_canonical_block_by_number(number)
            for transaction in block.transactions:
                receipt = self._receipt(encode_hex(transaction.hash)) or {"logs": []}
                found += [log for log in receipt["logs"] if _matches(log, query)]
        return found

    def _block(self, header: Any) -> dict[str, Any]:
        return {
            "number": hex(header.block_number),
            "hash": encode_hex(header.hash),
            "parentHash": encode_hex(header.parent_hash),
            "timestamp": hex(header.timestamp),
            "gasLimit": hex(header.gas_limit),
            "gasUsed": hex(header.gas_used),
            "baseFeePerGas": hex(header.base_fee_per_gas),
            "miner": to_checksum_address(header.coinbase),
            "stateRoot": encode_hex(header.state_root),
        }


def genesis_accounts() -> Any:
    """Who is there from the beginning: the rich account of rehearsals, the CREATE2 proxy, and what
    a sale needs."""
    account = {"nonce": 0, "storage": {}}
    market = {
        _raw(address): {"nonce": 1, "balance": 0, "code": each.code, "storage": dict(each.storage)}
        for address, each in accounts().items()
    }
    return {
        **market,
        _raw(DEV_ADDRESS): {**account, "balance": RICH_WEI, "code": b""},
        _raw(CREATE2_PROXY): {**account, "balance": 0, "code": decode_hex(CREATE2_PROXY_CODE)},
    }


def _raw(address: str) -> bytes:
    return decode_hex(address)


def _price(transaction: Any, base_fee: int) -> int:
    tip = min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - base_fee)
    return int(base_fee + tip)


def _raise_if_failed(computation: Any) -> None:
    if computation.is_error:
        error = computation.error
        if isinstance(error, Revert):
            raise RpcError(3, "execution reverted", encode_hex(computation.output))
        raise RpcError(-32000, f"execution failed: {error}")


def _log(log: Any, index: int, header: Any, transaction_hash: str) -> dict[str, Any]:
    return {
        "address": to_checksum_address(log.address),
        "topics": [encode_hex(topic.to_bytes(32, "big")) for topic in log.topics],
        "data": encode_hex(log.data),
        "logIndex": hex(index),
        "blockNumber": hex(header.block_number),
        "blockHash": encode_hex(header.hash),
        "transactionHash": transaction_hash,
        "transactionIndex": "0x0",
        "removed": False,
    }


def _matches(log: dict[str, Any], query: dict[str, Any]) -> bool:
    addresses = query.get("address")
    if isinstance(addresses, str):
        addresses = [addresses]
    if addresses and log["address"].lower() not in (address.lower() for address in addresses):
        return False
    wanted = query.get("topics") or []
    if len(wanted) > len(log["topics"]):
        return False
    return all(
        topic is None or got in ([topic] if isinstance(topic, str) else topic)
        for topic, got in zip(wanted, log["topics"], strict=False)
    )
