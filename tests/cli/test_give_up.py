"""--give-up on every command that sends: what was signed is voided, and explained."""

import shutil

import pytest
from support import nftforge, small_collection

from nftforge.cli.context import open_job
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.minting.owner import freeze_step, transfer_step

TO = "0x00000000000000000000000000000000000000AA"
COMMANDS = {
    "run": ["run"], "mint": ["mint"], "update": ["update"], "freeze": ["freeze"],
    "transfer-ownership": ["transfer-ownership"],
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    collection = small_collection(tmp_path_factory.mktemp("finished"))
    assert nftforge("run", collection, "--json").code == 0
    return collection


@pytest.fixture
def minted(finished, tmp_path):
    shutil.copytree(finished.parent, tmp_path / "copy")
    return tmp_path / "copy" / finished.name


def signed_and_not_sent(collection, step_of):
    """As a run leaves it that was killed after writing."""
    with open_session(open_job(collection, None, None)) as session:
        effect = step_of(session).effect
        intent = effect.plan()
        session.journal.append(effect.name, "intent", intent)
    return intent["transactions"][0]["hash"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_sends_gives_up_says_what_it_means_and_goes_on(minted, command):
    digest = signed_and_not_sent(minted, lambda session: transfer_step(session, TO))
    other = "0x00000000000000000000000000000000000000bb"
    more = [other] if command == "transfer-ownership" else []
    done = nftforge(*COMMANDS[command], minted, *more, "--give-up")
    assert done.code == 0, done.err
    assert f"given up. {digest} (nonce 2) may still be mined" in done.err
    assert f"then the contract is offered to {TO}" in done.err
    again = nftforge(*COMMANDS[command], minted, *more, "--give-up")
    assert again.code == 0 and "given up" not in again.err
    with open_session(open_job(minted, None, None)) as session:
        assert not session.journal.unfinished()


def test_without_it_the_same_is_taken_up_by_its_own_command(minted):
    signed_and_not_sent(minted, freeze_step)
    text = minted.read_text()
    minted.write_text(text.replace("strokes: 12", "strokes: 13"))
    done = nftforge("run", minted)
    assert done.code == 7 and "an interrupted `nftforge freeze` signed" in done.err
    assert "paint one" not in done.err  # nor anything else
    minted.write_text(text)
    done = nftforge("freeze", minted)
    assert done.code == 0 and "taking up what an interrupted run began" in done.err
    assert nftforge("freeze", minted, "--json").json["cached"]


@pytest.mark.parametrize("more", [["--dry-run"], ["--until", "pin"]])
def test_it_goes_with_a_run_that_mints_alone(minted, more):
    done = nftforge("run", minted, "--give-up", *more)
    assert done.code == 2 and "--give-up goes with a run that mints" in done.err
