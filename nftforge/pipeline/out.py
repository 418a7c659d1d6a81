"""`out/` beside the collection file: the finished pictures under names that people know.

    sunrise.gif  sunrise.png  sunrise.mp4      of the piece `sunrise`, as they are now
    sunrise.height.png                         the height of its paint, if that is asked for
    sunrise~1.gif  sunrise~1.png               as they were; the higher the number, the later

Copies, for whoever opens one may write into it, and a link would let that into the store
(docs/adr/0058-out-folder.md). Nothing here is ever deleted or overwritten: what nftforge put here
makes room by a new name, and what it did not put here stays, and is told. `out.json` in the work
folder holds the digest of what was put under each name: so no file is read to see that nothing is
to be done, and a copy that the artist changed is left alone until there is something newer.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from nftforge.config.load import CollectionFile
from nftforge.config.work_folder import out_folder
from nftforge.core.fingerprint import file_digest
from nftforge.core.fsync import atomic_write, flush_all, flush_folder
from nftforge.core.plural import counted
from nftforge.core.stage import Report
from nftforge.core.store import Artifact, Output
from nftforge.pipeline.outputs import GIF, HEIGHT, HTML, IMAGE, MEDIA, MP4, STILL, SVG, WEBM
from nftforge.pipeline.render import Deliver

RECORD = "out.json"
ENDINGS = {
    STILL: ".png", GIF: ".gif", MP4: ".mp4", WEBM: ".webm", SVG: ".svg", HEIGHT: ".height.png",
    HTML: ".html",
}  # fmt: skip
FINISHED = {  # in the order of `media.finished.FORMS`
    **{f"{IMAGE}{end}": end for end in (".png", ".jpg", ".gif", ".webp", ".svg")},
    **{f"{MEDIA}{end}": end for end in (".mp4", ".webm", ".mp3", ".wav", ".glb", ".html")},
}  # fmt: skip
OLDER = re.compile(r"(?P<piece>[a-z0-9_-]+)~(?P<number>[0-9]{1,9})(\.[a-z0-9]+){1,2}")
LEFT_BEHIND = re.compile(r"\.[a-z0-9][a-z0-9._-]{0,47}\.[0-9a-f]{16}\.part")  # by a killed run
MOST_NAMED = 5


def named(piece: str, render: Artifact) -> dict[str, str]:
    """Name in `out/` -> the file of `render` that is put there."""
    endings = {**ENDINGS, **FINISHED}
    return {f"{piece}{endings[name]}": name for name in render.outputs if name in endings}


def shown_in(file: CollectionFile) -> Path | None:
    """The folder; None if the collection wants none."""
    return out_folder(file.work_folder) if file.collection.media.out else None


@contextmanager
def delivering(file: CollectionFile, report: Report) -> Iterator[Deliver]:
    """What is rendered meanwhile is put into `out/`. What goes wrong with it is told, no more."""
    folder = shown_in(file)
    if folder is None:
        yield lambda piece, render: None
        return
    out = OutFolder(folder, file.work_folder / RECORD, report)
    try:
        yield out.deliver
    finally:
        out.close()


@dataclass
class OutFolder:
    """`out/` while a run puts files there."""

    folder: Path
    record: Path
    report: Report
    _put: dict[str, str] = field(init=False)  # name -> SHA-256 of what was last put there
    _put_before: Mapping[str, str] = field(init=False)
    _numbers: dict[str, int] = field(default_factory=dict)  # piece -> its highest ~number
    _written: list[Path] = field(default_factory=list)
    _others: list[str] = field(default_factory=list)  # names that others have
    _errors: list[OSError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._put = _read(self.record)
        self._put_before = dict(self._put)
        with contextlib.suppress(OSError):  # there is none yet; or it is told when it is written
            for path in self.folder.iterdir():
                if older := OLDER.fullmatch(path.name.lower()):  # a Mac's disk knows no case
                    number = max(self._numbers.get(older["piece"], 0), int(older["number"]))
                    self._numbers[older["piece"]] = number
                elif LEFT_BEHIND.fullmatch(path.name):
                    path.unlink()

    def deliver(self, piece: str, render: Artifact) -> None:
        """Put the files of `render` here; what of the piece is no longer so gets a number."""
        try:
            self._deliver(piece, render)
        except OSError as error:
            self._errors.append(error)

    def _deliver(self, piece: str, render: Artifact) -> None:
        every = dict.fromkeys(
            f"{piece}{ending}" for ending in (*ENDINGS.values(), *FINISHED.values())
        )
        made = named(piece, render)
        new = [name for name in made if self._is_due(name, render.outputs[made[name]])]
        gone = [name for name in every if name in self._put and name not in made]
        self._keep(piece, [name for name in (*gone, *new) if os.path.lexists(self.folder / name)])
        for name in gone:
            del self._put[name]
        for name in new:
            self.folder.mkdir(exist_ok=True)
            _copy(render.path(made[name]), self.folder / name)
            self._written.append(self.folder / name)
            self._put[name] = render.outputs[made[name]].sha256

    def _is_due(self, name: str, output: Output) -> bool:
        """Whether `output` is to be put under `name`: nothing is there, or something older."""
        path = self.folder / name
        if not os.path.lexists(path):
            return True
        if self._put.get(name) == output.sha256:
            return False
        if _is(path, output):  # put there by a run that was killed
            self._put[name] = output.sha256
            return False
        if name not in self._put:
            self._others.append(name)
        return name in self._put

    def _keep(self, piece: str, names: list[str]) -> None:
        """Files that were put here, under the piece's next number."""
        if not names:
            return
        number = self._numbers[piece] = self._numbers.get(piece, 0) + 1
        for name in names:
            ending = name.removeprefix(piece)
            (self.folder / name).rename(self.folder / f"{piece}~{number}{ending}")
        self.report.say(f"out {piece}: what was there is kept as {piece}~{number}")

    def close(self) -> None:
        """Write down what was put here, once it is on the disk; say that, and what could not be."""
        try:
            self._write_down()
        except OSError as error:
            self._errors.append(error)
        for said in self._said():
            self.report.say(f"{self.folder}: {said}")

    def _write_down(self) -> None:
        if self._written:
            flush_all(self._written)
            flush_folder(self.folder)
        if self._put != self._put_before:
            text = json.dumps({"schema": 1, "files": self._put}, indent=2, sort_keys=True)
            with atomic_write(self.record, fsync=True) as stream:
                stream.write(text.encode() + b"\n")

    def _said(self) -> Iterator[str]:
        if self._written:
            yield f"{counted(len(self._written), 'file')} written"
        for failed in self._errors[:1]:
            yield f"not written: {failed.strerror}: {failed.filename}"
        if self._others:
            named, more = sorted(self._others)[:MOST_NAMED], len(self._others) - MOST_NAMED
            yield (
                f"{', '.join(named)}{f' and {more} more' if more > 0 else ''}: not from here, so "
                "left as it is; move it away, or write `media: {out: false}`"
            )


def _read(record: Path) -> dict[str, str]:
    """Nothing if there is none, or it is damaged: then contents are compared."""
    try:
        files = json.loads(record.read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _is(path: Path, output: Output) -> bool:
    """Whether the file has that content; it is read only if it has the size."""
    try:
        return path.stat().st_size == output.size and file_digest(path) == output.sha256
    except OSError:
        return False


def _copy(source: Path, to: Path) -> None:
    """Whole or not at all; on file systems that can, the same blocks on the disk."""
    with source.open("rb") as original, atomic_write(to, fsync=False) as copy:
        if not _cloned(original, copy):
            original.seek(0)
            shutil.copyfileobj(original, copy)


def _cloned(original: BinaryIO, copy: BinaryIO) -> bool:
    """Whether the system copied it, which shares blocks on btrfs, XFS and others (Linux)."""
    try:
        while os.copy_file_range(original.fileno(), copy.fileno(), 1 << 30):
            pass
    except (AttributeError, OSError):  # not this system, or not between these
        copy.seek(0)
        copy.truncate()
        return False
    return True
