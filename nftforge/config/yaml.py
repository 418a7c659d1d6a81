"""YAML as a person writes it, into plain values that remember where they stood.

Unusual: it is read as YAML 1.2 core (so `no` is the word no and 010 is ten), and the text is walked
by us rather than constructed, so that aliases and merge keys work but cannot be multiplied into a
bomb. Source: https://yaml.org/spec/1.2.2/, section 10.3
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nftforge.config.files import instead
from nftforge.config.keys import is_key
from nftforge.config.yaml_mistakes import (
    NO_ANCHOR,
    NO_TAG,
    SHORT,
    check_cuts,
    explained,
    follows_text,
    quotings,
)
from nftforge.core.errors import ConfigError, LimitError
from nftforge.core.limits import (
    COLLECTION_BYTES,
    COLLECTION_DEPTH,
    COLLECTION_VALUES,
    read_bounded,
)
from nftforge.core.text import decoded

SCALARS = tuple(f"tag:yaml.org,2002:{tag}" for tag in ("str", "null", "bool", "int", "float"))
KEY_LETTERS = 1_000  # of a trait's name, or any other

Location = tuple[str | int, ...]  # ("pieces", 3, "brush")


class YamlFile(NamedTuple):
    """What a file says, and how it says it.

    lines     the line of each value, from 1
    written   numbers, truths and nothings as they stand there: 007, True, ~
    """

    value: Any
    lines: dict[Location, int]
    written: dict[Location, str]


def read_yaml(path: Path) -> YamlFile:
    """Parse `path`. Raises ConfigError with the line of what is no YAML, or is cut by a #."""
    text = _read_text(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise explained(path, text, error, _Loader) from None
    except _TooMuchError as error:
        raise ConfigError(f"{path}:{error.line}: not YAML as people write it: {TOO_MUCH}") from None
    if node is None:
        raise ConfigError(f"{path}: the file is empty", hint="`nftforge init` writes a starter")
    check_cuts(path, text, _Loader, loader.suspects_cut)
    walk, written = _Walk(path), dict[Location, str]()
    value = _plain(walk.value(node, ()), (), written)
    return YamlFile(value, walk.lines, written)


def _read_text(path: Path) -> str:
    try:
        return decoded(read_bounded(path, COLLECTION_BYTES), str(path))
    except LimitError as error:
        raise ConfigError(f"{error.fact}: no collection file") from None
    except FileNotFoundError:
        near = instead(path.parent, path.name)
        hint = near or "`nftforge init` writes a starter collection"
        raise ConfigError(f"there is no file {path}", hint=hint) from None
    except IsADirectoryError:
        raise ConfigError(
            f"{path} is a folder", hint=f"did you mean {path}/collection.yaml?"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None


MARKED = " or ".join(quotings("!wow"))
TOO_MUCH = "this file expands to too many or too deeply nested values"


class _TooMuchError(Exception):
    """Met while a file is parsed, before any of it is built."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Loader(yaml.BaseLoader):  # to it, every scalar is text
    """YAML 1.2 core scalars: true/false, null, decimal numbers; everything else is text."""

    depth = count = 0
    suspects_cut = False

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.signs: dict[
            str, Any
        ] = {}  # marks of anchors of texts that nothing has referred to yet

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        self.count += 1
        self._see_sign(self.peek_event())  # type: ignore[no-untyped-call]
        if self.depth > COLLECTION_DEPTH or self.count > COLLECTION_VALUES:
            raise _TooMuchError(parent.start_mark.line + 1 if parent else 1)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def scan_plain(self) -> Any:
        token = super().scan_plain()
        if self.peek() == "#" and self.line == token.end_mark.line:
            self.suspects_cut = self.suspects_cut or follows_text(self.prefix(SHORT))
        return token

    def _see_sign(self, event: yaml.Event) -> None:
        """`name: &you and me` and `name: ! now` would lose their beginning."""
        if isinstance(event, yaml.AliasEvent):
            self.signs.pop(str(event.anchor), None)
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor:
                self.signs[event.anchor] = event.start_mark
            if event.tag == "!":
                mark: Any = event.start_mark
                raise yaml.composer.ComposerError(None, None, NO_TAG, mark)

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        for mark in self.signs.values():
            raise yaml.composer.ComposerError(None, None, NO_ANCHOR, mark)
        return node


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}",
        re.compile(rf"^(?:{_pattern})$"),
        ["" if letter == "\0" else letter for letter in _first],
    )


def plain_scalar(text: str) -> bool | int | float | str | None:
    """What these letters are where they stand without quotes.

    Raises ValueError for no number that fits.
    """
    resolvers = _Loader.yaml_implicit_resolvers.get(text[:1], [])
    tag = next((tag for tag, form in resolvers if form.match(text)), "tag:yaml.org,2002:str")
    return _value_of(tag, text)


class _Scalar(NamedTuple):
    """What is no text, and how it stands in the file."""

    value: bool | int | float | None
    written: str


def _plain(value: Any, location: Location, written: dict[Location, str]) -> Any:
    """The values alone; how they were written, by their place, goes into `written`.

    Only now is it known which values are left: one that is merged in gives way to one of its own.
    """
    if isinstance(value, _Scalar):
        written[location] = value.written
        return value.value
    if isinstance(value, dict):
        return {key: _plain(each, (*location, key), written) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, (*location, i), written) for i, each in enumerate(value)]
    return value


class _Walk:
    """Turns a node graph into plain values, keeping lines; counts, so aliases cannot explode."""

    def __init__(self, path: Path) -> None:
        self.lines: dict[Location, int] = {}
        self._path = path
        self._count = 0

    def value(self, node: yaml.Node, location: Location) -> Any:
        self.lines.setdefault(location, node.start_mark.line + 1)
        self._spend(node, len(location))
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return [self.value(item, (*location, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            found = self._scalar(node)
            return found if isinstance(found, str) else _Scalar(found, str(node.value))
        raise self._no_tag(node)

    def _spend(self, node: yaml.Node, depth: int) -> None:
        self._count += 1
        if self._count > COLLECTION_VALUES or depth > COLLECTION_DEPTH:
            raise self._error(node, TOO_MUCH)

    def _mapping(
        self, node: yaml.MappingNode, location: Location, merges: int = 0
    ) -> dict[str, Any]:
        """`merges`: how many `<<` led here; a mapping may be merged into itself."""
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                for source in self._merge_sources(value_node):
                    self._spend(source, len(location) + merges)
                    for key, item in self._mapping(source, location, merges + 1).items():
                        merged.setdefault(key, item)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be a word")
            key = self._text(key_node)
            if len(key) > KEY_LETTERS:
                raise self._error(key_node, f"a key of {len(key)} letters is no key")
            self._check_spaces(key_node, value_node)
            if key in own:
                raise self._error(key_node, f"the key {key!r} is given twice")
            self.lines[(*location, key)] = key_node.start_mark.line + 1
            own[key] = self.value(value_node, (*location, key))
        return {**merged, **own}

    def _merge_sources(self, node: yaml.Node) -> list[yaml.MappingNode]:
        self._spend(node, 0)
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(source, yaml.MappingNode) for source in sources):
            raise self._error(node, "`<<:` merges mappings only")
        return list(sources)

    def _scalar(self, node: yaml.ScalarNode) -> bool | int | float | str | None:
        text = self._text(node)
        if node.tag not in SCALARS:
            raise self._no_tag(node)
        try:
            return _value_of(node.tag, text)
        except ValueError:
            shown = text if len(text) < SHORT else f"one of {len(text)} digits"
            fix = "if it is a text, put it in quotes"
            raise self._error(node, f"{shown} is no number that fits", hint=fix) from None

    def _text(self, node: yaml.ScalarNode) -> str:
        """Its letters; what JSON writes as two escapes ("\\ud83c\\udfa8") is one of them."""
        text = str(node.value)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise self._error(node, "this text holds half a character (a surrogate)") from None

    def _check_spaces(self, key: yaml.ScalarNode, value: yaml.Node) -> None:
        """`-image: a.png` and `{image:a.png}` are YAML, and not what anybody means."""
        if key.style is not None:
            return
        dash = re.match(r"-\w", key.value)
        if dash:
            fix = f"write `- {key.value[1:]}: ...`"
            raise self._error(key, "a space is missing after the -", hint=fix)
        name, colon, rest = key.value.partition(":")
        if colon and is_key(name) and isinstance(value, yaml.ScalarNode) and not value.value:
            fix = f"write `{name}: {rest}`"
            raise self._error(key, f"a space is missing after `{name}:`", hint=fix)

    def _no_tag(self, node: yaml.Node) -> ConfigError:
        fact = f"the tag {node.tag} is not used here"
        return self._error(node, fact, hint=f"a text that begins with ! needs quotes: {MARKED}")

    def _error(self, node: yaml.Node, fact: str, *, hint: str = "") -> ConfigError:
        return ConfigError(f"{self._path}:{node.start_mark.line + 1}: {fact}", hint=hint)


def _value_of(tag: str, text: str) -> bool | int | float | str | None:
    """Raises ValueError for no number that fits."""
    match tag.removeprefix("tag:yaml.org,2002:"):
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text)
        case "float":
            return _finite(text)
    return text


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # 1e999
        raise ValueError(text)
    return number


def line_of(lines: Mapping[Location, int], location: Location) -> int:
    """The line of a value, or of the nearest thing around it."""
    while location and location not in lines:
        location = location[:-1]
    return lines.get(location, 1)


def at(path: Path, lines: Mapping[Location, int], location: Location, fact: str) -> str:
    """`fact`, after the file, the line and the place it is about (`pieces[2].brush`)."""
    place = ""
    for part in location:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    return f"{path}:{line_of(lines, location)}: {place + ': ' if place else ''}{fact}"
