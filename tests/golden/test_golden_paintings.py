"""A collection from nothing: strokes, pictures, CIDs and transactions, to the last bit.

Strokes are found with fast-math loops compiled for this very processor (numba, fastmath), so their
last bits are another processor's or another LLVM's own; with them change every digest, CID and
transaction. So each golden is compared twice: its shape everywhere (keys, words,
states; digests and figures blanked), its bits only where the machine and the libraries are those
that it was frozen on (`frozen/full/machine.json`). Recipes (store keys) hold no bits: always exact.
"""

from __future__ import annotations

import json
import re

import pytest
from golden.golden import FROZEN, goldens, machine, pretty
from golden.subjects import full

FILE = "collection.yaml"
SHAPELESS = re.compile(
    r"\bbaf[a-z2-7]{56,}|\b(0x)?[0-9a-fA-F]{12,}\b|(?<![\w.])\d[\d,_]*\.\d+|(?<![\w.#])\d[\d,_]+"
)
COMMANDS = [
    ("plan", "plan", FILE, "--json"),
    ("run", "run", FILE, "--json"),
    ("status", "status", FILE, "--json"),
    ("plan-after", "plan", FILE, "--json"),
    ("verify", "verify", FILE, "--json"),
    ("sheet", "sheet", FILE, "--out", "sheet.png", "--strips", "strips", "--size", "300", "--json"),
    ("brushes", "brushes", "--sheet", "brushes.png", "--size", "300"),
    ("cid", "cid", "images", "--json"),
    ("cid-2025", "cid", "images/one.png", "--profile", "unixfs-v1-2025"),
    ("stroke", "stroke", "images/square.png", "--out", "stroke", "--brush", "marker", "--strokes",
     "6", "--size", "48", "--palette", "3", "--seed", "5", "--json"),
    ("stroke-plain", "stroke", "images/square.png", "--out", "pixels", "--preset", "8-bit",
     "--strokes", "8", "--psnr", "20", "--size", "48", "--loss", "l1", "--transport", "0.1"),
    ("draw", "draw", "stroke/strokes.npz", "--out", "drawn", "--size", "32", "--json"),
]  # fmt: skip
SAME_EVERYWHERE = ("paint-recipes.json", "cid.json", "cid-2025.json", "plan.json")


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """What there is to compare: name -> text."""
    desk = full(tmp_path_factory.mktemp("full"))
    told = {}
    for name, *arguments in COMMANDS:
        said = desk.run(*arguments)
        assert said.code == 0, said
        told[f"{name}.json"] = pretty(said.row)
    store = desk.store()
    told["store.json"] = pretty(store)
    told["paint-recipes.json"] = pretty(
        {
            folder: {key: made[key] for key in ("stage", "version", "key", "params", "inputs")}
            for folder, made in store.items()
            if made["stage"] == "paint"
        }
    )
    for name in ("embedded", "pin"):
        told[f"journal-{name}.jsonl"] = desk.journal(name)
    told["files.json"] = pretty(desk.files())
    told["results.json"] = pretty(
        {name: desk.files(name) for name in ("stroke", "pixels", "drawn", "strips")}
        | {"sheets": {name: desk.files(".")[name] for name in ("sheet.png", "brushes.png")}}
    )
    return told


def test_its_shape_and_its_bits(story):
    """One test, so that it is painted once however many processes test."""
    with goldens() as golden:
        for name, text in story.items():
            if name in SAME_EVERYWHERE:
                golden.check(f"full/{name}", text)
            else:
                golden.check(f"full/{name}", text, shape)
    then = json.loads((FROZEN / "full" / "machine.json").read_text(encoding="utf-8"))
    if then != machine():
        pytest.skip(f"the shape holds; bits are those of {then}, this is {machine()}")
    with goldens() as golden:
        for name, text in story.items():
            golden.check(f"full/{name}", text)


def shape(text):
    """`text` without what strokes decide: digests, CIDs and figures; its lines sorted."""
    return "\n".join(sorted(SHAPELESS.sub("_", line) for line in text.splitlines()))
