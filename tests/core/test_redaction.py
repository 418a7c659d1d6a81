"""nftforge.core.redaction: known secrets in every spelling, and what has the shape of one."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.redaction import Redactor, hex_in, without_hex

KEY = "7c4fd1a9b2e05c63d8f17e94ab30c25f6d81e2a7095b4c3f8e6d1a2b3c4d5e6f"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzY29wZXMiOltdfQ.c2ln-_ga"


@given(st.text(min_size=6), st.text(), st.text())
def test_a_secret_is_taken_out_as_it_is_in_urls_and_in_json(secret, before, after):
    clean = Redactor({secret: "<X>"})
    for form in (secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]):
        assert "<X>" in clean(f"{before}{form}{after}")


def test_of_a_secret_within_another_nothing_is_left():
    clean = Redactor({"abcdef": "<A>", "https://x/abcdef": "<B>"})
    assert clean("at https://x/abcdef: abcdef") == "at <B>: <A>"


@pytest.mark.parametrize("text", [KEY, "0x" + KEY, KEY.upper(), "0X" + KEY.upper()])
def test_a_known_key_is_taken_out_whatever_its_case(text):
    assert KEY not in Redactor({KEY: "<K>"})(f"[{text}]").lower()


def test_a_jwt_is_taken_out_wherever_it_stands():
    assert Redactor({})(f"Bearer {JWT}, {JWT[:20]}") == f"Bearer <JWT>, {JWT[:20]}"


def test_what_is_public_is_left():
    text = f"transaction 0x{'ab' * 32}, bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    assert Redactor({KEY: "<K>"})(text) == text


@pytest.mark.parametrize("digits", [KEY, "0x" + KEY, KEY[:-1], KEY * 2])
def test_in_what_was_typed_a_key_is_known_by_its_shape(digits):
    assert KEY[:20] not in without_hex(f"there is no keystore '{digits}'")
    assert [*hex_in(f"/home/{digits}/x")] == [digits.removeprefix("0x")]


def test_an_address_is_no_key():
    text = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert without_hex(text) == text and not [*hex_in(text)]


def test_a_thousand_secrets_take_no_longer_than_a_few():
    redact = Redactor({f"secretvalue{number:08}": f"<{number}>" for number in range(2_000)})
    started = time.process_time()
    assert redact("s" * 50_000 + "secretvalue00000007") == "s" * 50_000 + "<7>"
    assert time.process_time() - started < 5  # a regular expression of all of them: a minute
