"""What is asked of tokens that are sold, and of the currency they are sold for.

ERC-721, ERC-20 and ERC-2981 as far as a sale needs them: who owns, who may move, what royalty.
Sources: https://eips.ethereum.org/EIPS/eip-721, eip-20, eip-2981
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_utils import to_checksum_address

from nftforge.chain.abi import Interface
from nftforge.chain.connection import Block, Chain
from nftforge.chain.pricing import Call
from nftforge.core.errors import ContradictionError, RevertedError, ServiceError
from nftforge.market.orders import NOBODY


def abi_function(name: str, inputs: str, outputs: str = "") -> dict[str, Any]:
    """An entry of an ABI, from types with spaces between them."""
    return {
        "type": "function",
        "name": name,
        "inputs": [{"name": "", "type": kind} for kind in inputs.split()],
        "outputs": [{"name": "", "type": kind} for kind in outputs.split()],
    }


def abi_event(name: str, indexed: str) -> dict[str, Any]:
    """An event of an ABI, of which all that is looked at is indexed."""
    inputs = [
        {"name": f"at{i}", "type": kind, "indexed": True} for i, kind in enumerate(indexed.split())
    ]
    if name == "ApprovalForAll":
        inputs.append({"name": "approved", "type": "bool", "indexed": False})
    return {"type": "event", "name": name, "inputs": inputs}


TOKEN = Interface(
    [
        abi_function("ownerOf", "uint256", "address"),
        abi_function("getApproved", "uint256", "address"),
        abi_function("isApprovedForAll", "address address", "bool"),
        abi_function("approve", "address uint256"),  # ERC-721 a token, ERC-20 an amount
        abi_function("setApprovalForAll", "address bool"),
        abi_function("balanceOf", "address", "uint256"),
        abi_function("allowance", "address address", "uint256"),
        abi_function("royaltyInfo", "uint256 uint256", "address uint256"),
        abi_function("safeTransferFrom", "address address uint256"),
        abi_event("Approval", "address address uint256"),
        abi_event("ApprovalForAll", "address address"),
    ]
)


def approve(token: str, operator: str, token_id: int) -> Call:
    """Let `operator` move one token; ends when it moves."""
    return Call(token, TOKEN.encode("approve", operator, token_id))


def revoke(token: str, token_id: int) -> Call:
    """Let nobody move one token, but operators for all."""
    return approve(token, NOBODY, token_id)


def approve_all(token: str, operator: str, approved: bool = True) -> Call:
    """Let `operator` move all tokens that the sender has or will have, or no longer."""
    return Call(token, TOKEN.encode("setApprovalForAll", operator, approved))


def allow(currency: str, operator: str, amount: int) -> Call:
    """Let `operator` spend so many units of an ERC-20 currency."""
    return Call(currency, TOKEN.encode("approve", operator, amount))


def give(token: str, owner: str, to: str, token_id: int) -> Call:
    """A token to somebody, for nothing; a contract is asked whether it takes it."""
    return Call(token, TOKEN.encode("safeTransferFrom", owner, to, token_id))


def owner_of(chain: Chain, token: str, token_id: int, block: Block = "latest") -> str | None:
    """None if there is no such token."""
    found = read(chain, token, "ownerOf", token_id, block=block)
    return None if found is None else str(to_checksum_address(found[0]))


def may_move(
    chain: Chain, token: str, owner: str, operator: str, token_id: int, block: Block = "latest"
) -> bool:
    """Whether `operator` is approved for the token, or for all of `owner`'s."""
    if may_move_all(chain, token, owner, operator, block):
        return True
    one = read(chain, token, "getApproved", token_id, block=block)
    return one is not None and one[0].lower() == operator.lower()


def first_approval(
    chain: Chain, token: str, owner: str, operators: Sequence[str], since: int = 0
) -> int | None:
    """The block in which `owner` first let one of `operators` move a token, or all; None: never.

    Before it nothing of the owner's can have been sold by them. `since`: a block before which there
    was no such contract. Where a node refuses to look so far back, that.
    """
    who, everyone = _word(owner), [_word(operator) for operator in operators]
    try:
        logs = [
            log
            for event in ("Approval", "ApprovalForAll")
            for log in chain.logs(token, [TOKEN.topic(event), who, everyone], since)
        ]
    except ContradictionError:
        raise
    except ServiceError:
        return since
    return min((int(log["blockNumber"], 16) for log in logs), default=None)


def approvers(chain: Chain, token: str, operators: Sequence[str]) -> dict[str, int]:
    """Who ever let one of `operators` move a token, or all; and the first block of it.

    Raises ServiceError where a node refuses to look so far back.
    """
    everyone = [_word(operator) for operator in operators]
    found: dict[str, int] = {}
    for event in ("Approval", "ApprovalForAll"):
        for log in chain.logs(token, [TOKEN.topic(event), [], everyone], 0):
            who = str(to_checksum_address("0x" + log["topics"][1][-40:]))
            block = int(log["blockNumber"], 16)
            found[who] = min(block, found.get(who, block))
    return found


def _word(address: str) -> str:
    return "0x" + address[2:].lower().rjust(64, "0")


def may_move_all(
    chain: Chain, token: str, owner: str, operator: str, block: Block = "latest"
) -> bool:
    """Whether `operator` is approved for all that `owner` has or will have."""
    return read(chain, token, "isApprovedForAll", owner, operator, block=block) == (True,)


def spendable(
    chain: Chain, currency: str, owner: str, operator: str, block: Block = "latest"
) -> tuple[int, int]:
    """(what `owner` has of an ERC-20 currency, how much of it `operator` may spend), in units."""
    balance = read(chain, currency, "balanceOf", owner, block=block)
    allowance = read(chain, currency, "allowance", owner, operator, block=block)
    return (balance or (0,))[0], (allowance or (0,))[0]


def royalty(chain: Chain, token: str, token_id: int, price: int) -> tuple[str, int] | None:
    """(receiver, amount) for a sale at `price`, both by ERC-2981; None if the token asks for none.

    The contract rounds as it likes; ForgeCollection rounds down.
    """
    found = read(chain, token, "royaltyInfo", token_id, price)
    if found is None or found[1] == 0 or found[0] == NOBODY:
        return None
    return str(to_checksum_address(found[0])), int(found[1])


def read(
    chain: Chain, address: str, function: str, *arguments: Any, block: Block = "latest"
) -> tuple[Any, ...] | None:
    """What a view gives; None if it refuses, or there is no contract that has it."""
    call = {"to": address, "data": "0x" + TOKEN.encode(function, *arguments).hex()}
    try:
        return TOKEN.decode(function, chain.call(call, block))
    except (RevertedError, ValueError):
        return None
