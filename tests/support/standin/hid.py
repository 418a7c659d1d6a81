"""Stands in for the package hidapi and a Ledger with its Ethereum app: same calls, same bytes.

Put this folder first on the path, and `import hid` finds it. It reads the packets and commands as
LedgerHQ/app-ethereum (doc/ethapp.adoc) says the device does, decodes the transaction as far as it
has come, and signs what it received with a key of its own. `FAKE_LEDGER` is what it does wrong,
one fault for each signature asked for, with commas; `FAKE_LEDGER_LOG` a file that remembers the
signatures asked for, over processes.
"""

import os
from itertools import count
from pathlib import Path

import rlp
from eth_keys.datatypes import PrivateKey
from eth_utils import keccak

SEED = b"the words of no real Ledger"
HEADER = bytes.fromhex("010105")
STATUS = {"refuse": 0x6985, "cancel": 0x6982, "locked": 0x5515, "dashboard": 0x6E00,
          "other-app": 0x6D00, "blind": 0x6A80, "broken": 0x6F01}  # fmt: skip


class StatusWord(Exception):  # noqa: N818
    pass


def key_at(path: bytes) -> PrivateKey:
    """`path` as a command carries it. Not BIP-32: other paths, other keys, that is all."""
    return PrivateKey(keccak(SEED + path))


class Ledger:
    """The Ethereum app. `faults` are used up from the front, one a signature."""

    def __init__(self, faults=()):
        self.faults = list(faults)
        self.commands = []
        self.started = None  # (path, what came of the transaction)
        self.signed = 0
        self.slow = True  # thinks while somebody reads, and keeps an answer nobody fetched

    @property
    def fault(self):
        return self.faults[0] if self.faults else ""

    def answer(self, command: bytes) -> bytes:
        self.commands.append(command)
        try:
            return self.do(command) + b"\x90\x00"
        except StatusWord as status:
            self.started = None
            return int(status.args[0]).to_bytes(2)

    def do(self, command: bytes) -> bytes:
        group, instruction, p1, p2, length = command[:5]
        data = command[5:]
        if self.fault in ("locked", "dashboard", "other-app"):
            raise StatusWord(STATUS[self.faults.pop(0)])
        if group != 0xE0:
            raise StatusWord(0x6E00)
        if len(data) != length:
            raise StatusWord(0x6700)
        if p2 or p1 not in {0x02: (0, 1), 0x04: (0, 0x80), 0x0C: (0,)}.get(instruction, (0,)):
            raise StatusWord(0x6B00)
        if instruction == 0x02:
            path, rest = self.split(data)
            if rest:
                raise StatusWord(0x6A80)
            public = key_at(path).public_key
            text = public.to_checksum_address()[2:].encode()
            return b"\x41\x04" + public.to_bytes() + bytes([len(text)]) + text
        if instruction == 0x04:
            return self.sign(p1, data)
        if instruction == 0x0C:
            return self.sign_typed(data)
        raise StatusWord(0x6D00)

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """(path, what follows it)."""
        if not data or not 1 <= data[0] <= 10 or len(data) < 1 + 4 * data[0]:
            raise StatusWord(0x6A80)
        end = 1 + 4 * data[0]
        return data[:end], data[end:]

    def sign(self, p1: int, data: bytes) -> bytes:
        if p1 == 0:
            self.started = self.split(data)
        elif self.started is None:
            raise StatusWord(0x6985)
        else:
            self.started = (self.started[0], self.started[1] + data)
        path, payload = self.started
        if not self.is_whole(payload):
            return b""
        self.started = None
        note_signature()
        fault = self.faults.pop(0) if self.faults and self.fault != "pull" else ""
        typed = payload[0] == 2
        fields = rlp.decode(payload[1:] if typed else payload, strict=False)
        if fields[7 if typed else 5] and fault == "blind":  # data
            raise StatusWord(STATUS["blind"])
        if fault in STATUS:
            raise StatusWord(STATUS[fault])
        self.signed += 1
        if fault == "another":
            payload = payload[:-1] + bytes([payload[-1] ^ 1])
        signature = key_at(path).sign_msg_hash(keccak(payload))
        v = signature.v
        if not typed:
            v = (v + 35 + 2 * int.from_bytes(fields[6]) if len(fields) > 6 else v + 27) & 0xFF
        return bytes([v]) + signature.r.to_bytes(32) + signature.s.to_bytes(32)

    def sign_typed(self, data: bytes) -> bytes:
        """The app's first way (P2 0): it is told two hashes, and shows them."""
        path, hashes = self.split(data)
        if len(hashes) != 64:
            raise StatusWord(0x6A80)
        note_signature()
        fault = self.faults.pop(0) if self.faults and self.fault != "pull" else ""
        if fault in STATUS:
            raise StatusWord(STATUS[fault])
        self.signed += 1
        self.shown = hashes[:32].hex(), hashes[32:].hex()
        digest = keccak(b"\x19\x01" + (hashes[::-1] if fault == "another" else hashes))
        signature = key_at(path).sign_msg_hash(digest)
        return bytes([27 + signature.v]) + signature.r.to_bytes(32) + signature.s.to_bytes(32)

    def is_whole(self, payload: bytes) -> bool:
        """Whether the transaction is all there. Raises StatusWord if it can be none."""
        if not payload or (payload[0] != 2 and payload[0] < 0xC0):
            raise StatusWord(0x6501)
        typed = payload[0] == 2
        body = payload[1:] if typed else payload
        prefix = list_header(body)
        if prefix is None:
            return False
        head, length = prefix
        if len(body) > head + length:
            raise StatusWord(0x6A80)
        if len(body) == head + length:
            return True
        # the app's old rule: a legacy transaction may end before its chain id, if the command does
        return not typed and items_that_end_here(body[head:]) == 6


