"""ForgeCollection from Python: where it will stand, what it holds, and calls for it.

A collection is deployed through the CREATE2 proxy that stands at the same address on every chain,
so its address follows from its constructor and a salt: `plan` knows it before anything is sent,
and a second deployment finds the first. The salt holds the chain id, or a rehearsal and a mainnet
could share an address. Sources: EIP-1014, github.com/Arachnid/deterministic-deployment-proxy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak, to_checksum_address

from nftforge.chain.networks import CREATE2_PROXY
from nftforge.chain.rpc import Chain
from nftforge.chain.transactions import Call
from nftforge.errors import GuardError, MissingError

TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
_CONSTRUCTOR = (
    "string", "string", "address", "uint256", "uint96", "bytes32",
    "(uint48,uint48,address,bytes32)",
)  # fmt: skip
_NO_BATCH = (0, 0, "0x" + "00" * 20, bytes(32))


@dataclass(frozen=True)
class CollectionSpec:
    """The constructor's arguments. `contract_directory` is a CID's 32-byte digest."""

    name: str
    symbol: str
    owner: str
    max_supply: int
    royalty_bps: int  # hundredths of a percent
    contract_directory: bytes


@dataclass(frozen=True)
class Deployment:
    """Where a new contract would stand, and the call that puts it there."""

    address: str
    init_code_hash: bytes
    call: Call


@dataclass(frozen=True)
class OnChainBatch:
    index: int
    first_id: int
    count: int
    directory: bytes  # sha2-256 digest of its metadata directory
    to: str


@dataclass(frozen=True)
class CollectionState:
    """What the contract says of itself, enough to rebuild a lost journal."""

    next_id: int
    owner: str
    frozen: bool
    batches: tuple[OnChainBatch, ...]


@lru_cache
def artifact() -> Mapping[str, Any]:
    """The compiled contract that ships with nftforge (scripts/build-contracts)."""
    folder = resources.files("nftforge.chain") / "artifacts"
    return dict(json.loads((folder / "ForgeCollection.json").read_text(encoding="utf-8")))


def deployment_of(spec: CollectionSpec, salt: bytes, chain_id: int) -> Deployment:
    """Where `spec` goes on the chain with this id. `salt` is 32 bytes naming the collection."""
    arguments = (
        spec.name, spec.symbol, spec.owner, spec.max_supply, spec.royalty_bps,
        spec.contract_directory, _NO_BATCH,
    )  # fmt: skip
    init_code = bytes.fromhex(artifact()["bytecode"][2:]) + encode(_CONSTRUCTOR, arguments)
    full_salt = keccak(salt + chain_id.to_bytes(32, "big"))
    init_hash = keccak(init_code)
    place = keccak(b"\xff" + bytes.fromhex(CREATE2_PROXY[2:]) + full_salt + init_hash)[12:]
    call = Call(CREATE2_PROXY, full_salt + init_code)
    return Deployment(to_checksum_address(place), init_hash, call)


def check_proxy(chain: Chain) -> None:
    """Raises MissingError if the chain lacks the CREATE2 proxy."""
    if not chain.code(CREATE2_PROXY):
        raise MissingError(
            f"{chain.where} has no CREATE2 proxy at {CREATE2_PROXY}",
            hint="see github.com/Arachnid/deterministic-deployment-proxy to put it there",
        )


def mint_batch(address: str, to: str, first_id: int, count: int, directory: bytes) -> Call:
    return _call(
        address, "mintBatch(address,uint256,uint256,bytes32)", to, first_id, count, directory
    )


def mint_batch_to(address: str, to: Sequence[str], first_id: int, directory: bytes) -> Call:
    """An airdrop: token `first_id + i` for `to[i]`. Cheapest with equal recipients together."""
    return _call(address, "mintBatchTo(address[],uint256,bytes32)", to, first_id, directory)


def set_directory(address: str, index: int, directory: bytes) -> Call:
    return _call(address, "setDirectory(uint256,bytes32)", index, directory)


def read_state(chain: Chain, address: str) -> CollectionState | None:
    """The collection at `address`, or None if nothing is there.

    Raises GuardError if the code there is not ForgeCollection's.
    """
    code = chain.code(address)
    if not code:
        return None
    if not _is_ours(code):
        raise GuardError(
            f"the contract at {address} on {chain.network.name} is not one of nftforge's",
            hint="check `contract: {address: ...}`; nothing was sent",
        )
    (next_id,) = _read(chain, address, "nextId()", ("uint256",))
    (owner,) = _read(chain, address, "owner()", ("address",))
    (frozen,) = _read(chain, address, "frozen()", ("bool",))
    (count,) = _read(chain, address, "batchCount()", ("uint256",))
    batches = []
    for index in range(count):
        first, size, directory, to = _read(
            chain, address, "batch(uint256)", ("uint256", "uint256", "bytes32", "address"), index
        )
        batches.append(OnChainBatch(index, first, size, directory, to_checksum_address(to)))
    return CollectionState(next_id, to_checksum_address(owner), frozen, tuple(batches))


def read_token(chain: Chain, address: str, token_id: int) -> tuple[str, str]:
    """(owner, token URI) of one token."""
    (owner,) = _read(chain, address, "ownerOf(uint256)", ("address",), token_id)
    (uri,) = _read(chain, address, "tokenURI(uint256)", ("string",), token_id)
    return to_checksum_address(owner), uri


def mint_transactions(chain: Chain, address: str) -> dict[int, str]:
    """Token id -> hash of the transaction that minted it, from the Transfer logs."""
    nobody = "0x" + "00" * 32
    return {
        int.from_bytes(bytes(log["topics"][3]), "big"): log["transactionHash"].to_0x_hex()
        for log in chain.logs(address, [TRANSFER, nobody], 0)
    }


def describe_revert(data: str) -> str:
    """What a revert said, in words: `NotNextToken(4, 1)`, a reason string, or the raw data."""
    raw = bytes.fromhex(data.removeprefix("0x"))
    try:
        if raw[:4] == keccak(text="Error(string)")[:4]:
            return str(decode(("string",), raw[4:])[0])
        for entry in artifact()["abi"]:
            if entry["type"] == "error":
                types = [argument["type"] for argument in entry["inputs"]]
                if raw[:4] == keccak(text=f"{entry['name']}({','.join(types)})")[:4]:
                    values = ", ".join(str(value) for value in decode(types, raw[4:]))
                    return f"{entry['name']}({values})"
    except DecodingError:
        pass
    return data if raw else "no reason given"


def _is_ours(code: bytes) -> bool:
    expected = bytearray.fromhex(artifact()["deployedBytecode"][2:])
    found = bytearray(code)
    if len(found) != len(expected):
        return False
    for start, length in artifact()["immutables"]:
        found[start : start + length] = bytes(length)
        expected[start : start + length] = bytes(length)
    return found == expected


def _call(address: str, signature: str, *arguments: Any) -> Call:
    types = signature[signature.index("(") + 1 : -1]
    names = types.split(",") if types else []
    return Call(address, keccak(text=signature)[:4] + encode(names, arguments))


def _read(
    chain: Chain, address: str, signature: str, types: tuple[str, ...], *arguments: Any
) -> Any:
    call = _call(address, signature, *arguments)
    return decode(types, chain.call({"to": address, "data": "0x" + call.data.hex()}))
