"""Texts that people saved: in which encoding, and what in them nobody can see.

A name with a character that turns the reading direction, or has no width, is not what it looks
like; and it cannot be taken back once it is minted. Joiners are seen where a script or an emoji
needs them (a family of three is three people and two joiners), so there they are right. Sources:
https://trojansource.codes/, UAX 31 (ZERO WIDTH JOINER in context), UTS 51 (emoji tag sequences)
"""

from __future__ import annotations

import re
import unicodedata

from nftforge.core.errors import ConfigError

UNSEEN = re.compile(  # controls (C0, DEL, C1), bidi, zero-width and line separators, tags, halves
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
JOINERS = "\u200c\u200d"
VARIATION_16, VIRAMA = "\ufe0f", 9  # ends an emoji; the combining class of a mute vowel
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{2,8}\U000e007f")  # of a part of a country
BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and patterns without any ink
CONTROLS = {"\t": "a tab", "\n": "a line break", "\r": "a carriage return", "\x1b": "an escape"}


def unseen_in(text: str, *, lines: bool = False) -> str:
    """What of `text` cannot be seen, in words with its place; empty if all can.

    lines: line breaks are right here.
    """
    plain = FLAG.sub(lambda found: "x" * len(found[0]), text)
    for found in UNSEEN.finditer(plain):
        letter, at = found[0], found.start()
        if (lines and letter == "\n") or (letter in JOINERS and _joins(plain, at)):
            continue
        before = text[max(0, at - 12) : at]
        where = f"after {before!r}" if before.strip() else "at its beginning"
        return f"{_named(letter)}, {where}"
    return ""


def is_blank(text: str) -> bool:
    """Whether nothing of `text` would be seen."""
    return all(
        letter in BLANK_LETTERS or unicodedata.category(letter)[0] in "ZC" for letter in text
    )


def decoded(raw: bytes, name: str, *, utf16: bool = False) -> str:
    """The text of the file `name`, without a byte order mark; UTF-16 only if it may be.

    Raises ConfigError saying what the file was saved as, and how to save it.
    """
    wide = _wide(raw)
    if wide and not utf16:
        raise ConfigError(
            f'{name}: saved as {wide[:6].upper()} ("Unicode" in Windows), not as UTF-8, from '
            "offset 0 on",
            hint="save it as UTF-8: in Notepad with File, Save as, Encoding: UTF-8; in PowerShell "
            "with `Set-Content -Encoding utf8`",
        )
    try:
        return raw.decode(wide or "utf-8-sig").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if wide:
            fact = f"{name}: {wide[:6].upper()} that is damaged at offset {error.start}"
            raise ConfigError(fact, hint="save it again, as UTF-8") from None
        raise ConfigError(
            f"{name}:{raw[: error.start].count(10) + 1}: this is not UTF-8: "
            f"{_narrow(raw, error.start)}",
            hint="save it as UTF-8: in Notepad with File, Save as, Encoding: UTF-8; in Excel as "
            "`CSV UTF-8`",
        ) from None


def _wide(raw: bytes) -> str:
    """The UTF-16 or UTF-32 that `raw` is in; by its zeros, if it has no byte order mark."""
    if raw.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = raw[:200]
    for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(zeros) > 3 and zeros.count(0) > len(zeros) * 0.9:
            return name
    return ""


def _narrow(raw: bytes, at: int) -> str:
    """A byte that no UTF-8 has there, and the letter it may have been."""
    byte = raw[at : at + 1]
    letter = byte.decode("cp1252", "ignore")
    windows = f" ({letter!r} in Windows-1252)" if letter.isprintable() and letter else ""
    return f"byte 0x{byte.hex()} at offset {at}{windows}"


def _joins(text: str, at: int) -> bool:
    """Whether the joiner at `at` follows what joiners are made for: emoji, Arabic, a virama."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or is_blank(after):
        return False
    return (
        before == VARIATION_16
        or unicodedata.category(before) in ("So", "Sk")
        or unicodedata.bidirectional(before) == "AL"
        or unicodedata.combining(before) == VIRAMA
    )


def _named(letter: str) -> str:
    if "\ud800" <= letter <= "\udfff":
        return f"half a character (the surrogate U+{ord(letter):04X})"
    name = CONTROLS.get(letter) or unicodedata.name(letter, "a control character")
    return f"{name} (U+{ord(letter):04X})"
