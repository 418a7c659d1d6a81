"""Finished works: what a file made elsewhere is, and whether all of it is there.

The kind is found by content; a name that says otherwise is refused, for whoever downloads the file
from IPFS is given that name's program. What `image` and `animation_url` may be, and the most bytes:
https://docs.opensea.io/docs/metadata-standards
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from nftforge.core.errors import LimitError, PictureError
from nftforge.core.limits import ARTWORK_BYTES, read_bounded
from nftforge.core.sniff import UNKNOWN, kind_of
from nftforge.media import containers
from nftforge.media.containers import Check, Damaged, Notes
from nftforge.media.formats import stands_for

Use = Literal["image", "media"]
HEAD = 1024  # bytes that tell the kind
AGAIN = "export it again, and copy it when that has ended"
ELSEWHERE = re.compile(rb"""\b(?:src|href)\s*=\s*["']?(https?:)?//""", re.IGNORECASE)
BESIDE = re.compile(
    rb"""<(?:script|img|video|audio|source|iframe|link)\b[^>]*?\b(?:src|href)\s*=\s*["']?"""
    rb"""(?![a-z]+:|//|\#)([^"'\s>]+)""",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Form:
    """One kind of file that is taken as it is. The first of `suffixes` is the usual one."""

    what: str
    use: Use  # as a token's `image`, or as its `animation_url` beside one
    suffixes: tuple[str, ...]
    check: Check


@dataclass(frozen=True)
class Finished:
    """A file that was looked through. notes: what its owner should know before it is public."""

    content: bytes
    form: Form
    notes: tuple[str, ...]

    @property
    def suffix(self) -> str:
        return self.form.suffixes[0]


def svg(data: bytes) -> Notes:
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as why:
        raise Damaged(f"it is no XML that can be read ({why})") from None
    names = {element.tag.rpartition("}")[2].lower() for element in root.iter()}
    notes = ["it has a script, which nothing runs that shows it as a picture"] * ("script" in names)
    return notes + _asks(data)


def html(data: bytes) -> Notes:
    """One page that needs no other file."""
    try:
        data.decode()
    except UnicodeDecodeError as why:
        raise Damaged(f"it is no UTF-8 at byte {why.start}") from None
    if beside := BESIDE.search(data):
        name = beside[1].decode()[:80]
        raise Damaged(f"it needs {name!r}, which is not in it; export it as one file")
    return _asks(data)


def _asks(data: bytes) -> Notes:
    said = "it asks another server for a part of it, and is not whole without that server"
    return [said] * bool(ELSEWHERE.search(data))


FORMS: Mapping[str, Form] = {
    "image/png": Form("a PNG picture", "image", (".png", ".apng"), containers.png),
    "image/jpeg": Form("a JPEG picture", "image", (".jpg", ".jpeg", ".jfif"), containers.jpeg),
    "image/gif": Form("a GIF", "image", (".gif",), containers.gif),
    "image/webp": Form("a WebP picture", "image", (".webp",), containers.webp),
    "image/svg+xml": Form("an SVG drawing", "image", (".svg",), svg),
    "video/mp4": Form("an MP4 film", "media", (".mp4", ".m4v"), containers.mp4),
    "video/webm": Form("a WebM film", "media", (".webm",), containers.webm),
    "audio/mpeg": Form("an MP3 sound", "media", (".mp3",), containers.mp3),
    "audio/wav": Form("a WAV sound", "media", (".wav", ".wave"), containers.wav),
    "model/gltf-binary": Form("a GLB model", "media", (".glb",), containers.glb),
    "text/html": Form("an HTML page", "media", (".html", ".htm"), html),
}
OTHERS = {
    "image/avif": ("an AVIF picture", "marketplaces show PNG, JPEG, GIF, WebP and SVG: export one"),
    "image/heic": ("a HEIC picture", "browsers do not show it: export it as PNG or JPEG"),
    "video/quicktime": ("a QuickTime film", "`ffmpeg -i IN -c copy -movflags +faststart OUT.mp4`"),
    "video/ogg": ("Ogg", "export it as MP4, WebM, MP3 or WAV"),
    "audio/mp4": ("an AAC sound", "`ffmpeg -i IN OUT.mp3` makes an MP3 of it"),
}


def read_finished(path: Path, use: Use) -> Finished:
    """The file `path`, whole, for a token's image or for the media beside it.

    Raises PictureError for what is cut off, damaged, too large, of another kind than its name says,
    or of a kind that has another place.
    """
    try:
        content = read_bounded(path, ARTWORK_BYTES)
    except LimitError:
        most = f"{ARTWORK_BYTES // 10**6} MB"
        raise PictureError(
            f"{path} has more than {most}", hint=f"marketplaces take {most}; export it smaller"
        ) from None
    except OSError as why:
        raise PictureError(f"{path} cannot be read: {why.strerror}") from None
    form = _form(path, content, use)
    try:
        notes = form.check(content)
    except Damaged as why:
        raise PictureError(f"{path} is {form.what} that is damaged: {why}", hint=AGAIN) from None
    return Finished(content, form, tuple(notes))


def _form(path: Path, content: bytes, use: Use) -> Form:
    """What it is, if it may be that here, under this name."""
    mime = kind_of(content[:HEAD]).mime
    if mime not in FORMS:
        what, hint = OTHERS.get(mime) or _unknown(path, content[:HEAD])
        raise PictureError(f"{path} is {what}", hint=hint)
    form = FORMS[mime]
    if path.suffix.lower() not in form.suffixes:
        raise PictureError(
            f"{path} is {form.what}, which its name does not say",
            hint=f"rename it to {path.stem}{form.suffixes[0]}, here and in its folder",
        )
    if form.use != use:
        wrong = {
            "image": f"the picture that stands for it is `image`; write `media: {path.name}`",
            "media": f"a picture, moving or not, is its own: write `image: {path.name}` alone",
        }
        raise PictureError(f"{path} is {form.what}, and cannot be `{use}`", hint=wrong[use])
    return form


def _unknown(path: Path, head: bytes) -> tuple[str, str]:
    if other := stands_for(path, head):
        return other
    kinds = ", ".join(form.suffixes[0][1:].upper() for form in FORMS.values())
    kind = "a text" if head.isascii() and b"\0" not in head else UNKNOWN.mime
    return f"{kind}, none of the kinds that are taken", f"these are: {kinds}"
