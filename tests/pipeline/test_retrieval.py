"""`verify` compares what a token names with what is here: changed so that one check can notice.

The files are made up, the contract and the blocks are real. What the store says of a file is left
as it is, so that nothing but the comparison with the token finds out.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace

import pytest
from support.machine import Machine

from nftforge.chain.networks import find_network
from nftforge.core.errors import MismatchError, MissingError, PendingError
from nftforge.core.store import Recipe, Store
from nftforge.ipfs.metadata import token_metadata
from nftforge.ipfs.unixfs import PROFILES, import_path
from nftforge.pipeline.job import blocks_in
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.outputs import ANIMATIONS, GIF, STILL, STROKES
from nftforge.pipeline.retrieval import Expected, LocalPiece, Source, verify_tokens
from nftforge.pipeline.work import Work

FILES = (GIF, STILL, ANIMATIONS[0])


@dataclass
class Painted(Machine):
    texts: dict[str, bytes] = field(default_factory=dict)

    @property
    def works(self):
        return [Work(piece, text=self.texts[piece.id]) for piece in self.job.collection.pieces]


def made(folder, stage, names):
    def write(work):
        for name in names:
            (work / name).write_bytes(f"{stage} {name}".encode() * 40)
        return {}

    return Store(folder).build(Recipe(stage, 1, {}, {}), "one", write)


@pytest.fixture(scope="module")
def minted(tmp_path_factory):
    """(machine, contract, what is here of its one piece, the CIDs of its files)."""
    folder = tmp_path_factory.mktemp("verify")
    work_folder = folder / ".nftforge"
    piece = LocalPiece(made(work_folder, "paint", [STROKES]), made(work_folder, "render", FILES))
    with blocks_in(work_folder).batch() as put:
        cids = {
            name: import_path(piece.render.path(name), PROFILES["kubo-v1"], put).cid
            for name in FILES
        }
    text = token_metadata(
        name="One", description="", image=cids[GIF], animation=cids[ANIMATIONS[0]],
        external_url=None, background_color=None, attributes=[],
        properties={
            "piece": "one", "still": f"ipfs://{cids[STILL]}",
            "strokes_sha256": piece.painting.outputs[STROKES].sha256,
        },
    )  # fmt: skip
    machine = Painted(folder, "", find_network("embedded"), ["one"], texts={"one": text})
    return machine, machine.mint().address, piece, cids


def found(minted, piece=None, lacking=(), needs_files=True, others=(), **expected):
    machine, address, _, _ = minted
    blocks = blocks_in(machine.folder / ".nftforge")
    more = [Source(f"other {number}", get, False) for number, get in enumerate(others)]

    def get(cid):
        if cid in lacking:
            raise PendingError(f"{cid} did not come")
        return blocks.get(cid)

    local = {"one": piece} if piece else {}
    with open_session(machine.job) as session:
        (finding,) = verify_tokens(
            session.chain,
            address,
            [*more, Source("here", get, needs_files)],
            Expected(local, **expected),
        )
    return finding


def changed(artifact, name, tmp_path, edit):
    """The same artifact by all that is written of it, but for the bytes of one file."""
    folder = shutil.copytree(artifact.folder, tmp_path / "changed")
    (folder / name).write_bytes(edit((folder / name).read_bytes()))
    return replace(artifact, folder=folder)


EDITS = [lambda raw: raw[:-1] + b"!", lambda raw: raw + b"!", lambda raw: raw[:-1]]


def test_what_is_as_it_was_is_verified(minted):
    finding = found(minted, minted[2])
    assert (finding.state, finding.problems) == ("verified", [])
    assert finding.retrieved[0].blocks == 2 + len(FILES)  # the directory, its file, the media


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", FILES)
def test_every_byte_of_every_file_that_a_token_names_is_compared(minted, tmp_path, name, edit):
    render = changed(minted[2].render, name, tmp_path, edit)
    finding = found(minted, replace(minted[2], render=render))
    assert finding.state == "failed"
    assert finding.problems == [f"{render.path(name)} is not what the token shows"]


def test_the_stroke_file_is_compared(minted, tmp_path):
    painting = changed(minted[2].painting, STROKES, tmp_path, EDITS[0])
    finding = found(minted, replace(minted[2], painting=painting))
    assert finding.problems == [
        f"{painting.path(STROKES)} is not the stroke file that the metadata names"
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_token_is_not_verified_while_a_file_of_it_does_not_come(minted, name):
    for piece in (None, minted[2]):
        finding = found(minted, piece, lacking=[minted[3][name]], needs_files=False)
        assert finding.state == "pending" and not finding.problems


def test_a_piece_without_its_files_is_a_problem_on_this_disk_and_none_behind_a_gateway(minted):
    missing = found(minted, pieces=frozenset({"one"}))
    assert missing.problems == ["the files of 'one' here are missing or damaged"]
    assert found(minted, pieces=frozenset({"two"})).state == "verified"
    assert found(minted, pieces=frozenset({"one"}), needs_files=False).state == "verified"


def test_a_token_that_is_another_piece_by_the_lock_file_is_told(minted):
    finding = found(minted, minted[2], locked={1: "two"})
    assert finding.problems == ["this is 'two' by the lock file, and 'one' by its metadata"]
    assert found(minted, minted[2], locked={1: "one"}).state == "verified"


# --- several sources ------------------------------------------------------------------------------


def raises(error):
    def get(cid):
        raise error

    return get


BAD = {
    "other bytes": (MismatchError("other bytes came"), "failed"),
    "no key": (MissingError("refused: 401"), "failed"),
    "down": (PendingError("down"), "pending"),
    "what nobody thought of": (UnicodeError("label too long"), "failed"),
    "a number too large": (OverflowError("too large"), "failed"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_one_source_does_is_its_own_row_where_another_has_everything(minted, bad):
    error, state = BAD[bad]
    finding = found(minted, minted[2], others=[raises(error)])
    assert (finding.state, finding.problems) == ("verified", [])
    assert [row.state for row in finding.retrieved] == [state, "verified"]
    assert str(error) in finding.retrieved[0].why


@pytest.mark.parametrize("bad", BAD)
def test_what_no_source_has_is_told_in_the_words_of_those_that_failed(minted, bad):
    error, state = BAD[bad]
    finding = found(minted, lacking=[minted[3][GIF]], others=[raises(error)], needs_files=False)
    assert finding.state == state
    assert len(finding.problems) == (state == "failed")
    assert all(str(error) in problem for problem in finding.problems)


def test_a_token_that_is_not_what_is_here_has_a_problem_whoever_tells_it(minted, tmp_path):
    painting = changed(minted[2].painting, STROKES, tmp_path, EDITS[0])
    piece = replace(minted[2], painting=painting)
    finding = found(minted, piece, others=[raises(MismatchError("other bytes came"))])
    assert finding.state == "failed" and "is not the stroke file" in finding.problems[0]
    assert len(finding.problems) == 1


def test_a_router_that_answers_nonsense_has_not_been_asked(minted):
    machine, address, _, _ = minted
    blocks = blocks_in(machine.folder / ".nftforge")
    with open_session(machine.job) as session:
        (finding,) = verify_tokens(
            session.chain, address, [Source("here", blocks.get, False)], Expected(),
            raises(OverflowError("too large")),
        )  # fmt: skip
    assert finding.state == "verified" and finding.announced is None
