"""Why Seaport, a conduit or a token refused, in words.

What a token says when it cannot be moved comes through Seaport as it is, so errors of ERC-721 and
ERC-20 contracts (ERC-6093) are here too. In the words, names in braces are the error's values.

Sources: seaport-types 1.6.3, src/interfaces/*Errors.sol and ConduitControllerInterface.sol,
ConduitInterface.sol, SeaportRouterInterface.sol; https://eips.ethereum.org/EIPS/eip-6093
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from eth_utils import keccak

from nftforge.chain.abi import Interface

SEAPORT_ERRORS: Mapping[str, str] = {
    # the order
    "OrderAlreadyFilled(bytes32 orderHash)": "the order was taken already",
    "OrderPartiallyFilled(bytes32 orderHash)": "the order was taken already, or a part of it",
    "OrderIsCancelled(bytes32 orderHash)": "the order was cancelled",
    "InvalidTime(uint256 startTime, uint256 endTime)": (
        "the order has not begun or is over (chain time has to be from {startTime} to {endTime})"
    ),
    "CannotCancelOrder()": "only who made the order, or its zone, can cancel it",
    "NoSpecifiedOrdersAvailable()": "none of the orders can be taken any more",
    "BadFraction()": "a part of the order was asked for that is none",
    "InexactFraction()": "the order cannot be divided into such a part",
    "PartialFillsNotEnabledForOrder()": "the order can only be taken whole",
    "InvalidRestrictedOrder(bytes32 orderHash)": "the order's zone does not allow this purchase",
    "InvalidContractOrder(bytes32 orderHash)": "the contract that makes the order refused",
    # signatures
    "InvalidSigner()": (
        "the signature is not the seller's for this order (or all the seller's orders of that time "
        "were withdrawn)"
    ),
    "InvalidSignature()": "the order has no signature, and was not validated on the chain",
    "BadSignatureV(uint8 v)": "the signature is damaged: it ends with {v}, not with 27 or 28",
    "BadContractSignature()": "the seller is a contract, and does not confirm the signature",
    # money
    "InsufficientNativeTokensSupplied()": "too little money was sent along",
    "InvalidMsgValue(uint256 value)": "{value} wei were sent along, where none or some are due",
    "NativeTokenTransferGenericFailure(address account, uint256 amount)": (
        "{account} does not take the {amount} wei that it would get"
    ),
    "InvalidNativeOfferItem()": "an order cannot give the chain's own currency",
    "MissingItemAmount()": "the order gives or asks for nothing: an amount is 0",
    # tokens
    "TokenTransferGenericFailure(address token, address from, address to, uint256 identifier, "
    "uint256 amount)": (
        "{token} does not let {amount} of {identifier} be moved from {from} to {to}: is it owned, "
        "and approved?"
    ),
    "BadReturnValueFromERC20OnTransfer(address token, address from, address to, uint256 amount)": (
        "the currency {token} does not let {amount} be moved from {from} to {to}: is there so "
        "much, and allowed?"
    ),
    "ERC1155BatchTransferGenericFailure(address token, address from, address to, "
    "uint256[] identifiers, uint256[] amounts)": (
        "{token} does not let {amounts} of {identifiers} be moved from {from} to {to}"
    ),
    "NoContract(address account)": "there is no contract at {account}, where a token should be",
    "InvalidERC721TransferAmount(uint256 amount)": "{amount} of a token of which there is one",
    "UnusedItemParameters()": "the order names a token or a number where money is meant",
    "InvalidItemType()": "the order moves something that a conduit cannot move",
    # conduits
    "InvalidConduit(bytes32 conduitKey, address conduit)": "there is no conduit at {conduit}",
    "InvalidCallToConduit(address conduit)": "the conduit {conduit} failed and does not say why",
    "ChannelClosed(address channel)": "the conduit does not work for {channel}",
    "ChannelStatusAlreadySet(address channel, bool isOpen)": "the channel {channel} is so already",
    "InvalidController()": "only the conduit's controller may do that",
    "InvalidCreator()": "a conduit's key begins with the address of who creates it",
    "InvalidInitialOwner()": "a conduit needs an owner",
    "NoConduit()": "there is no such conduit",
    "ConduitAlreadyExists(address conduit)": "there is a conduit at {conduit} already",
    "CallerIsNotOwner(address conduit)": "only the owner of the conduit {conduit} may do that",
    "NewPotentialOwnerAlreadySet(address conduit, address newPotentialOwner)": (
        "the conduit {conduit} is offered to {newPotentialOwner} already"
    ),
    "NewPotentialOwnerIsZeroAddress(address conduit)": "the conduit {conduit} is offered to nobody",
    "NoPotentialOwnerCurrentlySet(address conduit)": "the conduit {conduit} is not on offer",
    "CallerIsNotNewPotentialOwner(address conduit)": "the conduit {conduit} is not offered to you",
    "ChannelOutOfRange(address conduit)": "the conduit {conduit} has no such channel",
    # how orders are put together
    "ConsiderationNotMet(uint256 orderIndex, uint256 considerationIndex, "
    "uint256 shortfallAmount)": (
        "too little is given: {shortfallAmount} are missing for item {considerationIndex} of order "
        "{orderIndex}"
    ),
    "MissingOriginalConsiderationItems()": "something that the order asks for was left out",
    "ConsiderationLengthNotEqualToTotalOriginal()": "the order does not ask for what it says",
    "InvalidBasicOrderParameterEncoding()": "the call is not encoded as it has to be",
    "Invalid1155BatchTransferEncoding()": "the call is not encoded as it has to be",
    "OfferAndConsiderationRequiredOnFulfillment()": "what is given, or got, is not said",
    "MismatchedFulfillmentOfferAndConsiderationComponents(uint256 fulfillmentIndex)": (
        "what is given and what is got do not match (fulfilment {fulfillmentIndex})"
    ),
    "MissingFulfillmentComponentOnAggregation(uint8 side)": "a group of items to move is empty",
    "InvalidFulfillmentComponentData()": "items to be moved together are not alike, or not there",
    "OrderCriteriaResolverOutOfRange(uint8 side)": "a token was named for no order",
    "OfferCriteriaResolverOutOfRange()": "a token was named for no item",
    "ConsiderationCriteriaResolverOutOfRange()": "a token was named for no item",
    "UnresolvedOfferCriteria(uint256 orderIndex, uint256 offerIndex)": (
        "which token is given is not said (item {offerIndex} of order {orderIndex})"
    ),
    "UnresolvedConsiderationCriteria(uint256 orderIndex, uint256 considerationIndex)": (
        "which token is taken is not said (item {considerationIndex} of order {orderIndex})"
    ),
    "CriteriaNotEnabledForItem()": "the order names its token: no other can be chosen",
    "InvalidProof()": "the token is not one of those that the offer is for",
    # the machine
    "NoReentrantCalls()": "Seaport was called while it was at work, by a contract in between",
    "TStoreAlreadyActivated()": "transient storage is switched on already",
    "TStoreNotSupported()": "this chain has no transient storage",
    "TloadTestContractDeploymentFailed()": "transient storage could not be tried on this chain",
    # helpers of OpenSea's
    "SeaportNotAllowed(address seaport)": "the router does not work for the Seaport at {seaport}",
    "EtherReturnTransferFailed(address recipient, uint256 amount, bytes returnData)": (
        "{recipient} does not take back the {amount} wei that were left"
    ),
    "InvalidERC721Recipient(address recipient)": "the contract {recipient} cannot hold tokens",
    "ERC721ReceiverErrorRevertBytes(bytes reason, address receiver, address sender, "
    "uint256 identifier)": "the contract {receiver} does not take token {identifier}: {reason}",
    "ERC721ReceiverErrorRevertString(string reason, address receiver, address sender, "
    "uint256 identifier)": "the contract {receiver} does not take token {identifier}: {reason}",
    "InvalidERC20Identifier()": "a currency has no token numbers",
    "RecipientCannotBeZeroAddress()": "nobody would get it: the recipient is the zero address",
    "ConduitErrorRevertString(string reason, bytes32 conduitKey, address conduit)": (
        "the conduit {conduit} refused: {reason}"
    ),
    "ConduitErrorRevertBytes(bytes reason, bytes32 conduitKey, address conduit)": (
        "the conduit {conduit} refused: {reason}"
    ),
}
TOKEN_ERRORS: Mapping[str, str] = {
    "ERC721InvalidOwner(address owner)": "nobody's address owns nothing",
    "ERC721NonexistentToken(uint256 tokenId)": "there is no token {tokenId}",
    "ERC721IncorrectOwner(address sender, uint256 tokenId, address owner)": (
        "token {tokenId} belongs to {owner} now, not to {sender}"
    ),
    "ERC721InvalidSender(address sender)": "{sender} cannot give the token away",
    "ERC721InvalidReceiver(address receiver)": "{receiver} cannot hold the token",
    "ERC721InsufficientApproval(address operator, uint256 tokenId)": (
        "{operator} is not approved to move token {tokenId}"
    ),
    "ERC721InvalidApprover(address approver)": "{approver} may not approve that",
    "ERC721InvalidOperator(address operator)": "{operator} cannot be approved",
    "ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)": (
        "{sender} has {balance} of the currency, and {needed} are needed"
    ),
    "ERC20InvalidSender(address sender)": "{sender} cannot pay",
    "ERC20InvalidReceiver(address receiver)": "{receiver} cannot be paid",
    "ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)": (
        "{spender} may spend {allowance} of the currency, and {needed} are needed"
    ),
    "ERC20InvalidApprover(address approver)": "{approver} may not allow that",
    "ERC20InvalidSpender(address spender)": "{spender} cannot be allowed to spend",
    "ERC1155InsufficientBalance(address sender, uint256 balance, uint256 needed, "
    "uint256 tokenId)": ("{sender} has {balance} of token {tokenId}, and {needed} are needed"),
    "ERC1155InvalidSender(address sender)": "{sender} cannot give the token away",
    "ERC1155InvalidReceiver(address receiver)": "{receiver} cannot hold the token",
    "ERC1155MissingApprovalForAll(address operator, address owner)": (
        "{operator} is not approved to move tokens of {owner}"
    ),
    "ERC1155InvalidApprover(address approver)": "{approver} may not approve that",
    "ERC1155InvalidOperator(address operator)": "{operator} cannot be approved",
    "ERC1155InvalidArrayLength(uint256 idsLength, uint256 valuesLength)": (
        "{idsLength} tokens and {valuesLength} amounts"
    ),
    "Panic(uint256 code)": "a contract broke (panic {code})",
    "Error(string reason)": "{reason}",
}


def describe(data: str) -> str:
    """What revert data (0x and hex) means. What no known error is stays as it is."""
    raw = bytes.fromhex(data.removeprefix("0x"))
    found = _interface().error(raw)
    if found is None:
        return f"a contract refused: {data}" if raw else "a contract refused without a reason"
    name, values = found
    names, words = _words()[name]
    shown = {key: _shown(value) for key, value in zip(names, values, strict=True)}
    return words.format(**shown)


def refusals() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """For whoever describes refusals without us: by how the revert data begins (0x and 8 digits),
    the words, and (name, type) of each value that follows."""
    found = {}
    for signature, words in {**SEAPORT_ERRORS, **TOKEN_ERRORS}.items():
        values = _values(signature)
        types = ",".join(kind for kind, _ in values)
        selector = keccak(text=f"{signature.partition('(')[0]}({types})")[:4]
        found["0x" + selector.hex()] = words, [(name, kind) for kind, name in values]
    return found


def _shown(value: Any) -> str:
    """Revert data within revert data is described too."""
    return describe("0x" + value.hex()) if isinstance(value, bytes) else str(value)


@lru_cache
def _words() -> Mapping[str, tuple[list[str], str]]:
    """Name -> (its values' names, the words)."""
    table = {**SEAPORT_ERRORS, **TOKEN_ERRORS}
    return {
        signature.partition("(")[0]: ([name for _, name in _values(signature)], words)
        for signature, words in table.items()
    }


@lru_cache
def _interface() -> Interface:
    return Interface(
        [
            {
                "type": "error",
                "name": signature.partition("(")[0],
                "inputs": [{"type": kind, "name": name} for kind, name in _values(signature)],
            }
            for signature in (*SEAPORT_ERRORS, *TOKEN_ERRORS)
        ]
    )


def _values(signature: str) -> list[tuple[str, str]]:
    """(type, name) of each value of an error."""
    inside = signature.partition("(")[2].removesuffix(")")
    pairs = [part.split() for part in inside.split(",") if part.strip()]
    return [(kind, name) for kind, name in pairs]
