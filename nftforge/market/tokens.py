"""What is asked of tokens that are sold, and of the currency they are sold for.

ERC-721, ERC-20 and ERC-2981 as far as a sale needs them: who owns, who may move, what royalty.
Sources: https://eips.ethereum.org/EIPS/eip-721, eip-20, eip-2981
"""

from __future__ import annotations

from typing import Any

from eth_utils import to_checksum_address

from nftforge.chain.abi import Interface
from nftforge.chain.connection import Block, Chain
from nftforge.chain.pricing import Call
from nftforge.core.errors import RevertedError
from nftforge.market.orders import NOBODY


def abi_function(name: str, inputs: str, outputs: str = "") -> dict[str, Any]:
    """An entry of an ABI, from types with spaces between them."""
    return {
        "type": "function",
        "name": name,
        "inputs": [{"name": "", "type": kind} for kind in inputs.split()],
        "outputs": [{"name": "", "type": kind} for kind in outputs.split()],
    }


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


def owner_of(chain: Chain, token: str, token_id: int, block: Block = "latest") -> str | None:
    """None if there is no such token."""
    found = read(chain, token, "ownerOf", token_id, block=block)
    return None if found is None else str(to_checksum_address(found[0]))


def may_move(
    chain: Chain, token: str, owner: str, operator: str, token_id: int, block: Block = "latest"
) -> bool:
    """Whether `operator` is approved for the token, or for all of `owner`'s."""
    everything = read(chain, token, "isApprovedForAll", owner, operator, block=block)
    if everything == (True,):
        return True
    one = read(chain, token, "getApproved", token_id, block=block)
    return one is not None and one[0].lower() == operator.lower()


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
