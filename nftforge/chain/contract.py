"""ForgeCollection from Python: where it will stand, what it holds, and calls for it.

A collection is deployed through the CREATE2 proxy that stands at the same address on every chain,
so its address follows from its constructor and a salt: `plan` knows it before anything is sent,
and a second deployment finds the first. The salt holds the chain id, or a rehearsal and a mainnet
could share an address. Sources: EIP-1014, github.com/Arachnid/deterministic-deployment-proxy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth_utils import keccak, to_checksum_address

from nftforge.chain.abi import Interface
from nftforge.chain.connection import Chain
from nftforge.chain.known_contracts import KnownContract, known_by, known_contracts, latest
from nftforge.chain.networks import CREATE2_PROXY, CREATE2_PROXY_CODE
from nftforge.chain.pricing import Call
from nftforge.core.errors import GuardError, MissingError, ServiceError

NOBODY = "0x" + "00" * 20
_NO_BATCH = (0, 0, NOBODY, bytes(32))
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

    known: KnownContract  # which version it is
    name: str
    symbol: str
    next_id: int
    owner: str
    frozen: bool
    provenance: bytes  # zero: nothing was committed to
    batches: tuple[OnChainBatch, ...]


def interface() -> Interface:
    """What the known versions understand, each function as the newest that has it says."""
    return _understood_by(known_contracts())


@lru_cache
def _understood_by(versions: Sequence[KnownContract]) -> Interface:
    return Interface([entry for known in reversed(versions) for entry in known.artifact["abi"]])


def deployment_of(
    spec: CollectionSpec, salt: bytes, chain_id: int, known: KnownContract | None = None
) -> Deployment:
    """Where `spec` goes on the chain with this id. `salt` is 32 bytes naming the collection.

    `known`: with that version of the contract (default: the newest).
    """
    from web3.utils.address import get_create2_address

    known = known or latest()
    arguments = known.interface.constructor(
        spec.name, spec.symbol, spec.owner, spec.max_supply, spec.royalty_bps,
        spec.contract_directory, _NO_BATCH,
    )  # fmt: skip
    init_code = known.init_code + arguments
    full_salt = keccak(salt + chain_id.to_bytes(32, "big"))
    salted: Any = (CREATE2_PROXY, full_salt.hex(), init_code.hex())
    place = get_create2_address(*salted)
    return Deployment(place, keccak(init_code), Call(CREATE2_PROXY, full_salt + init_code))


def deployments_of(spec: CollectionSpec, salt: bytes, chain_id: int) -> tuple[Deployment, ...]:
    """Where `spec` goes with each known version of the contract, the newest first."""
    return tuple(deployment_of(spec, salt, chain_id, known) for known in known_contracts())


def standing(chain: Chain, deployments: Sequence[Deployment]) -> Deployment:
    """Of `deployments` the one of an older version that is there; else the first, to be made.

    A release with another contract gives another address: it must not give a second contract.
    """
    newest, *older = deployments
    codes = chain.codes([each.address for each in older], chain.head()) if older else []
    return next((each for each, code in zip(older, codes, strict=True) if code), newest)


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
    return _call(address, "mintBatch", to, first_id, count, directory)


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
    return _call(address, "mintBatchTo", to, first_id, directory)


def set_directory(address: str, index: int, directory: bytes) -> Call:
    return _call(address, "setDirectory", index, directory)


def commitment_to(directories: Sequence[bytes]) -> bytes:
    """What is committed to before a reveal: the digests of all batches' directories, in order."""
    return bytes(keccak(b"".join(directories)))


def commit_provenance(address: str, commitment: bytes) -> Call:
    """Raises GuardError for zero: the contract takes it, says so in an event and keeps nothing."""
    if not any(commitment):
        raise GuardError(
            "a commitment of zero commits to nothing",
            hint="commit to the metadata: `commitment_to(directories)`; nothing was sent",
        )
    return _call(address, "commitProvenance", commitment)


def freeze(address: str) -> Call:
    return _call(address, "freeze")


def transfer_ownership(address: str, to: str) -> Call:
    """The new owner has to accept (Ownable2Step)."""
    return _call(address, "transferOwnership", to)


def accept_ownership(address: str) -> Call:
    return _call(address, "acceptOwnership")


def set_minter(address: str, account: str, allowed: bool) -> Call:
    return _call(address, "setMinter", account, allowed)


def read_state(chain: Chain, address: str, block: int | None = None) -> CollectionState | None:
    """The collection at `address` as of `block` (default: the head), or None if nothing is there.

    Raises GuardError if the code there is not ForgeCollection's.
    """
    at = chain.head() if block is None else block
    code = chain.code(address, at)
    if not code:
        return None
    known = known_by(code)
    if known is None:
        raise _not_ours(chain, address)
    name, symbol, next_id, owner, frozen, provenance, count = _read_many(
        chain, address, at,
        ("name",), ("symbol",), ("nextId",), ("owner",), ("frozen",), ("provenance",),
        ("batchCount",),
    )  # fmt: skip
    rows = _read_many(chain, address, at, *(("batch", index) for index in range(count)))
    batches = tuple(
        OnChainBatch(index, first, size, directory, to_checksum_address(to))
        for index, (first, size, directory, to) in enumerate(rows)
    )
    return CollectionState(
        known, name, symbol, next_id, to_checksum_address(owner), frozen, provenance, batches
    )


