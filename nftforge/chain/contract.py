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

from nftforge.chain.networks import CREATE2_PROXY, CREATE2_PROXY_CODE
from nftforge.chain.rpc import Chain, Log
from nftforge.chain.transactions import Call
from nftforge.core.errors import GuardError, MissingError, ServiceError

TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
_CONSTRUCTOR = (
    "string", "string", "address", "uint256", "uint96", "bytes32",
    "(uint48,uint48,address,bytes32)",
)  # fmt: skip
_NO_BATCH = (0, 0, "0x" + "00" * 20, bytes(32))
# What one call can mint. A transaction has at most 2^24 gas (EIP-7825; tests hold these to it) and
# 128 KiB (geth). An airdrop pays a new balance and a run for each recipient, and the bytes of an
# address for each token: a long run costs less in a call of its own.
MAX_BATCH = 5_000  # tokens to one account: 11.3M gas
AIRDROP_GAS, RUN_GAS, AIRDROP_TOKEN_GAS = 14_500_000, 47_000, 3_000
LONG_RUN = 64  # tokens


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
    """What the contract says of itself at one block, enough to rebuild a lost journal."""

    name: str
    symbol: str
    next_id: int
    owner: str
    frozen: bool
    provenance: bytes  # zero: nothing was committed to
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
    """Raises MissingError if the chain lacks the CREATE2 proxy; a Hardhat node is given it."""
    if not chain.code(CREATE2_PROXY) and chain.network.kind == "dev":
        chain.put_code(CREATE2_PROXY, CREATE2_PROXY_CODE)
    if not chain.code(CREATE2_PROXY):
        raise MissingError(
            f"{chain.where} has no CREATE2 proxy at {CREATE2_PROXY}",
            hint="see github.com/Arachnid/deterministic-deployment-proxy to put it there",
        )


def mint_batch(address: str, to: str, first_id: int, count: int, directory: bytes) -> Call:
    return _call(
        address, "mintBatch(address,uint256,uint256,bytes32)", to, first_id, count, directory
    )


def mint_call(address: str, to: Sequence[str], first_id: int, directory: bytes) -> Call:
    """Token `first_id + i` for `to[i]`, in the way that costs least."""
    if len(set(to)) == 1:
        return mint_batch(address, to[0], first_id, len(to), directory)
    return mint_batch_to(address, to, first_id, directory)


def fits_one_call(runs: Sequence[int]) -> bool:
    """Whether runs of so many tokens, each to another recipient, should be minted together."""
    tokens = sum(runs)
    if len(runs) == 1:
        return tokens <= MAX_BATCH
    return (
        max(runs) < LONG_RUN
        and tokens <= MAX_BATCH
        and len(runs) * RUN_GAS + tokens * AIRDROP_TOKEN_GAS <= AIRDROP_GAS
    )


def mint_batch_to(address: str, to: Sequence[str], first_id: int, directory: bytes) -> Call:
    """An airdrop: token `first_id + i` for `to[i]`. Cheapest with equal recipients together."""
    return _call(address, "mintBatchTo(address[],uint256,bytes32)", to, first_id, directory)


def set_directory(address: str, index: int, directory: bytes) -> Call:
    return _call(address, "setDirectory(uint256,bytes32)", index, directory)


def commitment_to(directories: Sequence[bytes]) -> bytes:
    """What is committed to before a reveal: the digests of all batches' directories, in order."""
    return bytes(keccak(b"".join(directories)))


def commit_provenance(address: str, commitment: bytes) -> Call:
    return _call(address, "commitProvenance(bytes32)", commitment)


def freeze(address: str) -> Call:
    return _call(address, "freeze()")


def transfer_ownership(address: str, to: str) -> Call:
    """The new owner has to accept (Ownable2Step)."""
    return _call(address, "transferOwnership(address)", to)


def accept_ownership(address: str) -> Call:
    return _call(address, "acceptOwnership()")


def set_minter(address: str, account: str, allowed: bool) -> Call:
    return _call(address, "setMinter(address,bool)", account, allowed)


def read_state(chain: Chain, address: str, block: int | None = None) -> CollectionState | None:
    """The collection at `address` as of `block` (default: the head), or None if nothing is there.

    Raises GuardError if the code there is not ForgeCollection's.
    """
    at = chain.head() if block is None else block
    code = chain.code(address, at)
    if not code:
        return None
    if not _is_ours(code):
        raise GuardError(
            f"the contract at {address} on {chain.network.name} is not one of nftforge's",
            hint="check `contract: {address: ...}`; nothing was sent",
        )
    name, symbol, next_id, owner, frozen, provenance, count = _read_many(
        chain, address, at, _NAME, _SYMBOL, _NEXT_ID, _OWNER, _FROZEN, _PROVENANCE, _BATCH_COUNT
    )
    rows = _read_many(chain, address, at, *((*_BATCH, index) for index in range(count)))
    batches = tuple(
        OnChainBatch(index, first, size, directory, to_checksum_address(to))
        for index, (first, size, directory, to) in enumerate(rows)
    )
    return CollectionState(
        name, symbol, next_id, to_checksum_address(owner), frozen, provenance, batches
    )


