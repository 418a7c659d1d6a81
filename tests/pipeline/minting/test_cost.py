"""A bill: what transactions cost at most, with what is signed before and what is beside the gas."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from support.machine import Machine

from nftforge.chain.networks import find_network
from nftforge.chain.pricing import Bill, Call
from nftforge.chain.transactions import sign
from nftforge.core.journal import Journal
from nftforge.pipeline.minting.cost import Row, _at_most, bill
from nftforge.pipeline.minting.mint import agree
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.minting.sender import Caps

GAS, FEE, L1 = 50_000, 10**12, 1234


@pytest.fixture
def session(tmp_path):
    """In whose journal one transaction is paid, and one is signed that nobody mined."""
    machine = Machine(tmp_path, "", find_network("embedded"))
    with open_session(machine.job) as opened:
        journal = Journal(tmp_path / "journal.jsonl", {})
        call = Call(opened.signer.address, b"x")
        signed = sign(opened.chain, opened.signer, call, Bill(GAS, FEE, 1), 5)
        journal.append("mint", "outcome", {"tx": "0x1", "paid_wei": 77})
        money = {"l1_wei": L1}
        intent = {"kind": "mint", "transactions": [signed.to_json()], "money": money}
        journal.append("mint", "intent", intent)
        yield replace(opened, sender=replace(opened.sender, journal=journal))


def capped(session, **caps):
    return replace(session, sender=replace(session.sender, caps=Caps(**caps)))


def test_a_transaction_costs_its_gas_with_a_margin_and_what_is_beside_it():
    assert _at_most(Row("mint", "x", 10, L1), 7) == 11 * 7 + L1
    assert _at_most(Row("mint", "x", 100, L1, gas_limit=105), 7) == 105 * 7 + L1


def test_what_was_signed_before_is_on_the_bill(session):
    found = bill(session, [])
    assert [row["subject"] for row in found["transactions"]] == ["signed before"]
    assert found["max_cost_wei"] >= GAS * FEE + L1
    assert found["missing"] == 0


def test_a_bill_stays_under_the_cap_of_a_gas_and_tells_what_is_left_of_the_total(session):
    cap = FEE + 5
    found = bill(capped(session, max_fee=cap, max_total=10**18), [])
    assert found["max_cost_wei"] == GAS * cap + L1
    assert found["left_of_total"] == (10**18 - 77 - GAS * FEE - L1) / 1e18


def test_what_the_account_lacks_is_told(session):
    chain = session.chain
    poor = replace(session, sender=replace(session.sender, chain=Poor(chain)))
    first_try = GAS * math.ceil(FEE * 9 / 8) + L1
    assert bill(poor, [])["missing"] == pytest.approx((first_try - 10) / 1e18)


class Poor:
    """The same chain, to whom ten wei are left."""

    def __init__(self, chain):
        self._chain = chain

    def __getattr__(self, name):
        return getattr(self._chain, name)

    def balance(self, address):
        return 10


def test_an_agreement_counts_from_the_moment_it_is_made(session):
    allowance = agree(session, [], lambda bill: 10**18)
    assert allowance.wei == 10**18
    assert dict(allowance.before.paid) == {"0x1": 77}
    assert not allowance.before.signed  # what is under way is on the new bill
