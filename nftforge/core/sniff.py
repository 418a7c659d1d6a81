"""What a file is by how it begins: names and what others say of a file are not to be trusted.

Sources: GIF89a; PNG 3, section 5.2; ITU-T T.81, annex B; the WebP container; ISO 14496-12 (`ftyp`;
`qt  ` is QuickTime's, `M4A ` Apple's sound); RFC 9559 (EBML); RFC 3533 (Ogg); ID3v2.4 and
ISO 11172-3, 2.4.1.3 (MP3); RIFF (WAVE); glTF 2.0, section 4.4 (GLB).
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """`suffix` is empty for what a page had better not show by itself."""

    mime: str
    suffix: str


_MAGIC = (
    (rb"GIF8[79]a", Kind("image/gif", ".gif")),
    (rb"\x89PNG\r\n\x1a\n", Kind("image/png", ".png")),
    (rb"\xff\xd8\xff", Kind("image/jpeg", ".jpg")),
    (rb"RIFF....WEBP", Kind("image/webp", ".webp")),
    (rb"....ftyp(avi[fs]|m[is]f1.{4}(.{4}){0,12}?avi[fs])", Kind("image/avif", ".avif")),
    (rb"....ftyp(he[iv][cmsx]|m[is]f1)", Kind("image/heic", "")),
    (rb"....ftypqt  ", Kind("video/quicktime", "")),
    (rb"....ftypM4[ABP] ", Kind("audio/mp4", "")),
    (rb"....ftyp", Kind("video/mp4", ".mp4")),
    (rb"\x1a\x45\xdf\xa3", Kind("video/webm", ".webm")),
    (rb"OggS", Kind("video/ogg", "")),
    (rb"ID3|\xff[\xfb\xfa\xf3\xf2]", Kind("audio/mpeg", ".mp3")),
    (rb"RIFF....WAVE", Kind("audio/wav", ".wav")),
    (rb"glTF", Kind("model/gltf-binary", ".glb")),
    (
        rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg",
        Kind("image/svg+xml", ".svg"),
    ),
    (rb"\s*<(!doctype html|html)", Kind("text/html", "")),
)  # fmt: skip
UNKNOWN = Kind("application/octet-stream", "")


def kind_of(start: bytes) -> Kind:
    """The kind of a file from its first bytes; UNKNOWN if nothing fits."""
    start = start.removeprefix(b"\xef\xbb\xbf")
    for pattern, kind in _MAGIC:
        if re.match(pattern, start, re.DOTALL | re.IGNORECASE):
            return kind
    return UNKNOWN
