"""Where Seaport, its conduits and wrapped ether are.

Seaport 1.6 and its ConduitController stand at one address on every chain. A conduit is who moves
tokens for an order instead of Seaport itself: it has a key, and its address follows from that.

Sources: https://github.com/ProjectOpenSea/seaport (README, docs/Deployment.md); OpenSea's conduit:
npm @opensea/seaport-js 4.3, constants.ts; its zone: npm @opensea/sdk, constants.ts; wrapped ether:
the networks' own documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from eth_utils import keccak, to_checksum_address

SEAPORT = "0x0000000000000068F116a894984e2DB1123eB395"
CONDUIT_CONTROLLER = "0x00000000F9490004C11Cef243f5400493c00Ad63"
NO_CONDUIT = bytes(32)
OPENSEA_CONDUIT_KEY = bytes.fromhex(
    "0000007b02230091a7ed01230072f7006a004d60a8d4e71d599b8104250f0000"
)
# Signs for each sale, and what it signed is part of the call. OpenSea's offers for any token of a
# collection have it; which one listings need, if any, is said by the collection's answer.
OPENSEA_ZONE = "0x000056F7000000EcE9003ca63978907a00FFD100"
# keccak256 of the code that a conduit is created by (getConduitCodeHashes of the controller).
CONDUIT_CREATION_HASH = bytes.fromhex(
    "023d904f2503c37127200ca07b976c3a53cc562623f67023115bf311f5805059"
)
WETH: Mapping[int, str] = MappingProxyType(
    {  # chain id -> wrapped ether, in which offers are made
        1: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
        10: "0x4200000000000000000000000000000000000006",
        137: "0x7ceB23fD6bC0adD59E62ac25578270cFf1b9f619",
        8_453: "0x4200000000000000000000000000000000000006",
        42_161: "0x82aF49447D8a07e3bd95BD0d56f35241523fBab1",
        84_532: "0x4200000000000000000000000000000000000006",
        11_155_111: "0xfFf9976782d46CC05630D1f6eBAb18b2324d6B14",
        31_337: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",  # rehearsals: chain/rehearsal.py
        616_261: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
    }
)


def conduit(key: bytes) -> str:
    """The address of the conduit with this key (EIP-1014)."""
    controller = bytes.fromhex(CONDUIT_CONTROLLER[2:])
    return str(
        to_checksum_address(keccak(b"\xff" + controller + key + CONDUIT_CREATION_HASH)[-20:])
    )


def operator(conduit_key: bytes, seaport: str = SEAPORT) -> str:
    """Who moves the tokens of an order, and has to be approved by their owner."""
    return seaport if conduit_key == NO_CONDUIT else conduit(conduit_key)
