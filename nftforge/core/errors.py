"""Every error nftforge raises on purpose, and the exit code each one becomes.

    NftforgeError                       (never raised itself)
    ├── ConfigError            exit 2   bad usage, bad collection.yaml, a value out of range
    │   └── PictureError                a picture that is missing, corrupt or too large
    ├── MissingError           exit 3   missing on this machine: a program, disk space, a key
    ├── ServiceError           exit 4   an RPC, gateway or pinning service failed, after retries
    │   ├── ServiceRefusedError         a service understood and said no
    │   ├── WentBackError               a block that was asked about is not on the chain any more
    │   ├── ContradictionError          nodes differ, or one says what cannot be
    │   ├── TooWideError                a node shows no logs of so many blocks at once
    │   └── PendingError                a gateway does not have it, or not yet
    ├── FundsError             exit 5   not enough funds for the next transaction
    ├── MismatchError          exit 6   bytes, a CID or chain state differ from what was promised
    │   ├── NotFoundError               what was promised is not there at all
    │   └── LimitError                  a stranger's file takes more than any real one (`limits`)
    ├── GuardError             exit 7   refused: would cost money, overwrite, hit a wrong chain
    │   ├── StuckError                  sent, and not mined at the most that may be paid
    │   ├── UnknownTokensError          minted, and nothing here says which pieces they are
    │   └── ContractRefusesError        a call that was tried and would fail; not sent
    └── RevertedError          exit 7   a contract refuses a call; it carries what the contract said

    InternalError                       (internal: caught and explained before anyone sees it)
    ├── NoAnswerError                   a node gave no answer that can be trusted
    │   └── BusyError                   a node asks to be left alone for a while
    ├── RpcError                        a node understood a request and declined it
    ├── NonceTakenError                 another transaction has the nonce of ours
    ├── NonceGapError                   a transaction before ours is not on the chain any more
    ├── TransactionRefusedError         nodes refuse the signed bytes for what they are
    ├── FailedTransactionError          mined, and reverted
    ├── BadAnswerError                  an answer that is not what a service's API promises
    ├── StoppedError                    another thread was interrupted
    ├── IntentVoidError                 what was intended is given up: plan again
    ├── AllowanceError                  going on would cost more than was agreed to
    ├── OvertakenError                  someone else changed the contract: plan anew
    └── UntranslatableError             a brush has what its JavaScript cannot say

A message says the fact, the value and the next command; it never holds a secret. Several facts are
several lines; a value in one never begins a line. `hint` is that
next command on a line of its own. KeyboardInterrupt becomes exit 130.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from nftforge.core.redaction import without_hex


def quoted(value: object, most: int = 60) -> str:
    """A value as a message shows it: on one line, and no private key. What is longer than helps is
    not shown at all: a part of a secret is not known for one, and would pass every guard."""
    text = without_hex(repr(value))
    return text if len(text) <= most else f"<{len(str(value))} letters>"


class NftforgeError(Exception):
    """Base of the tree above. `exit_code` is what the process returns."""

    exit_code = 1

    def __init__(self, *facts: str, hint: str = "") -> None:
        super().__init__(*facts)
        self.facts = facts
        self.fact = "\n".join(facts)
        self.hint = hint

    @property
    def in_a_line(self) -> str:
        """All facts, to be told within a sentence."""
        return "; ".join(self.facts)

    def __str__(self) -> str:
        return f"{self.fact}\n  {self.hint}" if self.hint else self.fact


class ConfigError(NftforgeError):
    """Bad usage or a bad collection file; names the file and, where known, the line."""

    exit_code = 2


class PictureError(ConfigError):
    """A picture that is missing, unreadable, corrupt or too large; names the file."""


class MissingError(NftforgeError):
    """Something this machine lacks: a program, a package, disk space, a writable folder, a key."""

    exit_code = 3


class ServiceError(NftforgeError):
    """A remote service (RPC, gateway, pinning service) failed and retries did not help."""

    exit_code = 4


class ContradictionError(ServiceError):
    """Nodes differ, or one says what cannot be: nothing is to be decided without that answer."""


class FundsError(NftforgeError):
    """The signer's balance does not cover the next transaction."""

    exit_code = 5


class MismatchError(NftforgeError):
    """What was read back (bytes, CID, chain state) is not what was promised."""

    exit_code = 6


class GuardError(NftforgeError):
    """Refused on purpose: wrong chain, someone else's contract, a mainnet without consent."""

    exit_code = 7


class StuckError(GuardError):
    """Sent, and not mined at the most that may be paid for it.

    `floor`: the least that a node says it takes (`chain.send_errors.Floor`), if it said so.
    """

    def __init__(self, fact: str, *, hint: str = "", floor: Any = None) -> None:
        super().__init__(fact, hint=hint)
        self.floor = floor


