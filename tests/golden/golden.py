"""Goldens: what nftforge says and writes today, frozen, so that a rebuilt package can be compared.

They go through the command line and the files on disk only, never through a module of nftforge, so
that they outlive any move of code. What a clock or a folder decides is masked (`Desk.run`).

A golden is a file under `frozen/`. One that is missing fails its test, and so does one that differs
(with a diff). NFTFORGE_GOLDEN=write writes those that are missing; NFTFORGE_GOLDEN=overwrite also
those that differ: only for a change that users are meant to see.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from support import loaded

HERE = Path(__file__).resolve().parent
FROZEN, PICTURES, KEPT = HERE / "frozen", HERE / "pictures", HERE / "workspace-v0.1.0"
ROOT = HERE.parent.parent
WIDEST = 400  # characters of a line that a diff shows: raw transactions have 10 000

OURS = re.compile(
    r"NFTFORGE_.*|.*_RPC_URL|PINATA_.*|KUBO_RPC_TOKEN|PINNING_SERVICE_.*|ETHERSCAN_.*|"
    r"COLUMNS|LINES|TERMINAL_WIDTH|FORCE_COLOR|PY_COLORS|GITHUB_ACTIONS|PYTHONWARNINGS"
)
PASSING = re.compile(
    r"(?:sheet|strips|swatches): \d+ %(?: [\w-]+)?"
    r"|(?:paint|render|pin|gallery)(?: [\w. -]+)?: \d+ %"
    r"(?: \d+ strokes?, -?[\d.]+ dB at \d+ px)?"
    r"|preparing the [\w ]+: once on this machine, up to 20 s"
)
TIMES = [
    (re.compile(r"(done|found|drawn) in \d+(\.\d+)? s"), r"\1 in <seconds> s"),
    (re.compile(r'("seconds": )\d+(\.\d+)?'), r"\1<seconds>"),
    (re.compile(r"( dB in )\d+(\.\d+)? s"), r"\1<seconds> s"),
]


class Differences(list[str]):
    """What of a test's goldens does not hold: all of it is shown at once."""

    def check(self, name: str, found: Any, part: Callable[[str], str] = str) -> None:
        """Compare `found` (text, or anything that JSON can hold) with the golden `name`.

        part: what of both texts is compared.
        """
        path = FROZEN / name
        text = found if isinstance(found, str) else pretty(found)
        wish = os.environ.get("NFTFORGE_GOLDEN", "")
        frozen = path.read_text(encoding="utf-8") if path.exists() else None
        if frozen is not None and part(frozen) == part(text):
            return
        if wish == "overwrite" or (wish == "write" and frozen is None):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif frozen is None:
            self.append(f"{name} was never frozen (NFTFORGE_GOLDEN=write)")
        else:
            self.append(difference(name, part(frozen), part(text)))


@contextmanager
def goldens() -> Iterator[Differences]:
    """A test's goldens; at the end it fails if any differs."""
    differences = Differences()
    yield differences
    if differences:
        pytest.fail("\n\n".join(differences), pytrace=False)


def difference(name: str, frozen: str, found: str) -> str:
    lines = difflib.unified_diff(
        frozen.splitlines(), found.splitlines(), f"{name} (frozen)", f"{name} (now)", lineterm=""
    )
    return "\n".join(_cut(line) for line in lines)


def _cut(line: str) -> str:
    if len(line) <= WIDEST:
        return line
    return f"{line[:WIDEST]}... [{len(line)} characters, {_sha256(line[1:].encode())[:16]}]"


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended, with folders and times masked."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out.replace("<seconds>", '"<seconds>"'))

    @property
    def row(self) -> dict[str, Any]:
        """For a golden: lines, or the document if it is one."""
        said = self.json if self.out[:1] in ("{", "[") else self.out.splitlines()
        return {"code": self.code, "stdout": said, "stderr": self.err.splitlines()}


