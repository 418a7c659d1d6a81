"""Every example of the README, the tutorial and docs/painting.md goes through the real parsers.

Commands through typer's, without being carried out; `stroke` as far as to the painter. YAML, whole
blocks and what stands between backticks, through `load_collection`, each put where it belongs.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from support import picture
from support.artworks import artwork

from nftforge.cli.app import app
from nftforge.config.load import load_collection
from nftforge.config.models import Collection, Paint
from nftforge.core.errors import ConfigError
from nftforge.pipeline import compare, single

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / f"{name}.md"
        for name in ("tutorial", "painting", "selling", "finished-artwork")
    ),
]
BASE = {"name": "N", "symbol": "S", "pieces": [{"image": "images/a.png", "name": "A"}]}
PLACES = {  # of keys that the pages show without the section around them
    **dict.fromkeys(Paint.model_fields, ("paint",)),
    **dict.fromkeys(("kubo", "pinata", "pinning_service", "only_here"), ("pin",)),
    **dict.fromkeys(("gif", "mp4", "webm", "svg"), ("media",)),
    "smooth": ("media", "mp4"),
    "price": ("sale",),
    "max_mb": ("media", "gif"),
}
STANDS_FOR = {  # what the pages leave to the reader
    "[DIR]": "my-art", "FILE": "collection.yaml", "IMAGE": "cat.jpg", "DIR": "out", "CAR": "a.car",
    "PIECE": "a", "HASH": "0x1f2e3d", "NAME,..": "local,kubo", "NAME": "sepolia",
    "URL": "https://gateway.example", "PATH": "a.png",
    "STROKES": "strokes.npz", **dict.fromkeys(("ADDRESS", "0x..", "0x..."), "0x" + "1" * 40),
}  # fmt: skip
NAMED = {  # commands that the pages name without what they are about
    "nftforge wallet import": "artist", "nftforge wallet new": "artist",
    "nftforge gallery": "collection.yaml", "nftforge verify": "collection.yaml",
}  # fmt: skip


def spans(page: Path) -> list[str]:
    """What stands between backticks, outside of blocks."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text)


def indented(page: Path) -> list[str]:
    lines = page.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.startswith("    ")]


def commands() -> Iterator[str]:
    for page in PAGES:
        for text in (*indented(page), *spans(page)):
            if text.startswith("nftforge "):
                yield from spelled_out(text)
    for span in spans(ROOT / "docs" / "painting.md"):
        if span.startswith("--") and span != "--resume":  # which is of scripts/train_renderer.py
            yield f"nftforge stroke cat.jpg -o cat {with_values(span)}"


def spelled_out(command: str) -> Iterator[str]:
    """`paint\\|render FILE` is two commands."""
    words = [STANDS_FOR.get(word, word) for word in command.split()]
    several = next((word for word in words if r"\|" in word), None)
    for one in several.split(r"\|") if several else [None]:
        said = " ".join(one if word == several and one else word for word in words)
        yield f"{said} {NAMED[said]}" if said in NAMED else said


def with_values(flags: str) -> str:
    """`--min-size --max-size` alone, in the table of what there is."""
    alone = {"--min-size": "0.01", "--max-size": "0.3", "--brush": "tape", "--seed": "1"}
    alone["--size"] = "64"
    words = flags.split()
    if all(word.startswith("--") for word in words):
        words = [f"{word} {alone.get(word, '')}".rstrip() for word in words]
    return " ".join(words)


def leaves(command: Any) -> Iterator[Any]:
    below = getattr(command, "commands", {})
    if not below:
        yield command
    for each in below.values():
        yield from leaves(each)


def somewhere(folder: Path) -> Path:
    """A folder with a collection and every picture that the pages name."""
    (folder / "collection.yaml").write_text(json.dumps(BASE), encoding="utf-8")
    for name in ("images/a.png", "a.png", "cat.jpg", "sea.jpg", "leaf.png"):
        picture(folder / name)
    return folder


@pytest.mark.parametrize("command", sorted({*commands()}))
def test_a_command_is_understood(command, monkeypatch, tmp_path):
    monkeypatch.chdir(somewhere(tmp_path))
    words = shlex.split(command)[1:]
    asked: list[str] = []

    def taken(name: str) -> Any:
        return lambda **given: asked.append(name)

    parser = typer.main.get_command(app)
    for leaf in leaves(parser):
        leaf.callback = taken(leaf.name)
    parser.main(words, standalone_mode=False)
    if words[-1] in ("--help", "--install-completion"):
        assert asked == []
        return
    assert asked == [words[1] if words[0] in ("wallet", "ipfs") else words[0]]


