"""Pricing, signing and raising fees, for any numbers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_node import FakeNode, chain_of

from nftforge.chain.connection import connect
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import Bill, Call, Limits, price
from nftforge.chain.send_errors import Floor
from nftforge.chain.transactions import bump_fees, sign, unsign
from nftforge.chain.wallet import dev_signer, key_signer
from nftforge.core.errors import AllowanceError, GuardError, MismatchError

SIGNER = dev_signer()
WEI = st.integers(0, 10**12)


@pytest.fixture(scope="module")
def chain():
    with connect(find_network("embedded"), rpc_url=None, embedded_path=None) as connected:
        yield connected


@given(
    data=st.binary(max_size=80), gas=st.integers(21_000, 1 << 24), fee=st.integers(1, 10**14),
    tip=st.none() | WEI, nonce=st.integers(0, 2**32), value=WEI,
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_was_signed_can_be_read_back(chain, data, gas, fee, tip, nonce, value):
    call, bill = Call(SIGNER.address, data, value), Bill(gas, fee, tip and min(tip, fee))
    assert unsign(sign(chain, SIGNER, call, bill, nonce)) == (call, bill)


@given(fee=st.integers(1, 10**13), tip=st.none() | WEI, cap=st.none() | st.integers(1, 10**14))
@settings(max_examples=100, deadline=None)
def test_a_replacement_pays_a_tenth_more_of_both_and_stays_under_the_cap(chain, fee, tip, cap):
    bill = Bill(30_000, fee, None if tip is None else min(tip, fee))
    first = sign(chain, SIGNER, Call(SIGNER.address, b"x"), bill, 3)
    higher = bump_fees(chain, [first], Limits(cap))
    if higher is None:
        limit = cap if cap is not None else 3 * fee
        assert limit < 1.1 * fee + 2 or limit < 1.1 * (bill.priority_fee or 0) + 2
        return
    call, new = higher
    assert call == Call(SIGNER.address, b"x") and new.gas == bill.gas
    assert new.max_fee * 10 >= fee * 11 and new.max_fee > fee
    assert new.max_fee <= (cap if cap is not None else 3 * fee)
    if bill.priority_fee is not None:
        assert bill.priority_fee < new.priority_fee <= new.max_fee
        assert new.priority_fee * 10 >= bill.priority_fee * 11


@given(budget=st.integers(0, 10**18), cap=st.integers(0, 10**11), gas=st.integers(21_000, 1 << 24))
@settings(max_examples=100, deadline=None)
def test_no_price_is_over_a_cap_and_one_that_would_be_is_refused(chain, budget, cap, gas):
    base, tip = chain.fees()
    try:
        bill = price(chain, gas, Limits(cap, budget))
    except GuardError as refused:
        assert "nothing was sent" in refused.hint or "not sent" in refused.hint
        assert cap < base + tip or budget < gas * (base + tip)
        return
    assert bill.max_fee <= cap and bill.wei <= budget and bill.max_fee >= base + tip


@given(
    fee=st.integers(1, 10**12), tip=st.none() | WEI, cap=st.none() | st.integers(1, 10**13),
    floor=st.builds(Floor, st.none() | st.integers(1, 10**13), st.none() | st.integers(1, 10**13)),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_a_bid_is_what_a_node_asks_for_within_the_cap_or_there_is_none(chain, fee, tip, cap, floor):
    bill = Bill(30_000, fee, None if tip is None else min(tip, fee))
    first = sign(chain, SIGNER, Call(SIGNER.address, b"x"), bill, 3)
    ceiling = cap if cap is not None else 3 * fee
    higher = bump_fees(chain, [first], Limits(cap), floor)
    if higher is None:
        room = max(1.1 * fee, 1.1 * (bill.priority_fee or 0), floor.tip or 0, floor.max_fee or 0)
        assert ceiling < room + 2
        return
    new = higher[1]
    assert new.max_fee <= ceiling and new.max_fee >= (floor.max_fee or 0)
    assert (new.max_fee if new.priority_fee is None else new.priority_fee) >= (floor.tip or 0)


# --- caps where they bind: drawn as parts of the band between the least and the most --------------

BAND = st.floats(-0.3, 1.3)


def within(low, high, part):
    return round(low + part * (high - low))


@given(
    gas=st.integers(21_000, 1 << 24), l1_wei=st.integers(0, 10**16),
    fee=st.none() | BAND, total=st.none() | BAND, agreed=st.none() | BAND,
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_the_price_is_the_lowest_ceiling_and_each_one_that_is_too_low_is_named(
    chain, gas, l1_wei, fee, total, agreed
):
    base, tip = chain.fees()
    least, roomy = base + tip, 2 * base + tip
    cap = None if fee is None else within(least, roomy, fee)
    budget, left = (
        None if part is None else within(gas * least + l1_wei, gas * roomy + l1_wei, part)
        for part in (total, agreed)
    )
    limits = Limits(cap, budget, left)
    try:
        bill = price(chain, gas, limits, l1_wei)
    except GuardError as refused:
        low_cap = cap is not None and cap < least
        assert ("max_fee_gwei" in refused.hint) == low_cap
        assert low_cap or budget < gas * least + l1_wei
        return
    except AllowanceError:
        assert left < gas * least + l1_wei
        assert cap is None or cap >= least
        return
    ceilings = [(wei - l1_wei) // gas for wei in (budget, left) if wei is not None]
    assert bill.max_fee == min([roomy, *ceilings, *([] if cap is None else [cap])])
    assert bill.priority_fee == min(tip, bill.max_fee) and bill.l1_wei == l1_wei
    assert bill.wei <= min([wei for wei in (budget, left) if wei is not None], default=bill.wei)


@given(
    fee=st.integers(10**9, 10**13), cap=st.none() | BAND, total=st.none() | BAND,
    agreed=st.none() | BAND, tip=st.none() | st.floats(0.1, 1),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_a_replacement_costs_no_more_than_the_lowest_ceiling(chain, fee, cap, total, agreed, tip):
    gas = 30_000
    bill = Bill(gas, fee, None if tip is None else round(tip * fee))
    first = sign(chain, SIGNER, Call(SIGNER.address, b"x"), bill, 3)
    low, high = 1.05 * fee, 1.2 * fee  # about what a replacement asks for
    limits = Limits(
        None if cap is None else within(low, high, cap),
        *(None if p is None else within(gas * low, gas * high, p) for p in (total, agreed)),
    )
    ceilings = [limits.max_fee, *(
        None if wei is None else wei // gas for wei in (limits.budget, limits.agreed)
    )]  # fmt: skip
    lowest = min((each for each in ceilings if each is not None), default=None)
    higher = bump_fees(chain, [first], limits)
    if higher is None:
        assert lowest is not None and lowest < 1.1 * fee + 2
        return
    _, new = higher
    assert lowest is None or new.max_fee <= lowest
    base, market_tip = chain.fees()
    wished = max(1.125 * fee, 2 * base + market_tip)
    if lowest is None or lowest >= wished + 2:
        assert abs(new.max_fee - wished) <= 2
    else:
        assert new.max_fee == lowest


def test_what_the_market_asks_is_paid_beyond_three_times_only_if_it_was_agreed_to(chain):
    base, tip = chain.fees()
    low = (2 * base + tip) // 10
    first = sign(chain, SIGNER, Call(SIGNER.address, b"x"), Bill(30_000, low, low // 2), 3)
    _, alone = bump_fees(chain, [first], Limits())
    assert alone.max_fee == 3 * low
    _, agreed = bump_fees(chain, [first], Limits(agreed=10**18))
    assert agreed.max_fee == 2 * base + tip


# --- a device that signs, and an account that pays ------------------------------------------------


class Wayward:
    """A signer that says it is `address`, and signs what it likes."""

    def __init__(self, signer, address, **other):
        self.signer, self.address, self.other = signer, address, other

    def sign(self, fields):
        return self.signer.sign({**fields, **self.other})


@pytest.mark.parametrize(
    "other",
    [
        {"to": "0x52908400098527886E0F7030069857D2E4169EE7"}, {"data": b"y"}, {"value": 1},
        {"nonce": 4}, {"chainId": 1}, {"gas": 30_001}, {"maxFeePerGas": 101},
        {"maxPriorityFeePerGas": 51},
    ],
)  # fmt: skip
def test_another_transaction_than_was_asked_for_is_not_sent(chain, other):
    call, bill = Call(SIGNER.address, b"x"), Bill(30_000, 100, 50)
    assert sign(chain, Wayward(SIGNER, SIGNER.address), call, bill, 3)
    with pytest.raises(MismatchError, match="signed another transaction than asked"):
        sign(chain, Wayward(SIGNER, SIGNER.address, **other), call, bill, 3)


def test_what_another_account_signed_is_not_sent(chain):
    other = key_signer("0x" + "42" * 32)
    with pytest.raises(MismatchError, match="signed another transaction than asked"):
        sign(chain, Wayward(other, SIGNER.address), Call(SIGNER.address, b"x"), Bill(1, 1, 1), 3)


def test_a_replacement_costs_no_more_than_the_account_has():
    gas, fee = 30_000, 10**9
    bill = Bill(gas, fee, fee)
    for balance, bid in ((gas * 2 * fee, 1.125), (gas * fee * 112 // 100, 1.12), (gas * fee, None)):
        poor = chain_of(FakeNode(eth_getBalance=hex(balance)))
        higher = bump_fees(
            poor, [sign(poor, SIGNER, Call(SIGNER.address, b"x"), bill, 3)], Limits()
        )
        assert (higher and higher[1].max_fee) == (bid and round(bid * fee))


@pytest.mark.parametrize("limits", [Limits(budget=1, agreed=2), Limits(budget=2, agreed=1)])
def test_a_bill_holds_the_l1_fee_and_the_lower_limit_holds_for_it(limits):
    assert Bill(30_000, 100, 1, 7).wei == 3_000_007
    assert limits.wei == 1
    assert Limits(agreed=2).wei == 2 and Limits().wei is None
