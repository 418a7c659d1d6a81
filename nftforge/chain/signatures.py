"""Messages that are signed and not sent: EIP-712 typed data, as its two hashes.

What a message means is the business of who makes it; keys sign its digest, and a Ledger shows the
two hashes. A signature is r, s, v in 65 bytes, or in 64 with the parity of v in the highest bit of
s (EIP-2098). Unlike a transaction a signature can be used by whoever has it, as long as the message
says: keep it like a key.

Sources: https://eips.ethereum.org/EIPS/eip-712, https://eips.ethereum.org/EIPS/eip-2098
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils import ValidationError, keccak

from nftforge.core.errors import MismatchError

COMPACT, FULL = 64, 65


@dataclass(frozen=True)
class TypedData:
    """A message by its hashes, 32 bytes each; `words` is what it means, for whoever signs it."""

    domain_hash: bytes
    message_hash: bytes
    words: str

    @property
    def digest(self) -> bytes:
        return bytes(keccak(b"\x19\x01" + self.domain_hash + self.message_hash))


class MessageSigner(Protocol):
    """Whatever signs messages for one address: every `wallet.Signer` does."""

    @property
    def address(self) -> str: ...

    def sign_typed(self, message: TypedData) -> bytes:
        """The signature of an EIP-712 message: r, s, v, 65 bytes."""


def sign_typed(signer: MessageSigner, message: TypedData) -> bytes:
    """The signature, compact. Raises MismatchError if it is not one of `signer` over `message`.

    Raises GuardError if the owner of a Ledger refuses.
    """
    signature = signer.sign_typed(message)
    if recovered(message.digest, signature) != signer.address:
        raise MismatchError(f"{signer!r} signed another message than asked; it was thrown away")
    return compact(signature)


def recovered(digest: bytes, signature: bytes) -> str | None:
    """Whose signature of `digest` this is; None if it can be nobody's."""
    if len(signature) not in (COMPACT, FULL):
        return None
    full = expanded(signature)
    try:
        parity = bytes([full[-1] % 27])
        key = Signature(full[:-1] + parity).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError, ValueError):
        return None
    return str(key.to_checksum_address())


def compact(signature: bytes) -> bytes:
    """In 64 bytes (EIP-2098)."""
    if len(signature) == COMPACT:
        return signature
    r, s, v = signature[:32], signature[32:64], signature[64]
    assert not s[0] & 0x80, "s is in the lower half: all signers see to that (EIP-2)"
    return r + bytes([s[0] | (v % 27) << 7]) + s[1:]


def expanded(signature: bytes) -> bytes:
    """In 65 bytes, v 27 or 28."""
    if len(signature) == FULL:
        return signature
    r, s = signature[:32], signature[32:]
    return r + bytes([s[0] & 0x7F]) + s[1:] + bytes([27 + (s[0] >> 7)])
