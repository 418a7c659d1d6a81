"""Single values: what nobody would mint on purpose is refused, with what to write."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from nftforge.config.values import Line, Lines, Link, Receiver, SixDigits, Url

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"


class Values(BaseModel):
    name: Line = "x"
    text: Lines = ""
    link: Link = "https://a.example"
    url: Url = "https://a.example"
    to: Receiver = "a.eth"
    colour: SixDigits = "ffffff"


def complaint(**given: str) -> str:
    with pytest.raises(ValidationError) as error:
        Values(**given)
    return str(error.value.errors()[0]["ctx"]["error"])


@pytest.mark.parametrize("name", ["Sun\u200bset", "\u202eab", "a\tb", "a\nb", "\x1b[2J", "a\x00b"])
def test_a_name_holds_nothing_that_cannot_be_seen(name):
    assert "this holds what nobody can see: " in complaint(name=name)


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\u3164", "\u00a0\u2800"])
def test_a_name_that_shows_nothing_is_empty(name):
    assert "this is empty, or nothing in it can be seen" in complaint(name=name)


def test_a_description_has_lines_and_nothing_else_unseen():
    assert Values(text="one\n\ntwo").text == "one\n\ntwo"
    assert "a tab (U+0009)" in complaint(text="one\ttwo")
    assert "RIGHT-TO-LEFT" in complaint(text="one\n\u202etwo")


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example/x?y=1#z",
        "http://localhost:8000",
        "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/1",
        "https://künstler.example",
    ],
)
def test_a_link_that_buyers_can_follow_is_kept(link):
    assert Values(link=link).link == link


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("javascript:alert(1)", "javascript: is no link that buyers can follow"),
        ("data:text/html,<b>", "data: is no link"),
        ("file:///etc/passwd", "file: is no link"),
        ("ftp://a.example", "ftp: is no link"),
        ("https://a b.example", "'https://a b.example' holds a space; a link has none, write %20"),
        ("https://a.example/\u202e", "this holds what nobody can see"),
        ("www.a.example", "write https://www.a.example"),
        ("a.example/me", "write https://a.example/me"),
        ("https:/a.example", "is no link, such as https://..."),
        ("https://[1", "is no link"),
        ("", "is no link"),
        ("https://me:secret@a.example", "everybody would see the user and the password"),
    ],
)
def test_a_link_that_is_none_is_refused(link, said):
    assert said in complaint(link=link)


def test_a_service_is_asked_over_http_only():
    assert "is no http or https address" in complaint(url="ipfs://bafy")
    assert "is no http or https address; write https://node.example" in complaint(
        url="node.example"
    )
    assert "holds a space" in complaint(url="https://node.example /")
    assert "belong into .env" in complaint(url="https://me:secret@node.example")


@pytest.mark.parametrize(
    "to", [ADDRESS, ADDRESS.lower(), "a.eth", "me.artist.eth", "x.CSV", "y.tsv"]
)
def test_a_receiver_is_an_address_a_name_or_a_table(to):
    assert Values(to=to).to == to


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("0X" + ADDRESS[2:], "0x and 40 hex digits; write the x small"),
        (ADDRESS[2:], "0x and 40 hex digits; 0x is missing before it"),
        (ADDRESS[:-1], "0x and 40 hex digits; these are 39"),
        (ADDRESS.replace("E7", "e7"), "has a wrong checksum (EIP-55)"),
        ("0x" + "0" * 40, "is the zero address"),
        ("artist", "'artist' is no address"),
        ("art ist.eth", "is no ENS name, such as artist.eth, and no address"),
        ("artist..eth", "is no ENS name"),
        ("me@artist.eth", "is no ENS name"),
        ("art\u200bist.eth", "this ENS name holds what nobody can see"),
        ("holders.xlsx", "'holders.xlsx' is a workbook; save it as `CSV UTF-8`"),
        ("0xartist.eth", "is no address"),
    ],
)
def test_a_receiver_that_is_none_is_told_what_is_wrong(to, said):
    assert said in complaint(to=to)


@pytest.mark.parametrize(
    ("colour", "said"),
    [
        ("redd", "'redd' is no colour; did you mean `red`?"),
        ("12345", "'12345' is no colour; write a CSS name or #rrggbb"),
        ("#ff000080", "says how transparent it is"),
        ("transparent", "is no colour"),
    ],
)
def test_a_background_that_is_none_is_refused(colour, said):
    assert said in complaint(colour=colour)


def test_long_values_are_not_repeated_in_part():
    """A part of a secret is not known for one, and would be shown."""
    assert "x" * 10 not in complaint(to="x" * 70 + ".eth no")
    assert "x" * 10 not in complaint(colour="x" * 70)