@dataclass(frozen=True)
class Desk:
    """A folder that commands are run in, as an artist would, with an empty environment."""

    folder: Path

    @property
    def work(self) -> Path:
        return self.folder / ".nftforge"

    def run(self, *arguments: str, stdin: str = "", **env: str) -> Said:
        """In a child of a process that has loaded it, with an environment that is as empty."""
        given = {**self._environment(), **env}
        code, *said = loaded.run(arguments, given, self.folder, stdin=stdin.encode())
        return self._masked(code, *(each.decode() for each in said))

    @contextmanager
    def serving(self) -> Iterator[str]:
        """A gateway to what is pinned on this disk; yields its URL."""
        command = [sys.executable, "-m", "nftforge", "ipfs", "serve", "--port", "0"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=self.folder, env=self._environment()
        ) as process:
            try:
                assert process.stdout
                yield process.stdout.readline().partition("/ipfs/")[0]
            finally:
                process.kill()

    def killed_before_sending(self, kind: str, *arguments: str) -> None:
        """Run, and die by SIGKILL when the intent of the first `kind` is on the disk, unsent."""
        script = str(HERE / "killed_before_sending.py")
        done = self._python([script, kind, *arguments], "", {})
        assert done.returncode == -signal.SIGKILL, done.stderr

    def _python(
        self, arguments: Sequence[str], stdin: str, env: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], input=stdin, capture_output=True, text=True,
            cwd=self.folder, env={**self._environment(), **env},
        )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
        return {
            **given,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *_python_path()]),
            "COLUMNS": "100",
            "TERMINAL_WIDTH": "100",
            "NO_COLOR": "1",
            "NFTFORGE_HOME": str(self.folder / "home"),
            "NFTFORGE_DEVICE": "cpu",
        }

    def _masked(self, code: int, out: str, err: str) -> Said:
        return Said(code, self.mask(out), ordered(self.mask(err)))

    def mask(self, text: str) -> str:
        for place in (self.folder.resolve(), self.folder):
            text = text.replace(str(place), "<folder>")
        for pattern, masked in TIMES:
            text = pattern.sub(masked, text)
        return text

    # --- what lies on the disk ------------------------------------------------------------------

    def journal(self, name: str) -> str:
        return (self.work / "journal" / f"{name}.jsonl").read_text(encoding="utf-8")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Its lines as v0.1.0 wrote them: later versions add what was agreed to and the defaults
        that pieces are drawn by, and have a market on the embedded chain from the beginning, so
        that its genesis is another."""
        lines = [json.loads(line) for line in self.journal(name).splitlines()]
        for line in lines:
            line.get("data", {}).pop("money", None)
            line.get("data", {}).pop("defaults", None)
            line.pop("genesis", None)
        return lines

    def store(self) -> dict[str, Any]:
        """Every manifest, by its folder."""
        return {
            path.parent.relative_to(self.work).as_posix(): without_seconds(
                json.loads(path.read_text(encoding="utf-8"))
            )
            for path in sorted((self.work / "store").rglob("manifest.json"))
        }

    def files(self, under: str = ".nftforge") -> dict[str, str]:
        """Every file with its digest; of manifests and the chain's file only that it is there."""
        root = self.folder / under
        return {
            path.relative_to(root).as_posix(): ""
            if path.suffix == ".sqlite" or path.name == "manifest.json"
            else _sha256(path.read_bytes())
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }


def ordered(text: str) -> str:
    """Without passing lines; of pieces made side by side, which take turns, in a fixed order."""
    text, passed = PASSING.subn("", text)  # it may stand in one line with another thread's
    lines = [line for line in text.splitlines() if line or not passed]
    runs = (sorted(run) for _, run in groupby(lines, key=_stage))
    return "".join(f"{line}\n" for run in runs for line in run)


def _stage(line: str) -> str:
    word = line.partition(" ")[0]
    return "metadata" if word == "address" else word  # a piece's metadata follows its address


def without_seconds(manifest: dict[str, Any]) -> dict[str, Any]:
    provenance = manifest["provenance"]
    masked = {key: "<seconds>" for key in provenance if key == "seconds"}
    return {**manifest, "provenance": {**provenance, **masked}}


def kept(name: str, folder: Path) -> Desk:
    """A collection's folder as v0.1.0 left it, in `folder`."""
    shutil.copytree(KEPT / name, folder, dirs_exist_ok=True)
    (folder / "dot-nftforge").rename(folder / ".nftforge")
    return Desk(folder)


def machine() -> dict[str, Any]:
    """What decides the last bits of floating-point sums here."""
    from importlib.metadata import version

    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    names = ("numba", "llvmlite", "numpy", "pillow", "imageio-ffmpeg")
    return {
        "cpu": llvm.get_host_cpu_name(),
        "features": _sha256(features.encode())[:16],
        **{name: version(name) for name in names},
    }


def _python_path() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
