"""nftforge.core.urls: whose a URL is, and what of it is a secret."""

from __future__ import annotations

import base64

import pytest

from nftforge.core.urls import origin, password, secret_parts, without_secrets

KEY = "4f9a8b7c6d5e4f3a2b1c"


@pytest.mark.parametrize(
    ("url", "whose"),
    [
        ("https://api.pinata.cloud/v3?x=1", ("https", "api.pinata.cloud", 443)),
        ("https://API.pinata.cloud:443", ("https", "api.pinata.cloud", 443)),
        ("http://[::1]:5001", ("http", "::1", 5001)),
        ("https://api.pinata.cloud@elsewhere.example/", ("https", "elsewhere.example", 443)),
        ("ftp://api.pinata.cloud", None),
        ("https://x:99999999", None),
        ("http://[bad", None),
        ("http://a\u2100b/", None),
        ("http://a..b/", None),
        ("http://.a/", None),
        (f"http://{'a' * 64}.example", None),
        (f"http://{'a.' * 200}example", None),
        ("http://a.example./", ("http", "a.example.", 80)),
        ("http://caf\u00e9.example", ("http", "caf\u00e9.example", 80)),
        ("https://", None),
        ("", None),
    ],
)
def test_a_url_names_a_scheme_a_host_and_a_port(url, whose):
    assert origin(url) == whose


@pytest.mark.parametrize(
    "url",
    [
        f"https://mainnet.example/v3/{KEY}",
        f"https://mainnet.example/ethereum/{KEY}/",
        f"https://mainnet.example/rpc?network=mainnet&dkey={KEY}",
        f"https://me:{KEY}@mainnet.example",
        f"https://{KEY}@mainnet.example",
        f"https://{KEY}abcdef.mainnet.example",
    ],
)
def test_the_key_in_a_url_is_a_secret_on_its_own_and_its_words_are_not(url):
    parts = secret_parts(url)
    assert any(part.startswith(KEY) for part in parts)
    assert not parts & {"v3", "ethereum", "rpc", "mainnet", "me", "example", "mainnet.example"}


def test_the_scheme_alone_is_no_secret():
    assert secret_parts("https://") == secret_parts("http://") == set()


def test_a_password_is_found_as_it_reads_and_as_it_is_sent():
    parts = secret_parts("https://me:p%40ss%2Fword@node.example")
    sent = base64.b64encode(b"me:p@ss/word").decode()
    assert {"p%40ss%2Fword", "p@ss/word", sent} <= parts


def test_the_address_of_a_host_alone_is_no_secret():
    assert not secret_parts("http://127.0.0.1:8545") and not secret_parts("https://node.example/")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@node.example:5001/path?key=k", "https://node.example:5001"),
        ("http://[::1]:80/x", "http://[::1]:80"),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_key(url, shown):
    assert without_secrets(url) == shown


@pytest.mark.parametrize(
    "url", ["http://[bad", "http://me:secret@[bad", "http://a\u2100b/", "", "/x"]
)
def test_what_is_no_url_is_called_that_and_not_shown(url):
    assert without_secrets(url) == "(no URL)" and password(url) == ""
