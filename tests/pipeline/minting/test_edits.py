"""Whatever is done to a collection file after a mint, a picture is one token and a token one piece.

hypothesis draws edits as people make them: files renamed and moved, ids written, changed and taken
out, pieces dropped, taken back and put in another order, names and brushes changed; journal, store
and lock file lost. Between them everything is really painted and minted (one stroke, 16 pixels). A
run may refuse; it may never mint a picture twice.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support import RecordedReport, picture

from nftforge.chain.networks import find_network
from nftforge.config.load import load_collection
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.fingerprint import file_digest
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.open import mint_plan, open_session
from nftforge.pipeline.run import run

HEAD = """\
name: Edits
symbol: EDT
seed: 3
paint: {brush: tape, strokes: 1, size: 16}
media: {gif: {size: 16, frames: 2}, mp4: false}
pieces:
"""
NAMES = ("a", "b", "c", "d", "e")


class Editing(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.pieces = []  # {"image", "name"} and perhaps "id", "brush"
        self.dropped = []
        self.first = {}  # token id -> the piece that it was minted from
        self.pictures = {}  # token id -> SHA-256 of the picture it shows

    def teardown(self):
        shutil.rmtree(self.folder)

    @initialize()
    def three_are_minted(self):
        for seed, name in enumerate(NAMES[:3]):
            picture(self.folder / f"{name}.png", seed, (8, 8))
            self.pieces.append({"image": f"{name}.png", "name": name})
        self.mint()
        assert len(self.first) == 3

    # --- edits ----------------------------------------------------------------------------------

    def free(self, name):
        taken = {piece["image"] for piece in (*self.pieces, *self.dropped)}
        return f"{name}.png" not in taken

    @rule(index=st.integers(0, 4), name=st.sampled_from([*NAMES, "art/a", "Ä b"]))
    def rename_a_file(self, index, name):
        everything = [*self.pieces, *self.dropped]
        piece = everything[index % len(everything)]
        if self.free(name):
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / piece["image"]).rename(self.folder / f"{name}.png")
            piece["image"] = f"{name}.png"

    @rule(index=st.integers(0, 4), name=st.sampled_from([*NAMES, None]))
    def write_or_take_out_an_id(self, index, name):
        piece = self.pieces[index % len(self.pieces)]
        piece.pop("id", None)
        if name:
            piece["id"] = name

    @precondition(lambda self: len(self.pieces) > 1)
    @rule(index=st.integers(0, 4))
    def drop(self, index):
        self.dropped.append(self.pieces.pop(index % len(self.pieces)))

    @precondition(lambda self: self.dropped)
    @rule(index=st.integers(0, 4), where=st.integers(0, 4))
    def take_back(self, index, where):
        self.pieces.insert(where, self.dropped.pop(index % len(self.dropped)))

    @rule(order=st.permutations(range(5)))
    def reorder(self, order):
        self.pieces = [self.pieces[i] for i in order if i < len(self.pieces)]

    @precondition(lambda self: len(self.pieces) + len(self.dropped) < 5)
    @rule(name=st.sampled_from(NAMES), seed=st.integers(10, 99))
    def add_one(self, name, seed):
        if self.free(name):
            picture(self.folder / f"{name}.png", seed, (8, 8))
            self.pieces.append({"image": f"{name}.png", "name": name})

    @rule(index=st.integers(0, 4), name=st.sampled_from(["One", "Two"]))
    def change_a_name(self, index, name):
        self.pieces[index % len(self.pieces)]["name"] = name

    @rule(index=st.integers(0, 4), brush=st.sampled_from(["marker", "tape"]))
    def change_a_brush(self, index, brush):
        self.pieces[index % len(self.pieces)]["brush"] = brush

    @rule(what=st.sampled_from(["pieces.lock.csv", ".nftforge/journal", ".nftforge/store"]))
    def lose(self, what):
        place = self.folder / what
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)

    # --- runs -----------------------------------------------------------------------------------

    @rule()
    def mint(self):
        rows = "".join(
            "  - {" + ", ".join(f'{key}: "{value}"' for key, value in piece.items()) + "}\n"
            for piece in self.pieces
        )
        path = self.folder / "collection.yaml"
        path.write_text(HEAD + rows, encoding="utf-8")
        try:
            job = Job(load_collection(path), find_network("embedded"), frozenset(), {}, self.folder)
            document = run(job, RecordedReport(), lambda bill: None).document
        except (ConfigError, GuardError):
            return
        images = {piece.id: piece.image for piece in job.collection.pieces}
        for row in document["pieces"]:
            self.first.setdefault(row["token_id"], row["id"])
            self.pictures[row["token_id"]] = file_digest(self.folder / images[row["id"]])
        with open_session(job) as session:
            on_chain = mint_plan(job, session, []).tokens
        assert on_chain == self.first

    @invariant()
    def no_picture_is_two_tokens(self):
        assert len(set(self.pictures.values())) == len(self.pictures), self.pictures


TestEditing = Editing.TestCase
TestEditing.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestEditing.pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
