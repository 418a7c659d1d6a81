"""Every error nftforge raises on purpose, and the exit code each one becomes.

    NftforgeError                       (never raised itself)
    ├── ConfigError            exit 2   bad usage, bad collection.yaml, a value out of range
    │   └── PictureError                a picture that is missing, corrupt or too large
    ├── MissingError           exit 3   missing on this machine: a program, disk space, a key
    ├── ServiceError           exit 4   an RPC, gateway or pinning service failed, after retries
    │   ├── ServiceRefusedError         a service understood and said no
    │   └── PendingError                a gateway does not have it, or not yet
    ├── FundsError             exit 5   not enough funds for the next transaction
    ├── MismatchError          exit 6   bytes, a CID or chain state differ from what was promised
    │   └── NotFoundError               what was promised is not there at all
    └── GuardError             exit 7   refused: would cost money, overwrite, hit a wrong chain

    Internal, caught where they are expected and never shown, so no NftforgeError:

    BadAnswerError                      an answer that is not what a service's API promises
    StoppedError                        another thread was interrupted

A message says the fact, the value and the next command; it never holds a secret. `hint` is that
next command on a line of its own. KeyboardInterrupt becomes exit 130.
"""

from __future__ import annotations


class NftforgeError(Exception):
    """Base of the tree above. `exit_code` is what the process returns."""

    exit_code = 1

    def __init__(self, fact: str, *, hint: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint

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


class FundsError(NftforgeError):
    """The signer's balance does not cover the next transaction."""

    exit_code = 5


class MismatchError(NftforgeError):
    """What was read back (bytes, CID, chain state) is not what was promised."""

    exit_code = 6


class GuardError(NftforgeError):
    """Refused on purpose: wrong chain, someone else's contract, a mainnet without consent."""

    exit_code = 7


# --- services and content -----------------------------------------------------------------------


class ServiceRefusedError(ServiceError):
    """The service understood and said no; asking again would not help."""

    def __init__(self, fact: str, status: int, said: str, *, hint: str = "") -> None:
        super().__init__(fact, hint=hint)
        self.status = status
        self.said = said


class PendingError(ServiceError):
    """A gateway does not have a block, or not yet, or did not answer in time."""


class NotFoundError(MismatchError):
    """What should be there is not: a block, a name in a directory, a contract."""


class BadAnswerError(Exception):
    """An answer that is not what the API promises; the request may have taken effect."""


class StoppedError(Exception):
    """Another thread was interrupted; what this one was doing is taken up by the next run."""
