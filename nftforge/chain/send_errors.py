"""What nodes say when a transaction is sent, sorted by what to do next.

JSON-RPC has no agreed error codes for this (-32000 means anything), so the words decide. None of
them is an outcome: whatever is said, the chain is asked for the hash first. The meaning only says
what to try when the hash is nowhere. First match wins.

Sources, read at these paths:
  geth        github.com/ethereum/go-ethereum       core/txpool/errors.go, core/error.go,
                                                    internal/ethapi (fee cap)
  erigon      github.com/erigontech/erigon          erigon-lib/txpool/txpoolcfg/txpoolcfg.go
  nethermind  github.com/NethermindEth/nethermind   Nethermind.TxPool/AcceptTxResult.cs
  besu        github.com/hyperledger/besu           .../jsonrpc/internal/response/RpcErrorType.java
  anvil       github.com/foundry-rs/foundry         crates/anvil/src/eth/error.rs (and tried: 1.7.1)
  hardhat     tried: 3.18 (also its Hardhat 2 wording)
  others      github.com/smartcontractkit/chainlink core/chains/evm/client/errors.go (arbitrum,
              parity); providers' documentation of their limits (Alchemy, Infura, QuickNode)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from nftforge.core.retry import asked_wait


class Meaning(Enum):
    """What to do about a complaint once the hash was looked for and not found."""

    KNOWN = "this node has it: wait"
    NONCE_LOW = "the chain has consumed the nonce: find out by whom"
    NONCE_HIGH = "a transaction before it is missing: wait"
    UNDERPRICED = "another transaction holds the nonce: pay more, or wait"
    FEE_LOW = "below what is asked for now: pay more, or wait"
    FUNDS = "the balance does not cover it"
    BUSY = "the node is too busy or not in sync: try again, or elsewhere"
    REVERTED = "the node ran it and it failed: it is mined, or soon refused"
    REFUSED = "never as it is: sign another one"
    UNCLEAR = "anything else: look again and send again"


@dataclass(frozen=True)
class Floor:
    """The least that a node says it takes, in wei a gas; None: it named no such number."""

    tip: int | None = None
    max_fee: int | None = None


@dataclass(frozen=True)
class SendAnswer:
    """What a node said when it was handed a transaction; not an outcome."""

    meaning: Meaning
    words: str
    wait_s: float | None = None  # how long it asks to be left alone

    @property
    def floor(self) -> Floor | None:
        """What it asks for, if it says that the fee is too low and names a number."""
        fee = self.meaning in (Meaning.FEE_LOW, Meaning.UNDERPRICED)
        return floor_in(self.words) if fee else None


# (pattern, meaning); who says so stands behind it.
_TABLE: tuple[tuple[str, Meaning], ...] = (
    # --- it is there
    (r"already known", Meaning.KNOWN),  # geth, erigon, nethermind, hardhat ("Known transaction")
    (r"known transaction", Meaning.KNOWN),  # besu, old geth, hardhat
    (r"already ?imported", Meaning.KNOWN),  # anvil "already Imported", parity, substrate
    (r"existing tx with same hash", Meaning.KNOWN),  # erigon (DuplicateHash)
    (r"alreadyknown|ownnoncealreadyused", Meaning.KNOWN),  # nethermind before 2025
    (r"already in (?:the )?(?:mempool|system|pool)", Meaning.KNOWN),  # zksync, providers
    # --- the nonce
    (r"nonce (?:is )?too low", Meaning.NONCE_LOW),  # geth, erigon, besu, anvil, parity, hardhat
    (r"oldnonce|invalid transaction nonce|nonce has already been used", Meaning.NONCE_LOW),
    (r"nonce (?:is )?too high|noncegap|nonce gap", Meaning.NONCE_HIGH),  # nethermind, hardhat
    (r"too distant from|nonce too far|lower nonce", Meaning.NONCE_HIGH),  # besu, nethermind
    # --- someone else at this nonce ("underpriced" alone is about the fee)
    (r"replacement .*underpriced", Meaning.UNDERPRICED),  # geth, erigon, besu, nethermind, bor
    (r"to replace (?:the )?existing tra", Meaning.UNDERPRICED),  # anvil, reth
    (r"could not replace existing tx|replacementnotallowed", Meaning.UNDERPRICED),  # erigon, old NM
    (r"another transaction with same nonce|replacement fee too low", Meaning.UNDERPRICED),  # parity
    (r"future transaction tries to replace", Meaning.UNDERPRICED),  # geth
    # --- the node's own configuration refuses the fee (before "fee ..." below)
    (r"exceeds the configured cap|fee cap exceeded", Meaning.REFUSED),  # geth, besu
    # --- the fee
    (r"(?:less|lower) than (?:the )?(?:block|current|pool).*base ?fee", Meaning.FEE_LOW),  # geth
    (r"below current base fee|minimum gas price|gas price minimum", Meaning.FEE_LOW),  # besu, celo
    (r"base ?fee exceeds gas limit|too low for the next block", Meaning.FEE_LOW),  # hardhat
    (r"underpriced|fee ?too ?low|feetoolow", Meaning.FEE_LOW),  # geth, erigon, nethermind
    (r"gas price (?:is |supplied is )?too low|tip cap", Meaning.FEE_LOW),  # arbitrum, parity, bor
    # --- money
    (r"insufficient ?(?:funds|balance)", Meaning.FUNDS),  # geth, erigon, nethermind, anvil
    (r"not enough funds|doesn't have enough funds|overdraft", Meaning.FUNDS),  # arbitrum, hardhat
    (r"upfront cost exceeds", Meaning.FUNDS),  # besu
    # --- come back later
    (r"rate limit|too many requests|compute units|request (?:rate|limit)", Meaning.BUSY),
    (r"limit exceeded|capacity|quota|throttl", Meaning.BUSY),  # alchemy, infura, quicknode
    (r"(?:pool|queue) (?:is )?full|account limit exceeded|spammer", Meaning.BUSY),  # geth, erigon
    (r"sync|pool not enabled|unavailable|time[d -]*out|bad gateway", Meaning.BUSY),  # besu, proxies
    # --- it ran and failed
    (r"revert", Meaning.REVERTED),  # hardhat with automine: mined all the same
    # --- never
    (r"intrinsic ?gas|exceeds block gas limit|gas limit (?:reached|exceeds|is greater)",
     Meaning.REFUSED),  # geth, besu, anvil, nethermind
    (r"requires at least \d+ gas", Meaning.REFUSED),  # hardhat
    (r"gas limit.*cap|gaslimitexceeded|exceeds .*gas (?:limit|cap)", Meaning.REFUSED),  # EIP-7825
    (r"chain ?id|eip-?155|signed for another chain|replay", Meaning.REFUSED),  # besu, anvil, geth
    (r"oversized|too large|too long|initcode|rlptoolong|maxtxsize", Meaning.REFUSED),  # size
    (r"invalid (?:sender|signature)|resolve ?sender|recover", Meaning.REFUSED),  # signature
    (r"type not supported|transaction type|not supported at|unsupported", Meaning.REFUSED),  # type
    (r"not an eoa|sendernoeoa|sender ?is ?contract|not authorized|reserved", Meaning.REFUSED),
    (r"priority fee per gas (?:higher|exceeds|greater)|overflow|negative value", Meaning.REFUSED),
    (r"decode|rlp|no signed transaction", Meaning.REFUSED),  # bytes that are no transaction
)  # fmt: skip

_COMPILED = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), m) for pattern, m in _TABLE)


def meaning_of(complaint: str) -> Meaning:
    """What a node means by `complaint`, an error message about a sent transaction."""
    return next((m for pattern, m in _COMPILED if pattern.search(complaint)), Meaning.UNCLEAR)


# --- numbers in the words -------------------------------------------------------------------------

_ASKS_TO_WAIT = re.compile(
    r"rate.?limit|too many requests|compute units|request (?:rate|limit)"
    r"|requests? per (?:second|minute)|throttl", re.IGNORECASE
)  # fmt: skip
_WAIT = re.compile(
    r"(?:retry|again|wait|back ?off)\D{0,20}?(\d+(?:\.\d+)?) ?"
    r"(ms|milli\w*|s|sec\w*|m|min\w*)?\b", re.IGNORECASE
)  # fmt: skip
_AMOUNT = r"[ :=]*(\d+(?:\.\d+)?) ?(gwei|wei)?\b"
# (pattern, whether the number is a tip, and not the whole price); first match wins
_FLOORS = tuple(
    (re.compile(pattern + _AMOUNT, re.IGNORECASE | re.DOTALL), is_tip)
    for pattern, is_tip in (
        (r"fee cap .*minimum needed", False),  # geth's forks with a least fee cap
        (r"minimum needed", True),  # geth, bor, bsc: "gas tip cap 1, minimum needed 25000000000"
        (r"tip needed", True),  # geth 1.13, bsc: "tip needed 3000000000, tip permitted 1"
        (r"minimum (?:gas )?(?:tip|priority fee)(?: cap| per gas)?(?: is| of)?", True),
        (r"(?:tip|priority ?fee)\D{0,40}(?:at least|minimum(?: is| of)?)", True),
        (r"priorityfeepergas too low \d+ <", True),  # nethermind
        (r"(?:price|fee)\D{0,40}(?:at least|minimum(?: is| of)?)", False),  # hardhat, celo
        (r"(?:minimum gas price|gas price minimum|price below minimum)(?: is| of)?", False),  # besu
        (r"base ?fee(?:pergas)?(?: of)?", False),  # geth, hardhat: below the next block's base fee
    )
)


def asks_to_wait(words: str) -> bool:
    """Whether an error is about how often a node is asked, not about what."""
    return bool(_ASKS_TO_WAIT.search(words)) and "revert" not in words.lower()


def wait_in(words: str) -> float | None:
    """Seconds that `words` ask to wait, as `asked_wait` takes them."""
    found = _WAIT.search(words)
    if not found:
        return None
    unit = (found[2] or "s").lower()
    factor = 0.001 if unit.startswith(("ms", "mil")) else 60 if unit[0] == "m" else 1
    return asked_wait(float(found[1]) * factor)


def floor_in(words: str) -> Floor | None:
    """The least fee that `words` name. A number without a unit is wei, as nodes reckon."""
    for pattern, is_tip in _FLOORS:
        if found := pattern.search(words):
            wei = round(float(found[1]) * (10**9 if (found[2] or "").lower() == "gwei" else 1))
            return Floor(tip=wei) if is_tip else Floor(max_fee=wei)
    return None
