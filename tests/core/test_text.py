"""What nobody can see in a text, and what it was saved as."""

import pytest

from nftforge.core.errors import ConfigError
from nftforge.core.text import decoded, is_blank, unseen_in


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Sun\u200bset", "ZERO WIDTH SPACE (U+200B), after 'Sun'"),
        ("\u202eab", "RIGHT-TO-LEFT OVERRIDE (U+202E), at its beginning"),
        ("a\u2066b", "LEFT-TO-RIGHT ISOLATE (U+2066), after 'a'"),
        ("a\tb", "a tab (U+0009), after 'a'"),
        ("a\nb", "a line break (U+000A), after 'a'"),
        ("\x1b[2J", "an escape (U+001B), at its beginning"),
        ("a\x85b", "a control character (U+0085), after 'a'"),
        ("a\ud800", "half a character (the surrogate U+D800), after 'a'"),
        ("a\u200db", "ZERO WIDTH JOINER (U+200D), after 'a'"),
        ("あ\u200dあ", "ZERO WIDTH JOINER (U+200D), after 'あ'"),
        ("👩\u200d", "ZERO WIDTH JOINER (U+200D), after '👩'"),
        ("\U000e0041", "TAG LATIN CAPITAL LETTER A (U+E0041), at its beginning"),
    ],
)
def test_what_cannot_be_seen_is_named_with_its_place(text, said):
    assert unseen_in(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "Sunset #1",
        "Künstler, 日没, غروب, שקיעה",
        "👨\u200d👩\u200d👧",  # a family
        "👩🏽\u200d🎨",
        "❤\ufe0f\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # England
        "می\u200cخواهم",  # Persian
        "क\u094d\u200dष",  # Hindi
    ],
)
def test_what_scripts_and_emoji_need_is_no_fault(text):
    assert unseen_in(text) == ""


def test_lines_are_right_where_they_are_wanted():
    assert unseen_in("one\ntwo", lines=True) == ""
    assert "a carriage return" in unseen_in("one\r\ntwo", lines=True)


def test_blank_is_what_shows_no_ink():
    assert all(map(is_blank, ("", "  ", "\u3164", "\u2800\u00a0", "\u200b")))
    assert not is_blank(" . ")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("A=1".encode("utf-16"), 'x: saved as UTF-16 ("Unicode" in Windows), not as UTF-8'),
        ("A=1\nB=2\n".encode("utf-16-le"), "saved as UTF-16"),
        ("A=1".encode("utf-32"), "saved as UTF-32"),
        (b"a\nb: \xe9", r"x:2: this is not UTF-8: byte 0xe9 at offset 5 ('é' in Windows-1252)"),
        (b"\x81", "x:1: this is not UTF-8: byte 0x81 at offset 0"),
    ],
)
def test_another_encoding_is_named_with_how_to_save(raw, said):
    with pytest.raises(ConfigError) as error:
        decoded(raw, "x")
    assert said in error.value.fact and "save it as UTF-8" in error.value.hint


def test_utf_16_is_read_where_it_may_be():
    assert decoded("a\tb".encode("utf-16"), "x", utf16=True) == "a\tb"
    with pytest.raises(ConfigError, match="UTF-16 that is damaged at offset 2"):
        decoded(b"\xff\xfea", "x", utf16=True)
