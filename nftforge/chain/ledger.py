"""A Ledger as a signer: the key never leaves the device, which shows each transaction and asks.

Two small public protocols: the Ethereum app's commands GET ETH PUBLIC ADDRESS, SIGN ETH TRANSACTION
and SIGN ETH EIP 712 (APDUs), and their way over USB HID, in numbered packets of 64 bytes. Unusual:

- The device is opened for each question and closed again: it may be unplugged while we paint.
- `v` in an answer is one byte, and versions of the app differ in what they put into it. It is not
  looked at: the right parity is the one that gives back the device's own address.
- Of an EIP-712 message the device shows two hashes. `say` is told the same ones, with what they
  mean in words: whoever confirms compares them. A message without words is refused.
- What comes back is not believed: `transactions.sign` reads the raw bytes again and compares,
  `signatures.sign_typed` recovers the signer.

Needs the extra `ledger` (hidapi). Tested against a software stand-in, tests/standin/hid.py, and
against what Ledger's own JavaScript client sends; not against a device.
Source: https://github.com/LedgerHQ/app-ethereum, doc/ethapp.adoc.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import rlp
from eth_account import Account
from eth_keys.exceptions import BadSignature
from eth_utils import ValidationError, keccak, to_checksum_address

from nftforge.chain.signatures import TypedData, recovered
from nftforge.core.errors import ConfigError, GuardError, MismatchError, MissingError, ServiceError

DEFAULT_PATH = "m/44'/60'/0'/0/0"
HARDENED = 1 << 31

VENDOR, USAGE_PAGE = 0x2C97, 0xFFA0
PACKET = 64
HEADER = bytes.fromhex("010105")  # the channel, and the tag of a packet that carries an APDU
POLL_MS = 200  # Ctrl-C is answered this soon
PATIENCE_S = 15.0  # with an answer that needs nobody's finger

ETHEREUM, ADDRESS, SIGN, SIGN_TYPED = 0xE0, 0x02, 0x04, 0x0C
FIRST, MORE = 0x00, 0x80
CHUNK = 255
OK = 0x9000
REFUSED = (0x6985, 0x6982)
LOCKED = (0x5515, 0x6B0C, 0x6804)
NO_APP = (0x6E00, 0x6E01, 0x6D00, 0x6D02, 0x6511)
NO_BLIND_SIGNING = (0x6A80,)

AGAIN = "then run the same command again; nothing is sent twice"


class Hid(Protocol):
    """What is used of hidapi's device."""

    def open_path(self, path: bytes) -> None: ...
    def write(self, data: bytes) -> int: ...
    def read(self, size: int, timeout_ms: int) -> list[int]: ...
    def close(self) -> None: ...


class LedgerSigner:
    """Signs with the account at `path` on whichever Ledger is plugged in.

    `say` is told when the device waits for its owner.
    """

    def __init__(self, path: str, say: Callable[[str], None]) -> None:
        self._path, self._say = parse_path(path), say
        self._address = address_of(path)

    def __repr__(self) -> str:
        return f"LedgerSigner({self.address})"

    @property
    def address(self) -> str:
        return self._address

    def prove(self) -> None:
        """It answered when its address was read."""

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """Asks the owner. Raises GuardError if they refuse, MissingError, MismatchError."""
        payload = encoded(transaction)
        fee = transaction["gas"] * transaction.get("maxFeePerGas", transaction.get("gasPrice"))
        self._say(
            f"confirm it on the Ledger: to {transaction['to']}, fees up to {fee / 1e18:.6f}, "
            f"chain {transaction['chainId']}, nonce {transaction['nonce']}"
        )
        with plugged_in() as device:
            for number, chunk in enumerate(chunks(self._path, payload)):
                answer = ask(device, SIGN, MORE if number else FIRST, chunk, patience_s=None)
        r, s = answer[1:33], answer[33:65]
        for parity in (0, 1):
            raw = encoded(transaction, (parity, int.from_bytes(r), int.from_bytes(s)))
            if sender_of(raw) == self.address:
                return raw
        raise MismatchError(
            f"the Ledger's signature is not one of {self.address}",
            hint="is another Ledger plugged in than before? the transaction was not sent",
        )

    def sign_typed(self, message: TypedData) -> bytes:
        """Asks the owner. Raises GuardError if they refuse, MissingError, MismatchError."""
        if not message.words:
            raise GuardError("a Ledger signs no message of which nothing is said in words")
        self._say(
            f"confirm it on the Ledger: {message.words}\n"
            f"  it shows the domain hash 0x{message.domain_hash.hex()}\n"
            f"  and the message hash 0x{message.message_hash.hex()}; refuse any other"
        )
        data = self._path + message.domain_hash + message.message_hash
        with plugged_in() as device:
            answer = ask(device, SIGN_TYPED, FIRST, data, patience_s=None)
        for v in (27, 28):
            signature = answer[1:65] + bytes([v])
            if recovered(message.digest, signature) == self.address:
                return signature
        raise MismatchError(
            f"the Ledger's signature is not one of {self.address}",
            hint="is another Ledger plugged in than before? it was thrown away",
        )


