"""What we were about to do to the world, and what came of it: append-only, fsynced, never cached.

One JSON object a line. The first line is the header: what this journal belongs to (a chain, a
collection). Every later line is an event of one effect:

    {"effect": "deploy", "event": "intent",  "data": {...everything needed to do it again...}}
    {"effect": "deploy", "event": "outcome", "data": {...what the world said...}}
    {"effect": "deploy", "event": "void",    "data": {"why": "..."}}

A newer intent of the same effect takes the older one's place (a replacement at higher fees, which
names both). A void intent is given up: another one takes its place, or nothing.

`append` returns only when the line is on the disk, so an effect that is performed after its
intent was appended can always be taken up again. A crash can tear the last line only: readers
ignore a torn tail, the next append cuts it off. Damage anywhere else is refused, not guessed at.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from nftforge.core.errors import GuardError, quoted
from nftforge.core.fsync import flush_folder
from nftforge.core.json_file import parse_json
from nftforge.core.limits import JOURNAL_BYTES, read_bounded

Event = Literal["intent", "outcome", "void"]
EVENTS: tuple[Event, ...] = get_args(Event)


@dataclass(frozen=True)
class JournalEntry:
    effect: str
    event: Event
    data: dict[str, Any]
    line: int = 0  # where it stands in the file


class Journal:
    """The journal at `path`, whose first line must equal `header`. Reading creates nothing.

    Raises GuardError if the file belongs to something else or is damaged before its last line.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self.path = path
        self.header = dict(header)
        self._entries: list[JournalEntry] = []
        self._lock = threading.Lock()  # back-ends write side by side
        self._whole_bytes = 0  # up to here the file is whole lines
        self._read()

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(self._entries)

    def pending(self, effect: str) -> dict[str, Any] | None:
        """The newest intent of `effect` that has neither outcome nor void yet."""
        last = self._last(effect)
        return last.data if last and last.event == "intent" else None

    def outcome(self, effect: str) -> dict[str, Any] | None:
        """The recorded outcome of `effect`, if the newest event is one."""
        last = self._last(effect)
        return last.data if last and last.event == "outcome" else None

    def last_intent(self, effect: str) -> dict[str, Any] | None:
        """The newest intent of `effect`, whatever came of it."""
        intents = (e for e in reversed(self._entries) if e.effect == effect)
        return next((entry.data for entry in intents if entry.event == "intent"), None)

    def unfinished(self) -> dict[str, dict[str, Any]]:
        """Every effect whose newest event is an intent, oldest first, with that intent."""
        newest = {entry.effect: entry for entry in self._entries}
        return {name: entry.data for name, entry in newest.items() if entry.event == "intent"}

    def append(self, effect: str, event: Event, data: Mapping[str, Any]) -> None:
        """Add one line and return when it is on the disk. Raises OSError; then nothing counts."""
        with self._lock:
            self._append(effect, event, data)

    def _append(self, effect: str, event: Event, data: Mapping[str, Any]) -> None:
        new = not self.path.exists()
        if new:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = [] if self._whole_bytes else [self.header]
        lines.append({"effect": effect, "event": event, "data": dict(data)})
        payload = b"".join(json.dumps(line, sort_keys=True).encode() + b"\n" for line in lines)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            os.ftruncate(descriptor, self._whole_bytes)
            written = os.pwrite(descriptor, payload, self._whole_bytes)
            if written != len(payload):
                raise OSError(28, "No space left on device", str(self.path))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if new:
            flush_folder(self.path.parent)
        self._whole_bytes += len(payload)
        line = self._entries[-1].line + 1 if self._entries else 2
        self._entries.append(JournalEntry(effect, event, dict(data), line))

    def _last(self, effect: str) -> JournalEntry | None:
        return next((entry for entry in reversed(self._entries) if entry.effect == effect), None)

    def _read(self) -> None:
        if not self.path.exists():
            return
        raw = read_bounded(self.path, JOURNAL_BYTES)
        whole = raw[: raw.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                if number == 1:
                    self._check_header(parse_header(line))
                else:
                    self._entries.append(parse_entry(line, number))
            except ValueError:
                raise self.damaged(number) from None
        self._whole_bytes = len(whole)

    def damaged(self, line: int) -> GuardError:
        """To be raised by whoever finds that an entry says what nobody wrote."""
        return GuardError(
            f"{self.path}:{line}: this journal line is damaged",
            hint="move the file away and run again: the state is rebuilt from the chain",
        )

    def _check_header(self, found: dict[str, Any]) -> None:
        for key in self.header.keys() | found.keys():
            if found.get(key) != self.header.get(key):
                raise GuardError(
                    f"{self.path} belongs to {key} {quoted(found.get(key))}, this run is for {key} "
                    f"{self.header.get(key)!r}",
                    hint="put back what was changed, or move the file away to start afresh",
                )


def parse_header(line: bytes) -> dict[str, Any]:
    """What the first line of a journal says. Raises ValueError."""
    found = parse_json(line)
    if not isinstance(found, dict):
        raise ValueError(found)
    return found


def parse_entry(line: bytes, number: int) -> JournalEntry:
    """Any other line of a journal. Raises ValueError if it is none that `append` writes."""
    found = parse_header(line)
    effect, data = found.get("effect"), found.get("data")
    event = next((event for event in EVENTS if event == found.get("event")), None)
    if not isinstance(effect, str) or event is None or not isinstance(data, dict):
        raise ValueError(found)
    return JournalEntry(effect, event, data, number)
