"""Files are told by their bytes."""

from __future__ import annotations

import pytest

from nftforge.core.sniff import kind_of


@pytest.mark.parametrize(
    ("start", "mime"),
    [
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x18ftypavif", "image/avif"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b"\x00\x00\x00\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<svg>', "image/svg+xml"),
        (b"<!DOCTYPE html>", "text/html"),
        (b"nothing known", "application/octet-stream"),
    ],
)
def test_kinds_are_told_by_bytes(start, mime):
    assert kind_of(start).mime == mime


def test_html_and_unknown_files_get_no_place_in_the_page():
    assert kind_of(b"<html>").suffix == kind_of(b"?").suffix == ""
