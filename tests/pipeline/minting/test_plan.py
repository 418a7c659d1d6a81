"""What a run would publish: never less than the tokens show, and nothing half."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace

import pytest
from support.machine import Machine, metadata

from nftforge.chain.contract import freeze, read_state
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import quote
from nftforge.chain.transactions import confirm, sign
from nftforge.core.errors import GuardError
from nftforge.core.journal import Journal
from nftforge.pipeline.directories import Directories
from nftforge.pipeline.job import blocks_in
from nftforge.pipeline.minting.identity import check_identity
from nftforge.pipeline.minting.open import mint_plan, open_session
from nftforge.pipeline.minting.recipients import resolved
from nftforge.pipeline.work import Work


@dataclass
class Edited(Machine):
    """Whose pieces say something new of themselves."""

    said: str = ""

    @property
    def works(self):
        return [
            Work(piece, text=json.dumps({**json.loads(metadata(piece.id)), "description": self.said}
            ).encode() if self.said else metadata(piece.id))
            for piece in self.job.collection.pieces
        ]  # fmt: skip


@pytest.fixture
def machine(tmp_path):
    made = Edited(tmp_path, "", find_network("embedded"))
    made.mint()
    return made


def shown(machine):
    """Token id -> what its directory on chain holds."""
    with open_session(machine.job) as session:
        (batch,) = read_state(session.chain, session.address).batches
    blocks = blocks_in(machine.folder / ".nftforge")
    return Directories(blocks, "kubo-v1").read(batch.directory)


def test_an_update_keeps_the_metadata_of_pieces_that_the_file_no_longer_has(machine):
    machine.pieces, machine.said = ["two"], "new"
    machine.mint()
    assert machine.events[-2:] == ["update intent", "update outcome"]
    found = shown(machine)
    assert b"new" in found[2]
    assert (found[1], found[3]) == (metadata("one"), metadata("three"))


def test_half_a_directory_is_never_published(machine):
    before = machine.events
    shutil.rmtree(machine.folder / ".nftforge" / "ipfs")  # nobody here knows the others' any more
    machine.pieces, machine.said = ["two"], "new"
    machine.mint()
    assert machine.events == before


def test_a_token_that_is_not_ours_to_explain_stops_the_run(machine):
    shutil.rmtree(machine.folder / ".nftforge" / "ipfs")
    machine.journal_path.unlink()
    machine.pieces = ["two"]
    with pytest.raises(GuardError, match=r"tokens 1 to 3 of .* neither the blocks"):
        machine.mint()


def test_a_lock_file_with_two_rows_swapped_swaps_no_art(machine):
    """The digest on chain is proof of which piece is which; what the lock says is not."""
    with open_session(machine.job) as session:
        minted = mint_plan(machine.job, session, machine.works).tokens
        shutil.rmtree(machine.folder / ".nftforge" / "ipfs")
        swapped = {1: minted[2], 2: minted[1], 3: minted[3]}
        lost = replace(session.sender, journal=Journal(machine.folder / "lost.jsonl", {}))
        planned = mint_plan(
            machine.job, replace(session, sender=lost, pieces=swapped), machine.works
        )
    assert planned.tokens == minted and not planned.steps


@pytest.mark.parametrize("other", [{"name": "X"}, {"symbol": "X"}])
def test_a_contract_of_another_name_or_symbol_is_another_collection(machine, other):
    with open_session(machine.job) as session:
        state = read_state(session.chain, session.address)
        check_identity(session.address, session.spec, state)
        with pytest.raises(GuardError, match="is the collection"):
            check_identity(session.address, session.spec, replace(state, **other))
        assert resolved(session.chain, {"one": session.signer.address.lower()}) == {
            "one": session.signer.address
        }


def test_only_what_is_not_minted_is_planned(machine):
    machine.pieces = ["two", "four", "one", "three"]
    machine.mint()
    assert machine.events[-2:] == ["mint intent", "mint outcome"]
    with open_session(machine.job) as session:
        state = read_state(session.chain, session.address)
    assert [(batch.first_id, batch.count) for batch in state.batches] == [(1, 3), (4, 1)]


def test_what_is_frozen_is_not_published_again(machine):
    with open_session(machine.job) as session:
        call = freeze(session.address)
        chain, signer = session.chain, session.signer
        bill = quote(chain, signer.address, call)
        confirm(chain, [sign(chain, signer, call, bill, chain.nonce(signer.address))])
    before = machine.events
    machine.mint()
    machine.said = "new"
    with pytest.raises(GuardError, match=r"changed here, and .* is frozen"):
        machine.mint()
    assert machine.events == before


def test_another_collection_aimed_at_the_contract_is_refused(machine, tmp_path):
    with open_session(machine.job) as session:
        address = session.address
    machine.name, machine.address = "Other", address
    with pytest.raises(GuardError, match="is the collection 'Fault'"):
        machine.mint()