@pytest.mark.parametrize("command", sorted({each for each in commands() if " stroke " in each}))
def test_a_picture_would_be_painted_as_it_is_asked_for(command, monkeypatch, tmp_path):
    monkeypatch.chdir(somewhere(tmp_path))
    asked = []

    def paint(*given: Any) -> dict[str, Any]:
        asked.append(given)
        return {"strokes": 1, "psnr": 1.0, "seconds": 1, "files": {}}

    def compared(variants: Any, *given: Any) -> dict[str, Any]:
        asked.append((variants[0].wish, *given))
        return {"cells": variants, "seconds": 1, "sheet": "all.png"}

    monkeypatch.setattr(single, "paint_single", paint)
    monkeypatch.setattr(compare, "compare", compared)
    parser = typer.main.get_command(app)
    words = shlex.split(command)[1:]
    lattice = ["--brush", "tape"] if "--lattice" in words else []
    parser.main([*words, *lattice], standalone_mode=False)
    ((wish, *_),) = asked
    assert wish.sources.picture == Path(words[1])


def test_colours_of_the_command_line_are_the_ones_that_are_named(monkeypatch, tmp_path):
    monkeypatch.chdir(somewhere(tmp_path))
    asked = []
    monkeypatch.setattr(
        single,
        "paint_single",
        lambda *given: asked.append(given[0].settings) or {"files": {}} | RESULT,
    )
    parser = typer.main.get_command(app)
    parser.main(["stroke", "a.png", "-o", "x", "--palette", "red,#102030"], standalone_mode=False)
    assert asked[0].palette == ((255, 0, 0), (16, 32, 48))


RESULT = {"strokes": 1, "psnr": 1.0, "seconds": 1, "files": {}}


# --- YAML ---------------------------------------------------------------------------------------


def snippets() -> Iterator[str]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        yield from re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
        for line in (*indented(page), *spans(page)):
            begun = re.match(r"(\w+): +[^ ]", line)
            known = begun and (begun[1] in Collection.model_fields or begun[1] in PLACES)
            if known and line not in SHOWN_AS_WRONG and not re.search(r"\.\.\.|\{\w+\}$|:$", line):
                yield line


SHOWN_AS_WRONG = {"name: Sunset #1"}


def whole(snippet: str) -> dict[str, Any]:
    """A collection with what the snippet says, where it belongs."""
    said = yaml.safe_load(snippet)
    data: dict[str, Any] = json.loads(json.dumps(BASE))
    for key, value in said.items():
        here = data
        for step in () if key in Collection.model_fields else PLACES[key]:
            here = here.setdefault(step, {})
        if key == "traits" and "auto" not in value:  # those of a piece, not of all
            here = data["pieces"][0]
        here[key] = value
    if "sale" in data:
        data["sale"].setdefault("until", "2027-02-01")
    return data


@pytest.mark.parametrize("snippet", sorted({*snippets()}))
def test_a_piece_of_yaml_is_taken(snippet, tmp_path):
    path = tmp_path / "collection.yaml"
    is_whole = snippet.startswith("name:")
    path.write_text(
        snippet if is_whole else json.dumps(whole(snippet), default=str), encoding="utf-8"
    )
    for name in {"images/a.png", *re.findall(r"[\w/-]+\.(?:png|jpg|gif|mp4|mp3)", snippet)}:
        picture(tmp_path / name) if name.endswith(("png", "jpg")) else artwork(tmp_path / name)
    found = load_collection(path)
    assert found.collection.pieces


@pytest.mark.parametrize("snippet", SHOWN_AS_WRONG)
def test_what_the_pages_call_wrong_is_refused(snippet, tmp_path):
    assert any(snippet in spans(page) for page in PAGES)
    (tmp_path / "collection.yaml").write_text(f"{snippet}\nsymbol: S\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="without quotes is cut"):
        load_collection(tmp_path / "collection.yaml")


def test_there_are_examples():
    """The patterns above still find them."""
    assert len({*commands()}) > 50 and len({*snippets()}) > 20
    assert 'palette: [red, "#102030"]' in {*snippets()}
