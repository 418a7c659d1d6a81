"""nftforge.ipfs.cid"""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.errors import ConfigError
from nftforge.ipfs.cid import DAG_PB, RAW, Cid

CIDS = st.builds(Cid, st.sampled_from([RAW, DAG_PB]), st.binary(min_size=32, max_size=32))
HELLO = Cid.of(RAW, b"hello world\n")


@given(CIDS)
def test_text_and_binary_forms_read_back_as_the_same_cid(cid: Cid) -> None:
    assert Cid.parse(str(cid)) == cid
    assert Cid.from_bytes(cid.to_bytes()) == cid


def test_a_cid_names_the_sha256_of_its_block() -> None:
    assert str(HELLO) == "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    assert HELLO.digest == hashlib.sha256(b"hello world\n").digest()


def test_version_0_is_the_same_directory() -> None:
    empty = Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
    assert Cid.parse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn") == empty


def digits(cid: Cid, alphabet: str) -> str:
    text, number = "", int.from_bytes(cid.to_bytes())
    while number:
        number, digit = divmod(number, len(alphabet))
        text = alphabet[digit] + text
    return text


@given(CIDS)
def test_other_bases_are_the_same_cid(cid: Cid) -> None:
    base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
    base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    assert Cid.parse("f" + cid.to_bytes().hex()) == cid
    assert Cid.parse("k" + digits(cid, base36)) == cid
    assert Cid.parse("z" + digits(cid, base58)) == cid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "Qm",
        "hello",
        "bafy",
        "Qm" + "0" * 44,
        "bafyrei" + "a" * 52,
        str(HELLO)[:-1],
        str(HELLO) + "a",
        str(HELLO).upper(),
        str(HELLO)[:-1] + "5",  # only an unused bit differs
        "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",  # dag-cbor
        "f01551220" + " 00" * 32,
        "z" + "1" * 500,
        "ipfs://" + str(HELLO),
        "ü" * 46,
    ],
)
def test_what_is_no_file_cid_is_refused_and_named(text: str) -> None:
    with pytest.raises(ConfigError, match="is no CID") as refused:
        Cid.parse(text)
    assert repr(text[:100]) in str(refused.value)
