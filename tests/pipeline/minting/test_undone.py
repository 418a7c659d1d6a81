"""What a journal says of nonces, and what of it is to be sent again."""

from __future__ import annotations

from nftforge.core.journal import JournalEntry
from nftforge.pipeline.minting.undone import Written, mined_before, pending, to_send_again

ME, HER = "0x01", "0x02"


def intent(name, nonce, sender=ME):
    transactions = [{"nonce": nonce, "sender": sender, "hash": f"{name}{n}"} for n in (1, 2)]
    return JournalEntry(name, "intent", {"kind": "mint", "transactions": transactions})


def outcome(name, tx):
    return JournalEntry(name, "outcome", {"tx": tx})


def void(name, **more):
    return JournalEntry(name, "void", {"why": "x", **more})


def rows(*names_and_nonces, reverted=()):
    return {
        nonce: Written(name, intent(name, nonce).data, name in reverted)
        for name, nonce in names_and_nonces
    }


def names(found):
    return [row.name for row in found]


def test_only_what_was_mined_by_an_attempt_of_ours_took_its_nonce():
    entries = [
        intent("a", 1), outcome("a", "a1"),
        intent("b", 2), outcome("b", "a stranger's"),
        intent("c", 3, HER), outcome("c", "c1"),
        intent("d", 4), void("d", paid_wei=5),
        intent("e", 5), void("e"),
        intent("f", 6),
    ]  # fmt: skip
    mined = mined_before(entries, ME)
    assert {nonce: (row.name, row.reverted) for nonce, row in mined.items()} == {
        1: ("a", False), 4: ("d", True),
    }  # fmt: skip


def test_what_was_sent_again_and_given_up_then_is_not_mined():
    done = [intent("a", 1), outcome("a", "a2")]
    assert mined_before([*done, intent("a", 1), void("a")], ME) == {}
    assert names(mined_before([*done, intent("b", 1), void("b")], ME).values()) == ["a"]


def test_it_is_sent_again_in_order_as_far_as_it_goes_without_a_gap():
    mined = rows(("a", 1), ("b", 2), ("c", 3), ("e", 5))
    assert names(to_send_again(mined, 2, None)) == ["b", "c"]
    assert names(to_send_again(mined, 1, 3)) == ["a", "b"]  # what waits has the nonce 3
    assert names(to_send_again(mined, 4, None)) == []


def test_what_reverted_is_sent_again_only_before_something_that_did_not():
    last = rows(("a", 1), ("b", 2), reverted="b")
    assert names(to_send_again(last, 1, None)) == ["a"]
    assert names(to_send_again(last, 1, 3)) == ["a", "b"]  # it fills the gap before 3
    first = rows(("a", 1), ("b", 2), reverted="a")
    assert names(to_send_again(first, 1, None)) == ["a", "b"]


class Unfinished:
    def unfinished(self):
        return {name: intent(name, nonce).data for name, nonce in (("b", 2), ("a", 1), ("c", 3))}


def test_what_is_pending_is_taken_up_in_the_order_of_nonces():
    assert names(pending(Unfinished())) == ["a", "b", "c"]
