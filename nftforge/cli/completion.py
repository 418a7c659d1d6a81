"""What a shell offers at the TAB key: commands, options, and the names that they take.

The shells' own functions (`shells/`) ask with `_NFTFORGE_COMPLETE=SHELL nftforge WORD...`, where
the last word is the one being typed, and get lines: first the patterns of files that the shell
itself shall offer, then a word and what it is, with a tab between. The answer has to be there
before the next key, so neither typer nor anything heavier is loaded: what commands take stands in
completion.json, which a test compares with the real ones. A name from a file is offered only if it
is a plain one, and whatever goes wrong, nothing is said: it would stand on somebody's prompt.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

TABLE = "completion.json"
PATTERNS = {"collection": "*.yaml *.yml */", "brush": "*.png", "file": "*", "folder": "*/"}
LISTS = ("piece", "back-end")  # taken with commas between
MOST_BYTES = 1 << 20  # of a collection file: a larger one would not be read in time
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")

Node = Mapping[str, Any]  # a command: about, options, arguments or commands
Words = dict[str, str]  # and what they are


def answer(shell: str, words: Sequence[str]) -> None:
    """Print what may stand where the last of `words` does."""
    with suppress(Exception):
        table = json.loads(Path(__file__).with_name(TABLE).read_text("utf-8"))
        offer = complete(table, _unquoted(_joined(words)) if shell == "bash" else words)
        prefix = "" if shell == "bash" else offer.prefix  # bash completes after the =
        rows = (f"{prefix}{word}\t{about}" for word, about in offer.words.items())
        sys.stdout.write("".join(f"{line}\n" for line in (offer.patterns, *rows)))


class Offer(NamedTuple):
    words: Words
    patterns: str = ""  # of files, for the shell to complete
    prefix: str = ""  # of the word, which stays: `--until=`


class _Line(NamedTuple):
    """A command line, up to the word that is typed."""

    node: Node  # its command
    arguments: list[str]
    used: list[str]  # options
    waiting: str | None  # the option whose value is next


def complete(table: Node, words: Sequence[str]) -> Offer:
    """What may stand where the last of `words` does."""
    *before, last = words or ("",)
    line = _read(table, before)
    kinds = _kinds(table, line.node)
    option, equals, begun = last.partition("=")
    if line.waiting:
        return _values(table, kinds[line.waiting] or "", last, line)
    if equals and option in kinds:
        offer = _values(table, kinds[option] or "", begun, line)
        return Offer(offer.words, offer.patterns, f"{option}=")
    if last.startswith("-"):
        abouts = {**table["everywhere"], **line.node.get("options", {})}
        names = {name: row["about"] for name, row in abouts.items() if name not in line.used}
        return Offer(_beginning(last, names))
    if commands := line.node.get("commands"):
        names = {name: row["about"] for name, row in commands.items()}
        return Offer({} if line.arguments else _beginning(last, names))
    kind, or_else = _argument(line)
    offer = _values(table, kind, last, line)
    others = _values(table, or_else, last, line).words if or_else else {}
    return Offer({**offer.words, **others}, offer.patterns)


def _argument(line: _Line) -> tuple[str, str]:
    """The kind of the argument that is typed, and what may stand there instead: FILE can be left
    out, also where a piece follows it."""
    takes = line.node.get("arguments", [])
    if takes[-1:] == ["command"]:  # one after the other, of `help`
        return "command", ""
    before = len(line.arguments)
    if takes[1:2] == ["a piece"]:
        if not before:
            return "collection", "a piece"
        takes = takes if _file_of(line) else takes[1:]
    return takes[before] if before < len(takes) else "", ""


def _file_of(line: _Line) -> str:
    """The collection that is named; empty for the one here."""
    takes = line.node.get("arguments", ())
    if "collection" not in takes or not line.arguments:
        return ""
    first = line.arguments[0]
    return first if "a piece" not in takes or Path(first).expanduser().exists() else ""


def _read(table: Node, words: Iterable[str]) -> _Line:
    node, waiting = table, None
    arguments: list[str] = []
    used: list[str] = []
    for word in words:
        name, equals, _ = word.partition("=")
        if waiting:
            waiting = None
        elif word.startswith("-"):
            used.append(name)
            takes = _kinds(table, node).get(name)
            waiting = name if takes is not None and not equals else None
        elif word in node.get("commands", {}):
            node = node["commands"][word]
        else:
            arguments.append(word)
    return _Line(node, arguments, used, waiting)


def _kinds(table: Node, node: Node) -> dict[str, str | None]:
    """What each option takes; None for those that take nothing."""
    rows = {**table["everywhere"], **node.get("options", {})}
    return {name: row.get("takes") for name, row in rows.items()}


def _values(table: Node, kind: str, begun: str, line: _Line) -> Offer:
    head, comma, last = begun.rpartition(",") if kind in LISTS else ("", "", begun)
    taken = head.split(",")
    words = {word: about for word, about in _names(table, kind, line).items() if word not in taken}
    found = {f"{head}{comma}{word}": about for word, about in _beginning(last, words).items()}
    return Offer(found, PATTERNS.get(kind, ""))


def _names(table: Node, kind: str, line: _Line) -> Words:
    if kind == "command":  # of `help`
        node = table
        for word in line.arguments:
            node = node.get("commands", {}).get(word, {})
        return {name: row["about"] for name, row in node.get("commands", {}).items()}
    words = dict(table["names"].get(kind, {}))
    with suppress(Exception):  # no file here, or one that cannot be read: the others are offered
        if kind == "keystore":
            words |= dict.fromkeys(_keystores(), "")
        elif kind in ("piece", "a piece", "network"):
            words |= _in_collection(_file_of(line), kind)
    return {word: about for word, about in words.items() if NAME.fullmatch(word)}


def _beginning(begun: str, words: Words) -> Words:
    return {word: about for word, about in words.items() if word.startswith(begun)}


# --- what is on this disk -----------------------------------------------------------------------


def _keystores() -> Iterator[str]:
    from nftforge.cli.home import keystores

    return (path.stem for path in sorted(keystores().glob("*.json")))


def _in_collection(argument: str, kind: str) -> Words:
    """The pieces or networks of the collection that is meant."""
    from nftforge.cli.collection_file import find_collection

    path = Path(argument).expanduser()
    if path.is_dir():
        path = find_collection(path, "")
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return {}
    import yaml

    # nodes only: an alias that stands for a million values is one
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    root: Any = yaml.compose(path.read_bytes(), Loader=loader)
    sections = {key.value: value for key, value in root.value}
    if kind == "network":
        return {key.value: "in this collection" for key, _ in sections["networks"].value}
    return dict(map(_piece, sections["pieces"].value))


def _piece(node: Any) -> tuple[str, str]:
    from nftforge.config.piece_ids import slug

    texts = {key.value: value.value for key, value in node.value if isinstance(value.value, str)}
    name = texts.get("name", "")
    return texts.get("id") or slug(texts["image"]), name if name.isprintable() else ""


# --- what bash makes of words -------------------------------------------------------------------


def _joined(words: Sequence[str]) -> list[str]:
    """`--until`, `=`, `pa` is one word to everyone else; so is `--until`, `=`."""
    joined: list[str] = []
    for word in words:
        if joined and (word == "=" or joined[-1].endswith("=")) and joined[-1].startswith("--"):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _unquoted(words: Sequence[str]) -> list[str]:
    """bash hands words on as they were typed: `my\\ art`, `"my art`."""
    return [re.sub(r"\\(.)|[\"']", r"\1", word) for word in words]
