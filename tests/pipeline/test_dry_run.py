"""Dry runs on a throwaway copy: exact URIs and cost, and the real chain hears nothing."""

import pytest
from support.anvil import anvil, anvil_program, mined, rpc
from support.fault_proxy import fault_proxy
from support.machine import LAB, Machine

from nftforge.chain.dry_run import dry_run
from nftforge.chain.networks import find_network
from nftforge.chain.wallet import DEV_ADDRESS, key_signer
from nftforge.core.errors import MissingError, ServiceError
from nftforge.pipeline.minting import mint as minting
from nftforge.pipeline.minting.open import embedded_path, mint_plan, open_session, rpc_url

KEY = "0x" + "42" * 32


def rehearse(machine):
    with open_session(machine.job) as session:
        plan = mint_plan(machine.job, session, machine.works)
        return minting.rehearse(
            session,
            plan.steps,
            machine.report,
            rpc_url=rpc_url(machine.job.network, machine.job.env),
            embedded_path=embedded_path(machine.job.file.work_folder),
        )


def compare(machine, rehearsed):
    """The real run gives the same tokens for the same gas."""
    ledger = machine.mint()
    assert rehearsed.tokens == {
        token.token_id: (token.owner, token.uri) for token in ledger.tokens.values()
    }
    with open_session(machine.job) as session:
        real = [
            session.chain.receipt(entry.data["tx"])
            for entry in session.journal
            if entry.event == "outcome"
        ]
    assert [r.gas_used for r in real] == [r.gas_used for r in rehearsed.receipts]
    return ledger


@pytest.mark.anvil
def test_a_fork_gives_the_tokens_and_the_gas_and_sends_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(anvil_program().parent))
    owner = key_signer(KEY).address
    with anvil() as url, fault_proxy(url) as proxy:
        rpc(url, "anvil_setBalance", owner, hex(10**18))
        machine = Machine(tmp_path / "a", proxy.url, LAB, key=KEY)
        rehearsed = rehearse(machine)
        assert len(rehearsed.tokens) == 3 and all(r.paid_wei for r in rehearsed.receipts)
        assert not proxy.sent() and not mined(url, owner)
        assert not machine.journal_path.exists()
        compare(machine, rehearsed)
        machine.pieces = (*machine.pieces, "four")
        second = rehearse(machine)
        assert len(second.receipts) == 1 and len(second.tokens) == 4
        compare_last = machine.mint()
        assert second.tokens[4] == (owner, compare_last.tokens["four"].uri)


@pytest.mark.anvil
def test_even_an_account_without_money_can_rehearse(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(anvil_program().parent))
    with anvil() as url:
        rehearsed = rehearse(Machine(tmp_path / "a", url, LAB, key=KEY))
        assert len(rehearsed.tokens) == 3


def test_the_embedded_chain_is_copied(tmp_path):
    machine = Machine(tmp_path / "a", "", find_network("embedded"))
    rehearsed = rehearse(machine)
    assert not (tmp_path / "a" / ".nftforge" / "chain").exists()
    assert compare(machine, rehearsed).tokens["one"].owner == DEV_ADDRESS
    file = tmp_path / "a" / ".nftforge" / "chain" / "embedded.sqlite"
    before = file.read_bytes()
    machine.pieces = (*machine.pieces, "four")
    assert len(rehearse(machine).tokens) == 4 and file.read_bytes() == before


@pytest.mark.anvil
def test_without_anvil_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with anvil() as url, pytest.raises(MissingError, match="a dry run needs Anvil"):
        rehearse(Machine(tmp_path / "a", url))


@pytest.mark.anvil
def test_a_fork_that_fails_is_told_without_the_url(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(anvil_program().parent))
    owner = key_signer(KEY).address
    with (
        pytest.raises(ServiceError, match="Anvil could not fork lab") as error,
        dry_run(LAB, owner, rpc_url="http://127.0.0.1:9/SECRETSECRET", embedded_path=None),
    ):
        pass
    assert "SECRET" not in str(error.value)
