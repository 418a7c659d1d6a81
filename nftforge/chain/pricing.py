"""What a transaction may cost: tried on the chain, priced with room, held to limits.

Sources: EIP-1559 (fees), EIP-7825 (2^24 gas), https://docs.optimism.io (the L1 fee).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from nftforge.chain.connection import Chain
from nftforge.chain.links import faucet_lines
from nftforge.core.errors import (
    AllowanceError,
    ContractRefusesError,
    FundsError,
    GuardError,
    RevertedError,
)

GAS_PRICE_ORACLE = "0x420000000000000000000000000000000000000F"  # on every OP stack rollup
GET_L1_FEE = [
    {
        "type": "function",
        "name": "getL1Fee",
        "stateMutability": "view",
        "inputs": [{"name": "data", "type": "bytes"}],
        "outputs": [{"name": "", "type": "uint256"}],
    }
]
GAS_MARGIN = 1.1
L1_MARGIN = 1.5  # no signature bounds the L1 fee, and it is taken at the price of a later block
MAX_GAS = 1 << 24  # EIP-7825: no transaction may ask for more


@dataclass(frozen=True)
class Limits:
    """What may be spent, in wei. None: no limit set."""

    max_fee: int | None = None  # a gas
    budget: int | None = None  # what is left of the collection's total
    agreed: int | None = None  # what is left of what was agreed to in this run

    @property
    def wei(self) -> int | None:
        """What one transaction may cost."""
        return min((wei for wei in (self.budget, self.agreed) if wei is not None), default=None)


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Call:
    """What to call: `to` is an address, `data` the calldata, `value` wei."""

    to: str
    data: bytes
    value: int = 0

    def fields(self, sender: str) -> dict[str, str]:
        """As eth_call and eth_estimateGas take it."""
        fields = {"from": sender, "to": self.to, "data": "0x" + self.data.hex()}
        return {**fields, "value": hex(self.value)} if self.value else fields


@dataclass(frozen=True)
class Bill:
    """What a call may cost at most. Legacy chains have no priority fee."""

    gas: int
    max_fee: int  # wei a gas
    priority_fee: int | None
    l1_wei: int = field(default=0, compare=False)  # beside the gas; stands in no signature

    @property
    def wei(self) -> int:
        return self.gas * self.max_fee + self.l1_wei


def market(chain: Chain) -> tuple[int, int, int | None]:
    """(lowest fee that would do now, a fee with room, priority fee), wei a gas.

    The room lets the base fee double (EIP-1559: six full blocks in a row).
    """
    fees = chain.fees()
    if fees is None:
        price = chain.gas_price()
        return price, price, None
    base, priority = fees
    return base + priority, 2 * base + priority, priority


def price(chain: Chain, gas: int, limits: Limits = NO_LIMITS, l1_wei: int = 0) -> Bill:
    """What `gas` costs now, within `limits`.

    Raises GuardError naming the cap that is too low, AllowanceError if more has to be agreed to.
    """
    least, roomy, priority = market(chain)
    currency, cheapest = chain.network.currency, gas * least + l1_wei
    if limits.max_fee is not None and limits.max_fee < least:
        raise GuardError(
            f"gas costs {least / 1e9:.3f} gwei on {chain.network.name}, over the cap of "
            f"{limits.max_fee / 1e9:.3f}",
            hint="wait for lower fees, or raise `mint: {max_fee_gwei: ...}`; nothing was sent",
        )
    if limits.budget is not None and limits.budget < cheapest:
        raise GuardError(
            f"the next transaction costs at least {cheapest / 1e18:.6f} {currency}, and "
            f"{max(0, limits.budget) / 1e18:.6f} is left of the total allowed",
            hint="raise `mint: {max_total_eth: ...}` and run again; it was not sent",
        )
    if limits.agreed is not None and limits.agreed < cheapest:
        raise AllowanceError(
            f"the next transaction costs at least {cheapest / 1e18:.6f} {currency}",
            gas=math.ceil(gas / GAS_MARGIN),
        )
    ceilings = [limits.max_fee, None if limits.wei is None else (limits.wei - l1_wei) // gas]
    max_fee = min([roomy, *(ceiling for ceiling in ceilings if ceiling is not None)])
    return Bill(gas, max_fee, None if priority is None else min(priority, max_fee), l1_wei)


def quote(
    chain: Chain,
    sender: str,
    call: Call,
    explain: Callable[[str], str] = str,
    limits: Limits = NO_LIMITS,
    least_gas: int = 0,
) -> Bill:
    """Try `call` without sending it, and price it.

    `least_gas` is what it was measured to use: a node that estimates less is not believed. Raises
    ContractRefusesError with the contract's reason (`explain` puts revert data into words) or,
    where it gave none, the node's words, if it would revert; GuardError if it needs more gas than a
    transaction may, or costs more than `limits`; AllowanceError if more has to be agreed to;
    FundsError if `sender` cannot pay for it.
    """
    try:
        chain.call(call.fields(sender))
        estimate = max(least_gas, chain.estimate_gas(call.fields(sender)))
    except RevertedError as error:
        silent = error.data in ("", "0x") and "revert" not in error.fact.lower()
        reason = error.fact if silent else explain(error.data)
        raise ContractRefusesError(f"the contract refuses: {reason}") from None
    if estimate > MAX_GAS:
        raise GuardError(
            f"this transaction needs {estimate:,} gas, and no chain takes one above "
            f"{MAX_GAS:,} (EIP-7825)",
            hint="it was not sent; mint fewer tokens at a time",
        )
    gas, l1_wei = min(MAX_GAS, int(estimate * GAS_MARGIN)), l1_at_most(chain, call)
    bill = price(chain, gas, limits, l1_wei)
    balance, needed = chain.balance(sender), bill.wei
    if balance < needed:
        raise FundsError(
            f"{sender} has {balance / 1e18:.6f} {chain.network.currency} on "
            f"{chain.network.name}, the next transaction may need {needed / 1e18:.6f}",
            *faucet_lines(chain.chain_id),
            hint=f"send it {(needed - balance) / 1e18:.6f} more and run again",
        )
    return bill


def l1_at_most(chain: Chain, call: Call) -> int:
    """What has to be set aside for the L1 fee: it rises until a block takes the transaction."""
    return int(l1_fee(chain, call) * L1_MARGIN)


def l1_fee(chain: Chain, call: Call) -> int:
    """Wei that an OP stack rollup takes beside the gas for the data; 0 elsewhere.

    Asked of its GasPriceOracle, with a transaction's overhead of about 120 bytes.
    Source: https://docs.optimism.io, "GasPriceOracle", getL1Fee(bytes).
    """
    if not chain.network.op_stack:
        return 0
    from web3.exceptions import BadFunctionCallOutput

    oracle = chain.contract(GAS_PRICE_ORACLE, GET_L1_FEE).functions
    try:
        return int(oracle.getL1Fee(bytes(120) + call.data).call())
    except (RevertedError, BadFunctionCallOutput):
        return 0