def address_of(path: str, show: bool = False) -> str:
    """The account at `path`; with `show` the device displays it and its owner has to agree."""
    with plugged_in() as device:
        patience_s = None if show else PATIENCE_S
        answer = ask(device, ADDRESS, int(show), parse_path(path), patience_s)
    key = answer[1 : 1 + answer[0]]
    return str(to_checksum_address(keccak(key[1:])[-20:]))


def parse_path(text: str) -> bytes:
    """A BIP-32 path such as m/44'/60'/0'/0/0, as the app takes it. Raises ConfigError."""
    steps = text.strip().removeprefix("m/").split("/")
    if len(steps) > 10 or not all(re.fullmatch(r"\d{1,10}['hH]?", step) for step in steps):
        raise ConfigError(
            f"NFTFORGE_LEDGER: {text!r} is no derivation path",
            hint=f"the usual one: {DEFAULT_PATH}",
        )
    numbers = [int(step.rstrip("'hH")) for step in steps]
    if max(numbers) >= HARDENED:
        raise ConfigError(f"NFTFORGE_LEDGER: {text!r} has a step of 2^31 or more")
    words = [n + HARDENED * (not step.isdigit()) for n, step in zip(numbers, steps, strict=True)]
    return bytes([len(words)]) + b"".join(word.to_bytes(4) for word in words)


# --- transactions ---------------------------------------------------------------------------------


def encoded(transaction: Mapping[str, Any], signature: tuple[int, int, int] | None = None) -> bytes:
    """The transaction as it is signed, or with a signature (parity, r, s) as it is sent.

    Sources: EIP-1559; EIP-155 for chains without it.
    """
    chain_id, nonce = transaction["chainId"], transaction["nonce"]
    rest = [
        transaction["gas"], bytes.fromhex(transaction["to"][2:]),
        transaction["value"], transaction["data"],
    ]  # fmt: skip
    if "gasPrice" in transaction:
        end = [chain_id, 0, 0]
        if signature:
            end = [2 * chain_id + 35 + signature[0], *signature[1:]]
        return bytes(rlp.encode([nonce, transaction["gasPrice"], *rest, *end]))
    fees = [transaction["maxPriorityFeePerGas"], transaction["maxFeePerGas"]]
    return b"\x02" + bytes(rlp.encode([chain_id, nonce, *fees, *rest, [], *(signature or ())]))


def sender_of(raw: bytes) -> str | None:
    """Who signed this; None if nobody can have."""
    try:
        return str(Account.recover_transaction(raw))
    except (BadSignature, ValidationError, ValueError):
        return None


def chunks(path: bytes, payload: bytes) -> list[bytes]:
    """Path and transaction in pieces that fit into a command.

    The app takes a legacy transaction that breaks off before its chain id for one without: the
    last piece must hold more than (chain id, 0, 0), as Ledger's own clients see to.
    """
    whole, tail = path + payload, 0
    if payload[0] >= 0xC0:
        tail = sum(len(rlp.encode(field)) for field in rlp.decode(payload)[-3:])
    size = next(n for n in range(CHUNK, 0, -1) if not 0 < len(whole) % n <= tail)
    return [whole[start : start + size] for start in range(0, len(whole), size)]


