"""YAML as people get it wrong: what would be lost is refused, what is no YAML is told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from nftforge.config.yaml import read_yaml
from nftforge.core.errors import ConfigError


def read(folder: Path, text: str):  # type: ignore[no-untyped-def]
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path).value


def complaint(folder: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as error:
        read(folder, text)
    return error.value


@pytest.mark.parametrize(
    ("text", "line", "fix"),
    [
        ("a: 1\nname: Sunset #1\n", 2, "`name: \"Sunset #1\"` or `name: 'Sunset #1'`"),
        ("p:\n  - {i: a.png, name: Sunset #1}\n", 2, '`name: "Sunset #1"` or'),
        ("p:\n  - {i: a.png, name: Sunset #1, brush: oil}\n", 2, '`name: "Sunset #1"` or'),
        ("p: [{name: A #1}, {name: B}]\n", 1, '`name: "A #1"` or'),
        ("- Sunset #1\n- Dawn\n", 1, "`\"Sunset #1\"` or `'Sunset #1'`"),
        ("description: A long\n  text #1 of\n  many\n", 2, '`description: "A long text #1 of"`'),
        ("description: A long\n  text #1 of\nname: x\n", 2, '`description: "A long text #1 of"`'),
        ("name: Sunset #{number}\n", 1, '`name: "Sunset #{number}"`'),
        ("name: Sunset  ##1\n", 1, '`name: "Sunset  ##1"`'),
        ('name: the "old" #1\n', 1, "write `name: 'the \"old\" #1'`"),
        ("t: {Edition: 5 #of 10\n  }\n", 1, '`Edition: "5 #of 10"`'),
        ("background_color: #ff0000\n", 1, '`background_color: "#ff0000"`'),
        ("palette: [red, #102030]\nname: x\n", 1, "`\"#102030\"` or `'#102030'`"),
        ("palette: [red, #102030\n  ]\n", 1, "`\"#102030\"` or `'#102030'`"),
        ("p:\n  - #1\n  - b\n", 2, "`\"#1\"` or `'#1'`"),
    ],
)
def test_a_text_that_a_hash_would_cut_is_refused_with_both_quoted_forms(
    tmp_path: Path, text: str, line: int, fix: str
) -> None:
    error = complaint(tmp_path, text)
    assert error.fact.startswith(f"{tmp_path}/c.yaml:{line}: `")
    assert fix in error.fact
    assert "without quotes" in error.fact and "begins a comment" in error.hint


def test_every_cut_text_is_named_at_once(tmp_path: Path) -> None:
    facts = complaint(tmp_path, "".join(f"- Sunset #{n}\n" for n in range(1, 15))).facts
    assert len(facts) == 11 and facts[-1] == "... and 4 more"


def test_a_long_text_that_is_cut_is_told_in_a_line(tmp_path: Path) -> None:
    (fact,) = complaint(tmp_path, f"description: {'word ' * 100}#1 of them\n").facts
    assert len(fact) < 300 and fact.endswith("put the whole text in quotes")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name: Sunset # the first\n", {"name": "Sunset"}),
        ("name: Sunset   #\n", {"name": "Sunset"}),
        ("name: Sunset #---- pieces\n", {"name": "Sunset"}),
        ("#1 of many\nname: Sunset\n", {"name": "Sunset"}),
        ("name: Sunset#1\n", {"name": "Sunset#1"}),
        ('name: "Sunset" #1\n', {"name": "Sunset"}),
        ("name: 'Sunset #1'\n", {"name": "Sunset #1"}),
        ("text: |\n  Sunset #1\n", {"text": "Sunset #1\n"}),
        ("pieces: #all of them\n  - a\n", {"pieces": ["a"]}),
        ("pieces: #all of them\n- a\n", {"pieces": ["a"]}),
        ("url: https://a.example/#1\n", {"url": "https://a.example/#1"}),
        ("p: [\n  red, # first\n  #second\n  blue]\n", {"p": ["red", "blue"]}),
    ],
)
def test_comments_stay_comments(tmp_path: Path, text: str, value: object) -> None:
    assert read(tmp_path, text) == value


@pytest.mark.parametrize(
    ("text", "line", "fact", "fix"),
    [
        (
            "name: Sunrise: the start\n",
            1,
            "a second colon in the text of `name`",
            "write `name: \"Sunrise: the start\"` or `name: 'Sunrise: the start'`",
        ),
        (
            "p:\n  - {image: a.png, name: Sunrise: the start}\n",
            2,
            "a second colon in the text of `name`",
            'write `name: "Sunrise: the start"` or',
        ),
        ("p:\n  - {image: a.png name: A}\n", 2, "a comma is missing before `name:`", "put one"),
        ("name: A\n\tsymbol: B\n", 2, "this line begins with a tab", "put two for a tab"),
        ('name: "Sunset\nsymbol: B\n', 1, "the quote that begins in this line", "the same quote"),
        ("name: 'It's me'\n", 1, "after the closing quote comes more text", "It''s me"),
        ('name: "C:\\Users\\me"\n', 1, "in double quotes a \\ begins a code", "single quotes"),
        ("name: [1\nx: 2\n", 1, "the [ of this line is never closed", "put the ] at its end"),
        (
            "p:\n  - {image: a.png, name: A\n  - {image: b.png, name: B}\n",
            2,
            "the { of this line is never closed",
            "put the } at its end",
        ),
        ("p:\n  - {image: a.png}}\n", 2, "there is a } too many", "after `- {image: a.png}`"),
        ("p:\n  - {a: 1},\n  - {a: 2}\n", 2, "there is a , too many", "after `- {a: 1}`"),
        ("p:\n  {a: 1}\n  {a: 2}\n", 3, "before this { something is missing", "with `- `"),
        (
            "p:\n  -image: a.png\n   name: A\n",
            2,
            "a space is missing after the -",
            "write `- image: a.png`",
        ),
        ("p:\n  -image: a.png\n", 2, "a space is missing after the -", "write `- image: ...`"),
        ("name:Sunset\nsymbol: S\n", 1, "a space is missing after `name:`", "write `name: Sunset`"),
        ("symbol: S\nname:Sunset\n", 2, "a space is missing after `name:`", "write `name: Sunset`"),
        (
            "p:\n  - {image:a.png, name: A}\n",
            2,
            "a space is missing after `image:`",
            "write `image: a.png`",
        ),
        ("name = Sunset\nsymbol: S\n", 1, "a colon is needed after `name`, not =", "write `name:"),
        ("name\uff1aSunset\nsymbol: S\n", 1, "the colon \uff1a is a wide one", "a plain one"),
        (
            "p:\n  - image: a.png\n   name: A\n",
            3,
            "this line begins with 3 spaces, the one above it with 4 spaces",
            "exactly below one another",
        ),
        (
            "name: A\n symbol: B\n",
            2,
            "this line begins with 1 space, the one above it with no space",
            "exactly below one another",
        ),
        ("description: A\ntext\nname: A\n", 2, "this line has no key", "begins with |"),
        ("name: @artist\n", 1, "a text that begins with @ needs quotes", '`name: "@artist"` or'),
        ("name: *star\n", 1, "a text that begins with * needs quotes", '`name: "*star"` or'),
        (
            "name: &you and me\n",
            1,
            "a text that begins with & needs quotes",
            '`name: "&you and me"',
        ),
        ("name: ! now\n", 1, "a text that begins with ! needs quotes", '`name: "! now"` or'),
        ("name: - foo\n", 1, "a text that begins with - needs quotes", '`name: "- foo"` or'),
        ("name: !wow\n", 1, "the tag !wow is not used here", "needs quotes"),
        ("```yaml\nname: A\n```\n", 1, "``` is Markdown's", "take out the lines with ```"),
        (
            "p:\n\u00a0\u00a0- {image: a.png, name: A}\n",
            2,
            "begins with a no-break space (U+00A0)",
            "type its spaces anew",
        ),
        (
            "p:\n  • image: a.png\n    name: A\n",
            2,
            "begins with -, not •",
            "write `- image: a.png`",
        ),
        ("p:\n  - a\n  – b: c\n", 3, "begins with -, not –", "write `- b: c`"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins with this ---", "take it out"),
        ("name: \x07\n", 1, "a character that text files do not hold (U+0007)", ""),
        ("name: 1e999\n", 1, "1e999 is no number that fits", "put it in quotes"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line_and_what_to_write(
    tmp_path: Path, text: str, line: int, fact: str, fix: str
) -> None:
    error = complaint(tmp_path, text)
    assert error.fact.startswith(f"{tmp_path}/c.yaml:{line}: ")
    assert fact in error.fact
    assert fix in error.hint


def test_what_a_parser_says_is_never_shown(tmp_path: Path) -> None:
    """Every file that a slip of a key makes of a good one is taken or told in our words."""
    good = 'name: A\np:\n  - {i: a.png, n: "B"}\n  - i: b.png\n    n: [1, 2]\nlast: x\n'
    theirs = ("scanning", "parsing", "expected", "token", "block", "scalar", "mapping", "sequence")
    for at in range(len(good)):
        for put in ("", "\t", ":", "#", '"', "[", "}", ",", "-", "&", "*", "\n", "  "):
            try:
                read(tmp_path, good[:at] + put + good[at + (not put) :])
            except ConfigError as error:
                fact = error.fact.replace(str(tmp_path), "")
                assert not any(word in fact for word in theirs), fact
                assert error.fact.startswith(f"{tmp_path}/c.yaml:")


def test_anchors_that_are_referred_to_are_anchors(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &a B\nc: *a\n") == {"a": "B", "c": "B"}
    assert read(tmp_path, "a: &a {b: 1}\n") == {"a": {"b": 1}}


def test_what_is_right_is_scanned_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for texts that are cut costs as much as parsing; names in quotes are no reason."""

    def never(*given: object) -> None:
        raise AssertionError("scanned twice")

    monkeypatch.setattr("nftforge.config.yaml_mistakes._tokens", never)
    text = "- {name: 'A #1', b: \"#1\", c: d}  # fine\n- a\n#b\n- It's A#1 # too\n"
    assert len(read(tmp_path, text)) == 3


def test_how_numbers_were_written_is_known_after_merges(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("a: &a {k: 007, l: ~, m: True, n: 1.10}\nb: {k: x, <<: *a}\nc: 5\n")
    given = read_yaml(path)
    assert given.value["b"] == {"k": "x", "l": None, "m": True, "n": 1.1}
    assert {location: text for location, text in given.written.items() if location[0] == "b"} == {
        ("b", "l"): "~",
        ("b", "m"): "True",
        ("b", "n"): "1.10",
    }
