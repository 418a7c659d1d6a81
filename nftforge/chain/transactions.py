"""One transaction, exactly once: price it, sign it, and see it through whatever the node says.

A send error is never an outcome. The transaction may have been accepted before the connection
broke, or "already known" from our own earlier try; so after any complaint the chain is asked for
the hash, and only the chain's answer counts. `settle_transaction` may be called again and again
with the same signed bytes: it can be mined once only, for its nonce is part of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_utils import keccak

from nftforge.chain.rpc import Chain, RevertedError
from nftforge.chain.wallet import Signer
from nftforge.errors import FundsError, GuardError, ServiceError

GAS_MARGIN = 1.1
MAX_GAS = 1 << 24  # EIP-7825: no transaction may ask for more
PATIENCE_S = 300.0
POLL_S = 1.0
LAG_LOOKS = 5  # a node behind a balancer may know the nonce before the receipt


@dataclass(frozen=True)
class Call:
    """What to call: `to` is an address, `data` the calldata, `value` wei."""

    to: str
    data: bytes
    value: int = 0


@dataclass(frozen=True)
class Bill:
    """What a call may cost at most. Legacy chains have no priority fee."""

    gas: int
    max_fee: int  # wei a gas
    priority_fee: int | None

    @property
    def wei(self) -> int:
        return self.gas * self.max_fee


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


class NonceTakenError(Exception):
    """The nonce was consumed by another transaction: this one can never be mined."""


class FailedTransactionError(Exception):
    """Mined, and reverted: the gas is spent, nothing else happened."""


def max_fees(chain: Chain) -> tuple[int, int | None]:
    """(highest fee, priority fee) in wei a gas: room for the base fee to double (EIP-1559)."""
    fees = chain.fees()
    if fees is None:
        return chain.gas_price(), None
    base, priority = fees
    return 2 * base + priority, priority


def quote(chain: Chain, sender: str, call: Call, explain: Callable[[str], str] = str) -> Bill:
    """Try `call` without sending it, and price it.

    Raises GuardError with the contract's reason (`explain` puts revert data into words) if it
    would revert, FundsError if `sender` cannot pay for it.
    """
    transaction = {"from": sender, "to": call.to, "data": "0x" + call.data.hex()}
    max_fee, priority = max_fees(chain)
    try:
        chain.call(transaction)
        gas = min(MAX_GAS, int(chain.estimate_gas(transaction) * GAS_MARGIN))
    except RevertedError as error:
        raise GuardError(f"the contract refuses: {explain(error.data)}") from None
    bill = Bill(gas, max_fee, priority)
    balance = chain.balance(sender)
    if balance < bill.wei:
        raise FundsError(
            f"{sender} has {balance / 1e18:.6f} {chain.network.currency} on "
            f"{chain.network.name}, the next transaction may need {bill.wei / 1e18:.6f}",
            hint=f"send it {(bill.wei - balance) / 1e18:.6f} more and run again",
        )
    return bill


def sign(chain: Chain, signer: Signer, call: Call, bill: Bill, nonce: int) -> SignedTx:
    """Sign, sending nothing."""
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
    return SignedTx(raw, "0x" + keccak(raw).hex(), nonce, signer.address)


def settle_transaction(
    chain: Chain,
    signed: SignedTx,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Mapping[str, Any]:
    """See `signed` mined and confirmed, sending it if need be; returns the receipt.

    Raises NonceTakenError, FailedTransactionError, FundsError; ServiceError if it is not mined in
    PATIENCE_S (call again later: nothing is lost).
    """
    deadline, complaint, looks = clock() + PATIENCE_S, None, 0
    while True:
        receipt = chain.receipt(signed.hash)
        if receipt is not None:
            depth = chain.block_number() - receipt["blockNumber"] + 1
            if depth >= chain.network.confirmations:
                if receipt["status"] != 1:
                    raise FailedTransactionError(f"{signed.hash} was mined and reverted")
                return receipt
        elif chain.nonce(signed.sender) > signed.nonce:
            looks += 1
            if looks > LAG_LOOKS:
                raise NonceTakenError(f"nonce {signed.nonce} went to another transaction")
        else:
            complaint = chain.send_raw(signed.raw)
            if chain.receipt(signed.hash) is not None:
                continue  # an instant chain mined it, whatever it said
            if complaint and "insufficient funds" in complaint.lower():
                raise FundsError(f"{chain.where} answered: {complaint}")
        if clock() > deadline:
            raise ServiceError(
                f"{signed.hash} is not confirmed after {PATIENCE_S:.0f} s"
                + (f" ({chain.where} said: {complaint})" if complaint else ""),
                hint="run the same command again: it goes on waiting and sends nothing twice",
            )
        sleep(POLL_S)