# --- the device -----------------------------------------------------------------------------------


@contextmanager
def plugged_in() -> Iterator[Hid]:
    """The Ledger, opened. Raises MissingError if there is none, or hidapi is not installed."""
    try:
        from hid import device
        from hid import enumerate as connected
    except ImportError:
        raise MissingError(
            "the package hidapi, which talks to a Ledger, is not installed",
            hint="pip install 'nftforge[ledger]'",
        ) from None
    found = [
        row["path"]
        for row in connected(VENDOR, 0)
        if row.get("interface_number") == 0 or row.get("usage_page") == USAGE_PAGE
    ]
    if not found:
        raise MissingError(
            "no Ledger is plugged in", hint=f"plug it in, unlock it, open its Ethereum app, {AGAIN}"
        )
    opened: Hid = device()
    try:
        opened.open_path(found[0])
    except OSError:
        raise MissingError(
            "the Ledger cannot be opened: another program uses it, or you may not",
            hint="close Ledger Live; on Linux install Ledger's udev rules",
        ) from None
    try:
        while opened.read(PACKET, 1):  # the answer to what an interrupted run asked
            pass
        yield opened
    except OSError:  # hidapi's, when the cable is pulled
        raise MissingError(
            "the Ledger was unplugged or closed its app", hint=f"plug it in, {AGAIN}"
        ) from None
    finally:
        opened.close()


def ask(device: Hid, command: int, p1: int, data: bytes, patience_s: float | None) -> bytes:
    """One command and the data of its answer. Without a limit it waits for a finger."""
    for packet in packets(bytes([ETHEREUM, command, p1, 0, len(data)]) + data):
        if device.write(b"\0" + packet) < 0:  # HID's report number first
            raise OSError
    answer = _receive(device, patience_s)
    status = int.from_bytes(answer[-2:])
    if status != OK:
        raise _explained(status)
    return answer[:-2]


def packets(apdu: bytes) -> list[bytes]:
    """An APDU behind its length, in numbered packets."""
    framed, room = len(apdu).to_bytes(2) + apdu, PACKET - len(HEADER) - 2
    starts = range(0, len(framed), room)
    return [
        HEADER + number.to_bytes(2) + framed[start : start + room].ljust(room, b"\0")
        for number, start in enumerate(starts)
    ]


def _receive(device: Hid, patience_s: float | None) -> bytes:
    began, framed, number = time.monotonic(), b"", 0
    while len(framed) < 2 or len(framed) < 2 + int.from_bytes(framed[:2]):
        packet = bytes(device.read(PACKET, POLL_MS))
        if packet:
            if packet[:5] != HEADER + number.to_bytes(2):
                raise ServiceError(
                    "the Ledger's answer is garbled", hint=f"plug it in anew, {AGAIN}"
                )
            framed, number = framed + packet[5:], number + 1
        elif patience_s is not None and time.monotonic() - began > patience_s:
            raise ServiceError("the Ledger does not answer", hint=f"plug it in anew, {AGAIN}")
    return framed[2 : 2 + int.from_bytes(framed[:2])]


def _explained(status: int) -> Exception:
    if status in REFUSED:
        return GuardError(
            "it was refused on the Ledger, and not sent",
            hint="run the same command to be asked again",
        )
    if status in LOCKED:
        return MissingError("the Ledger is locked", hint=f"unlock it, {AGAIN}")
    if status in NO_APP:
        return MissingError(
            "the Ethereum app is not open on the Ledger", hint=f"open it there, {AGAIN}"
        )
    if status in NO_BLIND_SIGNING:
        return MissingError(
            "the Ledger signs neither contract calls nor hashes: `Blind signing` is off",
            hint=f"switch it on in the settings of its Ethereum app, {AGAIN}",
        )
    return ServiceError(f"the Ledger answered with the status 0x{status:04x}")
