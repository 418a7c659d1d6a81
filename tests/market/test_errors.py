"""Every error that Seaport's sources and token standards declare is put into words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eth_abi import encode
from eth_utils import keccak

from nftforge.market.errors import SEAPORT_ERRORS, TOKEN_ERRORS, describe

TESTS = Path(__file__).parents[1]
TYPES = TESTS / "node_modules" / "seaport-types" / "src"
ERC6093 = (
    TESTS.parent / "contracts/node_modules/@openzeppelin/contracts/interfaces/draft-IERC6093.sol"
)
SAMPLES = {"uint256": 7, "uint8": 3, "bool": True, "address": "0x" + "ab" * 20, "string": "why",
           "bytes32": b"\1" * 32, "bytes": b"", "uint256[]": [1, 2]}  # fmt: skip


def declared(*paths):
    """Signature of every `error X(type name, ...)`, as our table spells them."""
    found = set()
    for path in paths:
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for name, values in re.findall(r"\berror\s+(\w+)\s*\(([^)]*)\)", text):
            plain = " ".join(values.replace("Side side", "uint8 side").split())
            found.add(f"{name}({plain})")
    return found


@pytest.mark.anvil
def test_the_table_has_the_errors_of_seaports_sources_and_no_others():
    assert set(SEAPORT_ERRORS) == declared(*TYPES.rglob("*.sol"))


@pytest.mark.anvil
def test_the_table_has_the_errors_of_tokens():
    both = {"Panic(uint256 code)", "Error(string reason)"}
    assert set(TOKEN_ERRORS) == declared(ERC6093) | both


@pytest.mark.parametrize("signature", [*SEAPORT_ERRORS, *TOKEN_ERRORS])
def test_every_error_is_decoded_and_its_words_are_filled_in(signature):
    name, _, inside = signature.removesuffix(")").partition("(")
    kinds = [part.split()[0] for part in inside.split(",") if part.strip()]
    selector = keccak(text=f"{name}({','.join(kinds)})")[:4]
    words = describe("0x" + (selector + encode(kinds, [SAMPLES[kind] for kind in kinds])).hex())
    assert "0x" + selector.hex() not in words and "{" not in words and name not in words
    assert len(words) > 2


def test_what_a_token_said_is_found_within_what_a_conduit_said():
    inner = keccak(text="ERC721InsufficientApproval(address,uint256)")[:4] + encode(
        ["address", "uint256"], ["0x" + "ab" * 20, 7]
    )
    outer = keccak(text="ConduitErrorRevertBytes(bytes,bytes32,address)")[:4] + encode(
        ["bytes", "bytes32", "address"], [inner, bytes(32), "0x" + "cd" * 20]
    )
    assert describe("0x" + outer.hex()) == (
        f"the conduit 0x{'cd' * 20} refused: 0x{'ab' * 20} is not approved to move token 7"
    )


@pytest.mark.parametrize(
    "data,words",
    [
        ("0x", "without a reason"),
        ("0xdeadbeef", "0xdeadbeef"),
        ("0x12", "0x12"),
        ("0x" + keccak(text="InvalidTime(uint256,uint256)")[:4].hex(), "a contract refused: 0x"),
    ],
)
def test_what_nobody_knows_stays_as_it_is(data, words):
    assert words in describe(data)