def known_at(chain: Chain, address: str) -> KnownContract:
    """The version of the contract at `address`; the newest if none is there yet.

    Raises GuardError if the code there is not ForgeCollection's.
    """
    code = chain.code(address)
    known = known_by(code) if code else latest()
    if known is None:
        raise _not_ours(chain, address)
    return known


def _not_ours(chain: Chain, address: str) -> GuardError:
    return GuardError(
        f"the contract at {address} on {chain.network.name} is not one of nftforge's",
        hint="check `contract: {address: ...}`; nothing was sent",
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
        chain, address, chain.head(), ("royaltyInfo", 1, 10_000), ("contractURI",)
    )
    return Terms(to_checksum_address(receiver), bps, uri)


def read_spec(chain: Chain, address: str) -> CollectionSpec:
    """What the contract at `address` was deployed with; its owner and directory as they are now."""
    at = chain.head()
    name, symbol, owner, max_supply, (_, bps) = _read_many(
        chain, address, at,
        ("name",), ("symbol",), ("owner",), ("maxSupply",), ("royaltyInfo", 1, 10_000),
    )  # fmt: skip
    return CollectionSpec(name, symbol, to_checksum_address(owner), max_supply, bps, b"")


def deployed_by(chain: Chain, owner: str) -> list[str]:
    """Every contract of ours that was deployed for `owner`, by the first event of each.

    Deployments through the proxy are no transactions of their own, but OpenZeppelin's Ownable names
    the first owner in an indexed event. Raises ServiceError where a node refuses so wide a search.
    """
    topics = [interface().topic("OwnershipTransferred"), _word(NOBODY), _word(owner)]
    found = [to_checksum_address(log["address"]) for log in chain.logs(None, topics, 0)]
    codes = chain.codes(found, chain.head()) if found else []
    return [address for address, code in zip(found, codes, strict=True) if known_by(code)]


def _word(address: str) -> str:
    """An address as an indexed value."""
    return "0x" + address.lower().removeprefix("0x").rjust(64, "0")


def read_tokens(
    chain: Chain, address: str, token_ids: Sequence[int], block: int | None = None
) -> dict[int, tuple[str, str]]:
    """Token id -> (owner, token URI), all as of one block."""
    at = chain.head() if block is None else block
    owners = read_owners(chain, address, token_ids, at)
    uris = _read_many(chain, address, at, *(("tokenURI", token_id) for token_id in token_ids))
    return {i: (owners[i], uri) for i, uri in zip(token_ids, uris, strict=True)}


def read_owners(chain: Chain, address: str, token_ids: Sequence[int], block: int) -> dict[int, str]:
    """Token id -> owner as of `block`."""
    owners = _read_many(chain, address, block, *(("ownerOf", token_id) for token_id in token_ids))
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
    (owner,) = _read_many(chain, address, block, ("pendingOwner",))
    return to_checksum_address(owner)


def mint_transactions(chain: Chain, address: str) -> dict[int, str]:
    """Token id -> hash of the transaction that minted it."""
    return {mint["tokenId"]: transaction for mint, transaction in _mints(chain, address)}


def minted_to(chain: Chain, address: str) -> dict[int, str]:
    """Token id -> who it was minted to, whoever holds it now."""
    return {mint["tokenId"]: to_checksum_address(mint["to"]) for mint, _ in _mints(chain, address)}


OWNERS_EVENTS = (
    "OwnershipTransferred", "OwnershipTransferStarted", "ContractURIUpdated", "MinterUpdated",
    "ProvenanceCommitted", "BatchMetadataUpdate", "MetadataUpdate", "Frozen",
)  # fmt: skip


def transactions_about(chain: Chain, address: str) -> set[str]:
    """Hashes of what deployed, minted, published and administered; not of what holders did.

    Raises ServiceError where a node refuses logs this far back.
    """
    if not chain.code(address):
        return set()
    topics = [interface().topic(name) for name in OWNERS_EVENTS]
    administered = {log["transactionHash"] for log in chain.logs(address, [topics], 0)}
    return administered | {transaction for _, transaction in _mints(chain, address)}


def _mints(chain: Chain, address: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The Transfer events that come from nobody, and their transactions."""
    for log in chain.logs(address, [interface().topic("Transfer"), "0x" + "00" * 32], 0):
        try:
            yield interface().event("Transfer", log), log["transactionHash"]
        except ValueError:
            raise chain.nonsense("an event Transfer that is none") from None


def describe_revert(data: str) -> str:
    """What a revert said, in words: `NotNextToken(4, 1)`, a reason string, or the raw data."""
    raw = bytes.fromhex(data.removeprefix("0x"))
    match interface().error(raw):
        case "Error", (reason,):
            return str(reason)
        case name, values:
            return f"{name}({', '.join(str(value) for value in values)})"
    return data if raw else "no reason given"


def _call(address: str, function: str, *arguments: Any) -> Call:
    return Call(address, interface().encode(function, *arguments))


def _read_many(chain: Chain, address: str, block: int, *views: tuple[Any, ...]) -> list[Any]:
    """What each (function, *arguments) returns at `block`; one value bare, several as a tuple."""
    calls = [{"to": address, "data": "0x" + interface().encode(*view).hex()} for view in views]
    for _ in chain.asking_again():  # a read that crosses the deployment gets half of it
        try:
            values = [
                interface().decode(function, answer)
                for (function, *_), answer in zip(views, chain.calls(calls, block), strict=True)
            ]
        except ValueError:
            continue
        return [value[0] if len(value) == 1 else value for value in values]
    raise ServiceError(f"{chain.where} gave half an answer about {address}")
