"""How much may be spent on a transaction: of the total, and of what was agreed to."""

from __future__ import annotations

import pytest
from support.fake_node import FakeNode, chain_of

from nftforge.chain.pricing import Bill, Call, Limits
from nftforge.chain.transactions import sign
from nftforge.chain.wallet import dev_signer
from nftforge.core.journal import Journal
from nftforge.pipeline.minting.sender import Caps, Sender
from nftforge.pipeline.minting.spending import Allowance, Spent

SIGNER = dev_signer()
PAID, SIGNED = 1_000_000, 30_000 * 100 + 7
FREE, TAKEN = (SIGNER.address, 9), (SIGNER.address, 3)


@pytest.fixture
def sender(tmp_path):
    """Whose journal has PAID for one transaction, and has SIGNED another of nonce 3."""
    chain = chain_of(FakeNode())
    journal = Journal(tmp_path / "journal.jsonl", {})
    journal.append("done", "outcome", {"tx": "0x1", "paid_wei": PAID})
    signed = sign(chain, SIGNER, Call(SIGNER.address, b"x"), Bill(30_000, 100, 1), 3)
    money = {"l1_wei": 7}
    journal.append("mint", "intent", {"transactions": [signed.to_json()], "money": money})
    return Sender(chain, SIGNER, journal, Caps(max_fee=50, max_total=10_000_000))


def test_the_total_is_less_by_what_was_paid_and_by_what_is_signed_for_other_nonces(sender):
    assert sender.spent == PAID + SIGNED
    assert sender.limits(FREE).budget == 10_000_000 - PAID - SIGNED
    assert sender.limits(TAKEN).budget == 10_000_000 - PAID


def test_who_was_not_asked_spends_nothing(sender):
    assert sender.limits(FREE) == Limits(50, 10_000_000 - PAID - SIGNED, 0)
    assert sender.limits(TAKEN).agreed == 0


def test_what_was_agreed_is_less_by_what_is_paid_since_and_signed_for_other_nonces(sender):
    asked = sender.within(Allowance(8_000_000))
    assert asked.limits(FREE).agreed == 8_000_000 - PAID - SIGNED
    assert asked.limits(TAKEN).agreed == 8_000_000 - PAID
    later = sender.within(Allowance(8_000_000, Spent({"0x1": PAID}, {})))
    assert later.limits(FREE).agreed == 8_000_000 - SIGNED
