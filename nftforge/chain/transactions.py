"""One transaction, exactly once: sign it, and see it through whatever the nodes say.

A send error is never an outcome. The transaction may have been accepted before the connection
broke, or be "already known" from our own earlier try. So after any complaint the chain is asked
for every hash ever signed for the nonce, and only the chain's answer counts. Calling
`confirm` again and again with the same attempts is safe: they share one nonce, of which the
chain takes one.

    mined and deep enough         done, with the receipt that is canonical by then
    mined, then reorganised away  sent again, the same bytes
    nonce gone to another         NonceTakenError, once that is as deep, and no node has a receipt
    a nonce before ours missing   NonceGapError: what was done before it was undone; nothing is bid
    a fee too low, with a number  signed again for that, at once, within the caps
    stuck                         signed again with higher fees, up to the caps, then a clear stop
    asked to wait                 waited, and no reason to pay more

Stuck is what a node has taken, and what is not mined a while after that: a node that says "429" or
nothing has not taken it.

Source of the bumps: geth's rule for replacements, at least 10 % more of both the fee cap and the
tip.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import rlp
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes

from nftforge.chain.connection import Chain, Receipt
from nftforge.chain.networks import Network
from nftforge.chain.pricing import Bill, Call, Limits, l1_at_most, market
from nftforge.chain.send_errors import Floor, Meaning, SendAnswer
from nftforge.chain.wallet import Signer
from nftforge.core.errors import (
    FailedTransactionError,
    FundsError,
    MismatchError,
    NonceGapError,
    NonceTakenError,
    ServiceError,
    StuckError,
    TransactionRefusedError,
    WentBackError,
)
from nftforge.core.retry import Clock, Sleep

BUMP = 9 / 8  # a replacement pays 12.5 % more; nodes ask for 10 %
MIN_BUMP = 1.1
MAX_RISE = 3  # without a cap in the config, a stuck transaction may cost three times the first try
LAG_LOOKS = 5  # a node behind a balancer may know the nonce before the receipt, or neither
TOO_LOW = (Meaning.FEE_LOW, Meaning.UNDERPRICED)


@dataclass(frozen=True)
class Timing:
    """How long to wait for what, in seconds."""

    poll_s: float
    resend_s: float  # the same bytes again, in case they were lost
    bump_s: float  # then pay more
    patience_s: float  # then stop; the next run goes on

    @classmethod
    def of(cls, network: Network) -> Timing:
        """What suits a network's blocks."""
        if network.is_rehearsal:
            return cls(network.poll_s, network.block_s, 5 * network.block_s, 120.0)
        return cls(network.poll_s, 15.0, max(30.0, 5 * network.block_s), 900.0)


@dataclass(frozen=True)
class SignedTx:
    """A signed transaction; public once sent, so it may be journaled. `hash` is 0x and hex."""

    raw: bytes
    hash: str
    nonce: int
    sender: str

    def to_json(self) -> dict[str, Any]:
        raw = "0x" + self.raw.hex()
        return {"raw": raw, "hash": self.hash, "nonce": self.nonce, "sender": self.sender}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> SignedTx:
        raw = bytes.fromhex(fields["raw"][2:])
        return cls(raw, fields["hash"], fields["nonce"], fields["sender"])


# --- signing ------------------------------------------------------------------------------------


def sign(chain: Chain, signer: Signer, call: Call, bill: Bill, nonce: int) -> SignedTx:
    """Sign, sending nothing. Raises MismatchError if something else was signed, or by another."""
    fields: dict[str, Any] = {
        "chainId": chain.chain_id,
        "nonce": nonce,
        "to": call.to,
        "data": call.data,
        "value": call.value,
        "gas": bill.gas,
    }
    if bill.priority_fee is None:
        fields["gasPrice"] = bill.max_fee
    else:
        fields |= {
            "type": 2,
            "maxFeePerGas": bill.max_fee,
            "maxPriorityFeePerGas": bill.priority_fee,
        }
    raw = signer.sign(fields)
    wanted = (chain.chain_id, nonce, _call(call.to, call.data, call.value), bill)
    if _read(raw) != wanted or Account.recover_transaction(raw) != signer.address:
        raise MismatchError(f"{signer!r} signed another transaction than asked; it was not sent")
    return SignedTx(raw, "0x" + keccak(raw).hex(), nonce, signer.address)


def unsign(signed: SignedTx) -> tuple[Call, Bill]:
    """What was signed, read back from the raw bytes. Raises MismatchError if they are not."""
    try:
        _, _, call, bill = _read(signed.raw)
    except Exception:  # whatever a decoder makes of such bytes: there is no list of it
        raise MismatchError(
            f"{signed.hash}: the journal's bytes are no signed transaction",
            hint="move the journal away and run again: what is minted is read from the chain",
        ) from None
    return call, bill


