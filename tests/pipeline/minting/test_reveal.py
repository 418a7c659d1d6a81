"""A delayed reveal: committed to before the first token, shown once, and nothing else shown."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from support import picture
from support.anvil import anvil, height, mined
from support.killer import killed_at
from support.machine import Machine, metadata, mint_pieces

from nftforge.chain import contract
from nftforge.chain.contract import commitment_to, read_provenance, read_state
from nftforge.chain.networks import find_network
from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.core.errors import GuardError
from nftforge.ipfs.blockstore import Blockstore
from nftforge.pipeline.directories import Directories
from nftforge.pipeline.minting import mint as minting
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.work import Work

ALICE, BOB = "0x52908400098527886E0F7030069857D2E4169EE7", "0x" + "b0" * 20
HIDDEN = {"placeholder": "hidden.png"}


DIRECTORIES = Directories(Blockstore(Path("nowhere")), "kubo-v1")  # nothing is read from it


def machine(folder, url="", **options):
    picture(folder / "hidden.png")
    if not url:
        options["network"] = find_network("embedded")
    return Machine(folder, url, mint_options=HIDDEN, **options)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(contract, "MAX_BATCH", 2)


def reveal(made):
    return mint_pieces(made.job, made.works, made.report, made.agree, updates=True, reveal=True)


def directories(made):
    with open_session(made.job) as session:
        return [batch.directory for batch in read_state(session.chain, session.address).batches]


def promise(made):
    with open_session(made.job) as session:
        return read_provenance(session.chain, session.address)


def real(*batches):
    """The digests of directories of pieces, numbered through."""
    token_id, digests = 0, []
    for pieces in batches:
        files = {}
        for piece in pieces:
            token_id += 1
            files[f"{token_id}.json"] = metadata(piece)
        digests.append(DIRECTORIES.digest(files))
    return digests


def stopped_after(kind, patch):
    """The next run dies once the first transaction of this kind is done."""
    settle = minting.settle

    def settle_and_die(effect, journal):
        settled = settle(effect, journal)
        if getattr(effect, "details", {}).get("kind") == kind:
            raise KeyboardInterrupt
        return settled

    patch.setattr(minting, "settle", settle_and_die)


def test_tokens_show_a_placeholder_until_what_was_committed_to_is_revealed(tmp_path, small_batches):
    made = machine(tmp_path, pieces=("secret-one", "secret-two", "secret-three"))
    (tmp_path / "holders.csv").write_text(
        f"piece,address\nsecret-one,{ALICE}\nsecret-two,{BOB}\nsecret-three,{ALICE}\n"
    )
    made.mint_options = {**HIDDEN, "to": "holders.csv"}
    ledger = made.mint()
    kinds = [row["kind"] for row in made.bills[0]["transactions"]]
    assert kinds == ["deploy", "commit", "mint", "mint"]
    owners = {token.token_id: (piece, token.owner) for piece, token in ledger.tokens.items()}
    assert [owners[i][0] for i in (1, 2, 3)] == list(made.pieces)
    assert [owners[i][1].lower() for i in (1, 2, 3)] == [ALICE.lower(), BOB, ALICE.lower()]

    digests = real(("secret-one", "secret-two"), ("secret-three",))
    assert promise(made).committed == commitment_to(digests) and not promise(made).kept
    shown = [made.job.directories.read(digest) for digest in directories(made)]
    texts = {i: text for directory in shown for i, text in directory.items()}
    assert [json.loads(texts[i])["name"] for i in (1, 2, 3)] == ["Fault #1", "Fault #2", "Fault #3"]
    assert b"secret" not in b"".join(texts.values())

    made.journal_path.unlink()
    again = made.mint()
    assert again.tokens.keys() == ledger.tokens.keys() and len(made.bills) == 1

    assert all(token.current for token in reveal(made).tokens.values())
    assert directories(made) == digests and promise(made).kept
    made.mint()
    reveal(made)
    assert directories(made) == digests and len(made.bills) == 2


@pytest.mark.parametrize(
    "pieces", [("one", "two", "three", "more"), ("one", "three", "two"), ("one", "two"), ()]
)
def test_a_collection_changed_after_the_commitment_is_refused(tmp_path, monkeypatch, pieces):
    made = machine(tmp_path)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stopped_after("commit", patch)
        made.mint()
    before = made.pieces
    for _ in range(2):  # before the first token, and after the last
        changed = [Work(w.piece, text=metadata(w.piece.id) + b" ") for w in made.works]
        made.pieces = pieces or before
        works = made.works if pieces else changed
        with pytest.raises(GuardError, match=r"was changed since .* committed to it"):
            mint_pieces(made.job, works, made.report, made.agree)
        with pytest.raises(GuardError):
            mint_pieces(made.job, works, made.report, made.agree, updates=True, reveal=True)
        made.pieces = before
        made.mint()
    commits = [event for event in made.events if event == "commit outcome"]
    assert len(commits) == 1 and not promise(made).kept


def test_a_reveal_cut_short_is_finished_and_no_placeholder_comes_back(
    tmp_path, monkeypatch, small_batches
):
    made = machine(tmp_path)
    made.mint()
    hidden, digests = directories(made), real(("one", "two"), ("three",))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stopped_after("update", patch)
        reveal(made)
    assert directories(made) == [digests[0], hidden[1]]
    made.mint()
    assert directories(made) == [digests[0], hidden[1]]
    reveal(made)
    assert directories(made) == digests and promise(made).kept


def test_another_placeholder_is_published_and_changes_nothing_that_was_promised(tmp_path):
    made = machine(tmp_path)
    made.mint()
    before = directories(made)
    picture(tmp_path / "hidden.png", seed=7)
    made.mint()
    assert directories(made) != before and directories(made) != real(made.pieces)
    reveal(made)
    assert directories(made) == real(made.pieces) and promise(made).kept


def test_a_placeholder_that_comes_too_late_or_is_lifted_too_early_is_refused(
    tmp_path, monkeypatch, small_batches
):
    late = machine(tmp_path / "late")
    late.mint_options = {}
    late.mint()
    late.mint_options = HIDDEN
    with pytest.raises(GuardError, match=r"3 tokens of .* are minted and nothing was committed to"):
        late.mint()
    early = machine(tmp_path / "early")
    with pytest.raises(GuardError, match="nothing can be revealed yet"):
        reveal(early)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stopped_after("mint", patch)
        early.mint()
    with pytest.raises(GuardError, match="nothing can be revealed yet"):
        reveal(early)
    assert len(directories(early)) == 1 and len(early.mint().tokens) == 3


@pytest.mark.anvil
def test_killed_at_any_event_it_is_committed_to_minted_and_revealed_once(tmp_path):
    with anvil() as url:
        # signed, sent, written down: the commitment and the mint, each followed by a reveal
        for at, again in ((13, 6), (15, 8), (18, 10), (26, 11), (28, 12)):
            made = machine(tmp_path / f"killed-{at}", url, name=f"Killed {at}")
            since = height(url)
            assert killed_at(made, at)
            address = made.mint().address
            revealing = SimpleNamespace(mint=lambda made=made: reveal(made))
            assert killed_at(revealing, again)
            reveal(made)
            sent = [ok for to, ok in mined(url, DEV_ADDRESS, since) if to == address.lower()]
            assert sent == [True] * 3  # commit, mint, reveal
            assert promise(made).kept and not made.journal().unfinished()
