"""Whether the chain shows what a transaction does: every part of it, and at the block asked for."""

from __future__ import annotations

import pytest
from support.machine import Machine

from nftforge.chain.networks import find_network
from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.core.errors import GuardError, OvertakenError
from nftforge.pipeline.minting.happened import happened
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.minting.undone import Written

OTHER = "0x52908400098527886E0F7030069857D2E4169EE7"
ELSE = "ab" * 32


@pytest.fixture(scope="module")
def minted(tmp_path_factory):
    """(session, details of the deployment, details of the batch)."""
    machine = Machine(tmp_path_factory.mktemp("happened"), "", find_network("embedded"))
    machine.mint()
    with open_session(machine.job) as session:
        intents = [each for each in session.journal if each.event == "intent"]
        yield session, *(Written(each.effect, each.data).details for each in intents)


def test_what_was_done_has_happened_and_not_before_its_block(minted):
    session, deploy, batch = minted
    head = session.chain.head()
    for details in (deploy, batch):
        assert happened(session.chain, details, head)
        assert not happened(session.chain, details, 0)
    assert not happened(session.chain, batch, head - 1)  # the contract is there, the batch is not


@pytest.mark.parametrize(
    "change",
    [
        {"directory": ELSE},
        {"to": [[OTHER, 3]]},
        {"pieces": ["one", "two"], "to": [[DEV_ADDRESS, 2]]},
        {"first_id": 2, "pieces": ["two", "three"], "to": [[DEV_ADDRESS, 2]]},
    ],
)
def test_another_batch_in_the_place_of_ours_is_told(minted, change):
    session, _, batch = minted
    with pytest.raises(OvertakenError, match="was minted by another run"):
        happened(session.chain, {**batch, **change}, session.chain.head())


@pytest.mark.parametrize(
    ("kind", "rest"),
    [
        ("mint", {"first_id": 4, "pieces": ["four"], "directory": ELSE, "to": [[OTHER, 1]]}),
        ("update", {"batch": 0, "directory": ELSE}),
        ("update", {"batch": 1, "directory": ELSE}),
        ("commit", {"provenance": ELSE}),
        ("freeze", {}),
        ("transfer", {"to": OTHER}),
    ],
)
def test_what_was_not_done_has_not_happened(minted, kind, rest):
    session, deploy, _ = minted
    details = {"kind": kind, "address": deploy["address"], **rest}
    assert not happened(session.chain, details, session.chain.head())


def test_what_is_so_already_has_happened_whoever_did_it(minted):
    session, deploy, batch = minted
    about = {"address": deploy["address"]}
    update = {**about, "kind": "update", "batch": 0, "directory": batch["directory"]}
    transfer = {**about, "kind": "transfer", "to": DEV_ADDRESS.lower()}
    for details in (update, transfer):
        assert happened(session.chain, details, session.chain.head())


def test_an_unknown_kind_is_not_guessed_at(minted):
    session, deploy, _ = minted
    with pytest.raises(GuardError, match="unknown kind 'burn'"):
        happened(session.chain, {**deploy, "kind": "burn"}, session.chain.head())