def read_signed(raw: bytes) -> tuple[int, Call, SignedTx]:
    """(chain id, call, the transaction with its own hash, nonce and sender), from the bytes alone.

    Raises whatever its decoders do for bytes that are no signed transaction.
    """
    chain_id, nonce, call, _ = _read(raw)
    sender = str(Account.recover_transaction(raw))
    return chain_id, call, SignedTx(raw, "0x" + keccak(raw).hex(), nonce, sender)


def _read(raw: bytes) -> tuple[int, int, Call, Bill]:
    """(chain id, nonce, call, bill) of a signed transaction."""
    if raw[0] < 0x80:  # EIP-2718: a typed transaction
        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        bill = Bill(fields["gas"], fields["maxFeePerGas"], fields["maxPriorityFeePerGas"])
        call = _call(fields["to"], fields["data"], fields["value"])
        return fields["chainId"], fields["nonce"], call, bill
    nonce, price, gas, to, value, data, v, _, _ = rlp.decode(raw)
    numbers = [int.from_bytes(number, "big") for number in (nonce, price, gas, value, v)]
    call, bill = _call(to, data, numbers[3]), Bill(numbers[2], numbers[1], None)
    return (numbers[4] - 35) // 2, numbers[0], call, bill


def _call(to: Any, data: Any, value: int) -> Call:
    return Call(to_checksum_address(bytes(HexBytes(to))), bytes(HexBytes(data)), value)


