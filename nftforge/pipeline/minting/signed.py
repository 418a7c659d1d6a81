"""What a journal says was signed, proven from the bytes before anything is done about it.

A journal is a file, and files come along with collections. Whoever writes one can make it name any
transaction, and a replacement of that would be signed with our key. So what is taken up again must
be signed by our own account, for this chain, and be the very call that the journal's words
describe: then all that the journal can ask for is what this key has promised before.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eth_utils import keccak

from nftforge.chain.contract import (
    commit_provenance,
    freeze,
    mint_call,
    set_directory,
    transfer_ownership,
)
from nftforge.chain.networks import CREATE2_PROXY
from nftforge.chain.pricing import Call
from nftforge.chain.transactions import SignedTx, read_signed
from nftforge.core.errors import GuardError
from nftforge.pipeline.minting import trades
from nftforge.pipeline.minting.undone import Written

SALT_BYTES = 32


def prove(row: Written, chain_id: int, account: str, path: Path) -> None:
    """Raises GuardError if `row` of the journal at `path` is not what `account` signed."""
    for fields in row.intent["transactions"]:
        why = _why_not(SignedTx.from_json(fields), row.details, chain_id, account)
        if why:
            raise GuardError(
                f"{path}: {row.name} {why}",
                hint="did this file come from somebody else? move it away and run again: what is "
                "minted is read from the chain; nothing was sent",
            )


def _why_not(signed: SignedTx, details: Mapping[str, Any], chain_id: int, account: str) -> str:
    try:
        chain, call, again = read_signed(signed.raw)
    except Exception:  # whatever a decoder makes of such bytes: there is no list of it
        return "holds bytes that are no signed transaction"
    if again.sender != account:
        return f"was signed by {again.sender}, and this key is {account}"
    if again != signed or chain != chain_id:
        return "is not the transaction that its bytes are"
    if call.value or not _described(call, details):
        return "was signed for something else than it says"
    return ""


def _described(call: Call, details: Mapping[str, Any]) -> bool:
    """Whether `call` does what `details` say, and nothing else."""
    if details["kind"] == "deploy":
        digest = keccak(call.data[SALT_BYTES:]).hex()
        return call.to == CREATE2_PROXY and digest == details["init_code_hash"]
    return call == _call(str(details["address"]), details)


def _call(address: str, details: Mapping[str, Any]) -> Call | None:
    match details["kind"]:
        case "mint":
            to = [who for who, count in details["to"] for _ in range(count)]
            return mint_call(address, to, details["first_id"], bytes.fromhex(details["directory"]))
        case "update":
            return set_directory(address, details["batch"], bytes.fromhex(details["directory"]))
        case "commit":
            return commit_provenance(address, bytes.fromhex(details["provenance"]))
        case "freeze":
            return freeze(address)
        case "transfer":
            return transfer_ownership(address, details["to"])
    return trades.call_of(details) if details["kind"] in trades.KINDS else None
