"""nftforge.ipfs.cid"""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.errors import ConfigError
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


@pytest.mark.parametrize(
    "text",
    [
        "zdj7WYR8L1B2ExHfUGuTLUBEuEJZLm2v9yDKtwAWJiNJLwVuc",
        "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
    ],
)
def test_base58_of_either_version_is_the_same_directory(text: str) -> None:
    assert Cid.parse(text) == Cid.parse(
        "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
    )


@given(CIDS)
def test_base16_and_base36_are_read(cid: Cid) -> None:
    digits, number = "", int.from_bytes(cid.to_bytes())
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    assert Cid.parse("f" + cid.to_bytes().hex()) == Cid.parse("k" + digits) == cid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "Qm",
        "hello",
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
    with pytest.raises(ConfigError) as refused:
        Cid.parse(text)
    assert repr(text[:100]) in str(refused.value)