def bump_fees(
    chain: Chain, attempts: Sequence[SignedTx], limits: Limits, floor: Floor | None = None
) -> tuple[Call, Bill] | None:
    """The same call at higher fees, for a replacement that nodes accept; None at the cap.

    The caps: `limits`, what the sender's balance covers, and without `limits.max_fee` three times
    the first attempt, or what the market asks if that was agreed to. `floor` is the least that a
    node says it takes.
    """
    floor = floor or Floor()
    call, last = unsign(attempts[-1])
    l1_wei = l1_at_most(chain, call)
    _, roomy, priority = market(chain)
    first = unsign(attempts[0])[1].max_fee
    rise = MAX_RISE * first if limits.agreed is None else max(MAX_RISE * first, roomy)
    ceiling = min(
        limits.max_fee if limits.max_fee is not None else rise,
        (chain.balance(attempts[-1].sender) - l1_wei) // last.gas,
        *(() if limits.wei is None else ((limits.wei - l1_wei) // last.gas,)),
    )
    least_tip = floor.tip or 0
    least = max(floor.max_fee or 0, least_tip)
    roomy += max(0, least_tip - (priority or 0)) if least_tip else 0
    max_fee = min(ceiling, max(_times(last.max_fee, BUMP), roomy, least))
    if max_fee < max(least, _times(last.max_fee, MIN_BUMP)):
        return None
    if last.priority_fee is None:
        return call, replace(last, max_fee=max_fee, l1_wei=l1_wei)
    tip = min(max_fee, max(_times(last.priority_fee, BUMP), priority or 0, least_tip))
    if tip < _times(last.priority_fee, MIN_BUMP):
        return None
    return call, Bill(last.gas, max_fee, tip, l1_wei)


def _times(wei: int, factor: float) -> int:
    """Rounded up, and at least one wei more."""
    return max(wei + 1, -int(-wei * round(factor * 1000) // 1000))


# --- seeing it through --------------------------------------------------------------------------

Bump = Callable[[Sequence[SignedTx], Floor | None], SignedTx | None]
"""Signs and journals a replacement of the last attempt; None if a cap forbids it."""

OnDepth = Callable[[int], None]
"""Called at every look with how many confirmations there are; 0: it is not mined."""


def confirm(
    chain: Chain,
    attempts: Sequence[SignedTx],
    bump: Bump | None = None,
    *,
    on_depth: OnDepth = lambda depth: None,
    timing: Timing | None = None,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
) -> Receipt:
    """See one of `attempts` (all of one nonce) mined and confirmed, sending the last if need be.

    Raises NonceTakenError, NonceGapError, FailedTransactionError, TransactionRefusedError,
    FundsError; StuckError if it is stuck at the fee cap; ServiceError if it is not mined in time
    (call again: nothing is lost).
    """
    tries, timing = list(attempts), timing or Timing.of(chain.network)
    nonce, sender = tries[0].nonce, tries[0].sender
    started = send_at = clock()
    since: float | None = None  # when a node took the last attempt, or wanted more for it
    complaint: SendAnswer | None = None
    looks = 0
    while True:
        head = chain.head()
        mined = _mined(chain, tries)
        consumed = nonce if mined else _consumed(chain, sender, head)
        on_depth(max(0, head - mined.block + 1) if mined else 0)
        if mined:
            if mined.block <= chain.settled(head) and _is_canonical(chain, mined):
                if not mined.ok:
                    raise FailedTransactionError(
                        f"{mined.hash} was mined in block {mined.block} and reverted",
                        mined.paid_wei,
                    )
                return mined
        elif consumed is None:
            pass  # undone while we looked
        elif consumed > nonce:
            looks += 1
            if looks > LAG_LOOKS and chain.nonce(sender, chain.settled(head)) > nonce:
                raise NonceTakenError(f"nonce {nonce} of {sender} went to another transaction")
        elif consumed < nonce:
            looks += 1
            if looks > LAG_LOOKS:
                raise NonceGapError(
                    f"nonce {nonce} of {sender} cannot be used: the chain waits for {consumed}",
                    consumed,
                )
        else:
            looks = 0
            _stop_if_hopeless(chain, complaint)
            stuck = since is not None and clock() - since >= timing.bump_s
            too_low = complaint is not None and complaint.meaning is Meaning.FEE_LOW
            if bump and (stuck or too_low):
                floor = complaint.floor if complaint else None
                higher = bump(tries, floor)
                if higher:
                    tries.append(higher)
                    send_at, since, complaint = clock(), None, None
                elif stuck or floor:
                    raise _stuck(chain, tries[-1], complaint)
            if clock() >= send_at:
                complaint = chain.send_raw(tries[-1].raw)
                send_at = clock() + timing.resend_s
                if since is None and _is_taken(complaint):
                    since = clock()
                if _mined(chain, tries):
                    continue  # an instant chain mined it, whatever it said
                if complaint and complaint.wait_s:
                    _wait_as_asked(chain, complaint, timing.patience_s - (clock() - started), sleep)
                    send_at = clock()
                    continue
        if clock() - started > timing.patience_s:
            raise _not_yet(chain, tries[-1], mined, complaint, timing)
        sleep(timing.poll_s)


def _is_taken(answer: SendAnswer | None) -> bool:
    """Whether the clock starts after which it counts as stuck."""
    return answer is None or answer.meaning in (Meaning.KNOWN, *TOO_LOW)


def _wait_as_asked(chain: Chain, asked: SendAnswer, left_s: float, sleep: Sleep) -> None:
    wait_s = asked.wait_s or 0.0
    if wait_s > left_s:
        raise ServiceError(
            f"a wait of {wait_s:.0f} s is asked for by {chain.where} ({asked.words}), longer than "
            "this run waits",
            hint="run the same command again then: it sends the same transaction, and nothing "
            "twice",
        )
    sleep(wait_s)


def _mined(chain: Chain, tries: Sequence[SignedTx]) -> Receipt | None:
    """The receipt of whichever attempt was mined, newest first."""
    return next((found for tx in reversed(tries) if (found := chain.receipt(tx.hash))), None)


def _consumed(chain: Chain, sender: str, head: int) -> int | None:
    """How many nonces are; None if the block that was the newest is not there any more."""
    try:
        return chain.nonce(sender, head)
    except WentBackError:
        return None


def _is_canonical(chain: Chain, receipt: Receipt) -> bool:
    """Whether the block of this receipt is still the chain's; all nodes must say so."""
    try:
        return chain.block_hash(receipt.block) == receipt.block_hash
    except WentBackError:
        return False


def _stop_if_hopeless(chain: Chain, complaint: SendAnswer | None) -> None:
    """Raise what a complaint amounts to once the hash was looked for in vain."""
    if complaint is None:
        return
    if complaint.meaning is Meaning.FUNDS:
        raise FundsError(
            f"{chain.where} answered: {complaint.words}",
            hint="top up the account and run again: the same transaction is sent",
        )
    if complaint.meaning is Meaning.REFUSED:
        raise TransactionRefusedError(f"{chain.where} answered: {complaint.words}")


def _stuck(chain: Chain, last: SignedTx, complaint: SendAnswer | None) -> StuckError:
    bill = unsign(last)[1]
    said = f"; {chain.where} said: {complaint.words}" if complaint else ""
    return StuckError(
        f"nonce {last.nonce} is not mined at {bill.max_fee / 1e9:.3f} gwei, the most that is "
        f"allowed{said}",
        hint="raise `mint: {max_fee_gwei: ...}`, or wait, and run again: it goes on with the "
        "same nonce, and nothing is sent twice",
        floor=complaint.floor if complaint else None,
    )


def _not_yet(
    chain: Chain,
    last: SignedTx,
    mined: Receipt | None,
    complaint: SendAnswer | None,
    timing: Timing,
) -> ServiceError:
    where = f"is in block {mined.block}, not yet confirmed" if mined else "is not mined"
    said = f" ({chain.where} said: {complaint.words})" if complaint and not mined else ""
    return ServiceError(
        f"{last.hash} {where} after {timing.patience_s:.0f} s{said}",
        hint="run the same command again: it goes on waiting and sends nothing twice",
    )
