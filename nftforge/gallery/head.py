"""What index.html says before any script runs: its title, and the tags that other sites read.

Whoever shares a link sees what a reader of these tags finds, and such readers run no script and are
not sent what stands behind the `#`: so all of it is about the collection. They want the picture's
whole address. A page does not know where it will lie; it is taken to lie where the collection's
`external_url` leads, and without one the address is relative, which some readers understand.
Sources: https://ogp.me/, https://docs.x.com (cards)
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urljoin, urlsplit

from nftforge.core.plural import counted
from nftforge.gallery.models import GalleryCollection

LONGEST = 200  # characters of a description
UNFIT = re.compile(  # in HTML, and where no <bdi> can hold them: controls, halves of letters, bidi
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
MARKS = re.compile(r"[*_`#>]+|(?<=\])\([^()\s]*\)|[\[\]]")  # of Markdown


def head_tags(collection: GalleryCollection, pieces: int) -> str:
    """The lines for a collection of so many pieces."""
    title = _plain(collection.name)
    told = _plain(MARKS.sub("", collection.description)) or _counted(collection, pieces)
    described = told if len(told) <= LONGEST else f"{told[: LONGEST - 1].rstrip()}…"
    base = _base(collection.url)
    tags = [
        f"<title>{escape(title)}</title>",
        _tag("name", "description", described),
        _tag("property", "og:type", "website"),
        _tag("property", "og:title", title),
        _tag("property", "og:description", described),
        _tag("property", "og:url", base) if base else "",
    ]
    if collection.picture:
        tags += [
            _tag("property", "og:image", urljoin(base, collection.picture)),
            _tag("property", "og:image:alt", f"{title}: {_counted(collection, pieces)}"),
        ]
    card = "summary_large_image" if collection.picture else "summary"
    tags.append(_tag("name", "twitter:card", card))  # the rest it takes from og:
    return "\n  ".join(filter(None, tags))


def _tag(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}">'


def _plain(text: str) -> str:
    """On one line, with nothing in it that no HTML may hold."""
    return " ".join(UNFIT.sub(" ", text).split())


def _counted(collection: GalleryCollection, pieces: int) -> str:
    return f"{counted(pieces, 'piece')} on {collection.network}"


def _base(url: str) -> str:
    """The folder that a web address leads to; empty if it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    folder, _, file = parts.path.rpartition("/")
    path = f"{folder}/" if "." in file else f"{parts.path.rstrip('/')}/"
    return parts._replace(path=path, query="", fragment="").geturl()