def list_header(body: bytes) -> tuple[int, int] | None:
    """(bytes of the header, bytes that follow) of an RLP list; None if more has to come."""
    if not body:
        return None
    if body[0] < 0xC0:
        raise StatusWord(0x6A80)
    if body[0] < 0xF8:
        return 1, body[0] - 0xC0
    size = body[0] - 0xF7
    return None if len(body) <= size else (1 + size, int.from_bytes(body[1 : 1 + size]))


def items_that_end_here(body: bytes) -> int | None:
    """How many RLP strings `body` is; None if it breaks off within one."""
    items, at = 0, 0
    while at < len(body):
        first = body[at]
        if first < 0x80:
            at += 1
        elif first < 0xB8:
            at += 1 + first - 0x80
        else:
            size = first - 0xB7
            at += 1 + size + int.from_bytes(body[at + 1 : at + 1 + size])
        items += 1
    return items if at == len(body) else None


def note_signature() -> None:
    if path := os.environ.get("FAKE_LEDGER_LOG"):
        with Path(path).open("a") as log:
            log.write("asked\n")


# --- the package hidapi ---------------------------------------------------------------------------

LEDGER = Ledger(filter(None, os.environ.get("FAKE_LEDGER", "").split(",")))


def enumerate(vendor: int = 0, product: int = 0) -> list[dict]:  # noqa: A001
    assert vendor == 0x2C97
    if LEDGER.fault == "absent":
        return []
    keyboard = {"path": b"keyboard", "interface_number": 1, "usage_page": 0xF1D0}
    return [keyboard, {"path": b"ledger", "interface_number": 0, "usage_page": 0xFFA0}]


class device:  # noqa: N801
    """Takes and gives packets of 64 bytes."""

    def __init__(self):
        self.incoming, self.wanted = b"", 0
        self.outgoing = [HEADER + bytes(61)] if LEDGER.slow else []  # what nobody fetched
        self.number = 0

    def open_path(self, path):
        assert path == b"ledger"
        if LEDGER.fault == "busy":
            raise OSError("open failed")

    def set_nonblocking(self, on):
        pass

    def close(self):
        pass

    def write(self, report):
        report = bytes(report)
        if LEDGER.fault == "unplug" and self.number == 1:  # within a command
            LEDGER.faults.pop(0)
            return -1
        assert report[0] == 0 and len(report) <= 65, "a report number and 64 bytes"
        packet = report[1:]
        assert packet[:3] == HEADER and int.from_bytes(packet[3:5]) == self.number
        self.incoming, self.number = self.incoming + packet[5:], self.number + 1
        whole = 2 + int.from_bytes(self.incoming[:2])
        if len(self.incoming) >= whole:
            answer = LEDGER.answer(self.incoming[2:whole])
            self.outgoing = list(framed(answer))
            if LEDGER.slow and LEDGER.started is None and self.incoming[3] in (4, 12):
                self.outgoing = [b"", b"", *self.outgoing]  # somebody reads the screen
            self.incoming, self.number = b"", 0
        return len(report)

    def read(self, size, timeout_ms=0):
        if LEDGER.fault == "pull" and LEDGER.commands[-1][1] in (0x04, 0x0C):
            LEDGER.faults.pop(0)
            raise OSError("read error")
        return list(self.outgoing.pop(0)) if self.outgoing else []


def framed(answer: bytes):
    stream = len(answer).to_bytes(2) + answer
    for number, start in zip(count(), range(0, len(stream), 59), strict=False):
        yield (HEADER + number.to_bytes(2) + stream[start : start + 59]).ljust(64, b"\0")
