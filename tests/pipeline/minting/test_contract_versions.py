"""A release with another contract, and collections that were deployed before it."""

import pytest
from support.another_contract import next_release
from support.machine import Machine

from nftforge.chain import known_contracts as table
from nftforge.chain.contract import read_state
from nftforge.chain.known_contracts import latest
from nftforge.chain.networks import find_network
from nftforge.core.errors import GuardError
from nftforge.pipeline.minting.open import mint_plan, open_session
from nftforge.pipeline.minting.owner import deployed_source

EMBEDDED = find_network("embedded")


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "art", "", EMBEDDED)


@pytest.fixture
def release(tmp_path, monkeypatch):
    def upgrade():
        monkeypatch.setattr(table, "ARTIFACTS", next_release(tmp_path / "artifacts"))

    return upgrade


@pytest.mark.parametrize("journal", ["kept", "lost"])
def test_a_minted_collection_is_found_planned_and_continued_on_its_own_contract(
    machine, release, journal
):
    minted = machine.mint()
    release()
    if journal == "lost":
        machine.journal_path.unlink()
    with open_session(machine.job) as session:
        assert session.address == session.deployment.address == minted.address
        assert not mint_plan(machine.job, session, machine.works).steps
        assert read_state(session.chain, session.address).known.version == 1
        assert deployed_source(session).arguments  # the code it was made by is version 1's
    machine.pieces = (*machine.pieces, "four")
    again = machine.mint()
    assert again.address == minted.address
    assert sorted(token.token_id for token in again.tokens.values()) == [1, 2, 3, 4]
    assert machine.bills[-1]["transactions"][0]["gas"] < 150_000  # measured on version 1


def test_a_new_collection_gets_the_new_contract(machine, release):
    with open_session(machine.job) as session:
        before = session.address
    release()
    minted = machine.mint()
    assert minted.address != before
    with open_session(machine.job) as session:
        state = read_state(session.chain, session.address)
        assert state.known == latest() and state.known.version == 2


def test_what_the_deployed_version_cannot_do_is_refused_before_anything_is_sent(
    machine, release, tmp_path
):
    release()
    machine.mint()
    machine.pieces = (*machine.pieces, "four", "five")
    (tmp_path / "art" / "to.csv").write_text(
        "piece,address\n"
        + "".join(f"{piece},0x{number:040x}\n" for number, piece in enumerate(machine.pieces, 1))
    )
    machine.mint_options = {"to": "to.csv"}
    with pytest.raises(GuardError, match="has no airdrop"):
        machine.mint()