class UnknownTokensError(GuardError):
    """Tokens on chain of which nothing on this machine says which pieces they are."""


class ContractRefusesError(GuardError):
    """A call that would fail, tried before it was sent; perhaps someone else did the same."""


class RevertedError(NftforgeError):
    """A call that the contract refuses; `data` is what it said (0x and hex), for decoding."""

    exit_code = 7

    def __init__(self, fact: str, data: str) -> None:
        super().__init__(fact)
        self.data = data


T = TypeVar("T")


def all_of(looks: Iterable[Callable[[], T]]) -> list[T]:
    """What each of `looks` returns. Raises what they raise, all of it as one error of the first
    one's kind: who mends one thing shall not be told of the next only then."""
    found: list[T] = []
    errors: list[NftforgeError] = []
    for look in looks:
        try:
            found.append(look())
        except NftforgeError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        kinds = (ConfigError, MissingError, ServiceError, FundsError, MismatchError, GuardError)
        kind = next(kind for kind in (*kinds, NftforgeError) if isinstance(errors[0], kind))
        facts = dict.fromkeys(fact for error in errors for fact in error.facts)
        hints = dict.fromkeys(error.hint for error in errors if error.hint)
        raise kind(*facts, hint="; ".join(hints))
    return found


# --- services and content -----------------------------------------------------------------------


class ServiceRefusedError(ServiceError):
    """The service understood and said no; asking again would not help."""

    def __init__(self, fact: str, status: int, said: str, *, hint: str = "") -> None:
        super().__init__(fact, hint=hint)
        self.status = status
        self.said = said


class WentBackError(ServiceError):
    """The chain is shorter than it was: a block that was read before is gone; look again."""


class TooWideError(ServiceError):
    """A node shows no logs of so many blocks at once (`chain.log_search`); `said`: its words."""

    def __init__(self, fact: str, said: str) -> None:
        super().__init__(fact)
        self.said = said


class PendingError(ServiceError):
    """A gateway does not have a block, or not yet, or did not answer in time."""


class NotFoundError(MismatchError):
    """What should be there is not: a block, a name in a directory, a contract."""


class LimitError(MismatchError):
    """What a stranger made takes more bytes, parts or depth than anything real (`core.limits`)."""


# --- internal: caught where they are expected, never shown --------------------------------------


class InternalError(Exception):
    """Base of the second tree. One that reaches the command line is a bug."""


class NoAnswerError(InternalError):
    """No trustworthy answer; nothing is known. `wait_s` is what the node asked us to wait."""

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


class BusyError(NoAnswerError):
    """A node counts requests and wants fewer (429, "rate limit"); waiting is all it takes."""


class RpcError(InternalError):
    """A JSON-RPC error answer. `data` is the revert data (0x and hex) if there is any."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


class NonceTakenError(InternalError):
    """The nonce was consumed by another transaction: this one can never be mined."""


class NonceGapError(InternalError):
    """The chain has consumed `consumed` nonces of the sender: fewer than come before ours."""

    def __init__(self, fact: str, consumed: int) -> None:
        super().__init__(fact)
        self.consumed = consumed


class TransactionRefusedError(InternalError):
    """The nodes refuse these bytes for what they are; another transaction has to be signed."""


class FailedTransactionError(InternalError):
    """Mined, and reverted: the gas is spent, nothing else happened."""

    def __init__(self, fact: str, paid_wei: int) -> None:
        super().__init__(fact)
        self.paid_wei = paid_wei


class BadAnswerError(InternalError):
    """An answer that is not what the API promises; the request may have taken effect."""


class StoppedError(InternalError):
    """Another thread was interrupted; what this one was doing is taken up by the next run."""


class IntentVoidError(InternalError):
    """This intent is given up (its nonce went to another transaction): plan again.

    `details` are written into the journal with the reason.
    """

    def __init__(self, why: str, **details: Any) -> None:
        super().__init__(why)
        self.details = details


class AllowanceError(InternalError):
    """Going on would cost more than was agreed to: ask again.

    `gas`: what a node says the next transaction uses; `max_fee`: the wei a gas that nodes now ask
    for. 0 where nothing is known.
    """

    def __init__(self, fact: str, *, gas: int = 0, max_fee: int = 0) -> None:
        super().__init__(fact)
        self.gas = gas
        self.max_fee = max_fee


class OvertakenError(InternalError):
    """Someone else changed the contract since the plan was made: plan anew."""


class UntranslatableError(InternalError):
    """Python that a brush may not use: it has no JavaScript here."""
