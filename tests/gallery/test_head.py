"""gallery.head: what other sites read of a page, without running it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from support.gallery_pages import BIDI, COLLECTION, SCRIPT, page, piece

from nftforge.gallery.head import head_tags


class Head(HTMLParser):
    """What a reader of a page's head finds: `title` and the tags by name or property."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: dict[str, str] = {}
        self.seen: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.seen.append(tag)
        if tag == "meta":
            self.tags[given.get("property") or given.get("name")] = given.get("content")

    def handle_data(self, data):
        if self.seen[-1:] == ["title"]:
            self.tags.setdefault("title", data)


def tags(pieces: int = 24, **changes) -> dict[str, str]:
    return Head(head_tags(replace(COLLECTION, **changes), pieces)).tags


def test_a_shared_link_shows_name_description_and_a_picture():
    assert tags(picture="social.jpg") == {
        "title": "Tides",
        "description": "Painted seas.",
        "og:type": "website",
        "og:title": "Tides",
        "og:description": "Painted seas.",
        "og:image": "social.jpg",
        "og:image:alt": "Tides: 24 pieces on sepolia",
        "twitter:card": "summary_large_image",
    }


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://ada.example", "https://ada.example/social.jpg"),
        ("https://ada.example/tides", "https://ada.example/tides/social.jpg"),
        ("https://ada.example/tides/", "https://ada.example/tides/social.jpg"),
        ("https://ada.example/tides/index.html?a=1#/", "https://ada.example/tides/social.jpg"),
        ("javascript:alert(1)", "social.jpg"),
        ("https://[", "social.jpg"),
        ("ada.example", "social.jpg"),
        ("", "social.jpg"),
    ],
)
def test_the_pictures_address_is_whole_where_the_collection_has_a_place_on_the_web(url, address):
    assert tags(url=url, picture="social.jpg")["og:image"] == address


def test_without_a_picture_nothing_is_promised():
    found = tags()
    assert "og:image" not in found and found["twitter:card"] == "summary"


def test_a_description_is_plain_short_and_never_missing():
    told = "# Seas\n\nPainted **by hand**, see [here](https://a.example/(x)).\n" + "wave " * 100
    found = tags(description=told)["og:description"]
    assert found.startswith("Seas Painted by hand, see here") and len(found) <= 200
    assert found.endswith("wave…")
    assert tags(1, description=" ")["og:description"] == "1 piece on sepolia"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (SCRIPT, SCRIPT),
        ('"><b>', '"><b>'),
        (BIDI, "gnp. evil"),
        ("half \ud800 of\x00\n it", "half of it"),
        ("checks", "checks"),
    ],
)
def test_a_name_stays_a_name(tmp_path, name, title):
    shown = replace(COLLECTION, name=name, description=name, private=False)
    index = page(tmp_path, [piece(1)], shown).index.read_text(encoding="utf-8")
    head = Head(index.partition("</head>")[0])
    assert head.tags["title"] == head.tags["og:title"] == title
    assert set(head.seen) == {"html", "head", "meta", "title", "link", "script"}