@dataclass(frozen=True)
class Terms:
    """What a marketplace asks the contract besides its tokens."""

    royalty_receiver: str
    royalty_bps: int
    contract_uri: str  # empty: it has none


def read_terms(chain: Chain, address: str) -> Terms:
    """Royalty (ERC-2981) and contract metadata (ERC-7572) as of the head."""
    (receiver, bps), uri = _read_many(
        chain, address, chain.head(), (*_ROYALTY, 1, 10_000), _CONTRACT_URI
    )
    return Terms(to_checksum_address(receiver), bps, uri)


def read_tokens(
    chain: Chain, address: str, token_ids: Sequence[int], block: int | None = None
) -> dict[int, tuple[str, str]]:
    """Token id -> (owner, token URI), all as of one block."""
    at = chain.head() if block is None else block
    owners = read_owners(chain, address, token_ids, at)
    uris = _read_many(chain, address, at, *((*_TOKEN_URI, token_id) for token_id in token_ids))
    return {i: (owners[i], uri) for i, uri in zip(token_ids, uris, strict=True)}


def read_owners(chain: Chain, address: str, token_ids: Sequence[int], block: int) -> dict[int, str]:
    """Token id -> owner as of `block`."""
    owners = _read_many(chain, address, block, *((*_OWNER_OF, token_id) for token_id in token_ids))
    return {i: to_checksum_address(owner) for i, owner in zip(token_ids, owners, strict=True)}


def read_token(chain: Chain, address: str, token_id: int) -> tuple[str, str]:
    """(owner, token URI) of one token."""
    return read_tokens(chain, address, [token_id])[token_id]


@dataclass(frozen=True)
class Provenance:
    """What was committed before a delayed reveal, and whether the batches show it by now."""

    committed: bytes
    kept: bool
    frozen: bool  # if it is not kept, it never will be


def read_provenance(chain: Chain, address: str) -> Provenance | None:
    """The commitment of the collection at `address`; None if none was made.

    The contract cannot hold anybody to it while batches are revealed one by one: compare.
    """
    state = read_state(chain, address)
    if state is None or not any(state.provenance):
        return None
    shown = commitment_to([batch.directory for batch in state.batches])
    return Provenance(state.provenance, shown == state.provenance, state.frozen)


def pending_owner(chain: Chain, address: str, block: int) -> str:
    """Who was offered the ownership and has not accepted it yet; the zero address if nobody."""
    (owner,) = _read_many(chain, address, block, _PENDING_OWNER)
    return to_checksum_address(owner)


def mint_transactions(chain: Chain, address: str) -> dict[int, str]:
    """Token id -> hash of the transaction that minted it."""
    return {int(log.topics[3], 16): log.tx for log in _mints(chain, address)}


def minted_to(chain: Chain, address: str) -> dict[int, str]:
    """Token id -> who it was minted to, whoever holds it now."""
    return {
        int(log.topics[3], 16): to_checksum_address(log.topics[2][-40:])
        for log in _mints(chain, address)
    }


def _mints(chain: Chain, address: str) -> Sequence[Log]:
    """The Transfer logs that come from nobody."""
    return chain.logs(address, [TRANSFER, "0x" + "00" * 32], 0)


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


# Views: signature, types of what they return; arguments follow.
_NAME, _SYMBOL = ("name()", ("string",)), ("symbol()", ("string",))
_NEXT_ID, _OWNER = ("nextId()", ("uint256",)), ("owner()", ("address",))
_FROZEN, _BATCH_COUNT = ("frozen()", ("bool",)), ("batchCount()", ("uint256",))
_BATCH = ("batch(uint256)", ("uint256", "uint256", "bytes32", "address"))
_PROVENANCE = ("provenance()", ("bytes32",))
_OWNER_OF = ("ownerOf(uint256)", ("address",))
_TOKEN_URI = ("tokenURI(uint256)", ("string",))
_ROYALTY = ("royaltyInfo(uint256,uint256)", ("address", "uint256"))
_CONTRACT_URI = ("contractURI()", ("string",))
_PENDING_OWNER = ("pendingOwner()", ("address",))


def _call(address: str, signature: str, *arguments: Any) -> Call:
    types = signature[signature.index("(") + 1 : -1]
    names = types.split(",") if types else []
    return Call(address, keccak(text=signature)[:4] + encode(names, arguments))


def _read_many(chain: Chain, address: str, block: int, *views: tuple[Any, ...]) -> list[Any]:
    """What each view returns at `block`; one value bare, several as a tuple."""
    calls = [_call(address, signature, *arguments) for signature, _, *arguments in views]
    raw = chain.calls([{"to": address, "data": "0x" + call.data.hex()} for call in calls], block)
    try:
        values = [decode(types, answer) for (_, types, *_), answer in zip(views, raw, strict=True)]
    except DecodingError:
        raise ServiceError(f"{chain.where} gave half an answer about {address}") from None
    return [value[0] if len(value) == 1 else value for value in values]
