"""What tests share: small pictures, small collections, and the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from support import loaded

ROOT = Path(__file__).resolve().parents[2]

SMALL = """\
name: Small
symbol: SML
description: Two small paintings.
seed: 3
paint: {{brush: tape, strokes: 12, size: 64, canvas: white}}
media: {{gif: {{size: 48, frames: 6, hold_ms: 500}}, mp4: false}}
pieces:
  - {{image: images/one.png, name: One, traits: {{Kind: first}}}}
  - {{image: images/two.png, name: Two}}
mint: {{network: {network}}}
"""


def picture(path: Path, seed: int = 0, size: tuple[int, int] = (48, 32)) -> Path:
    """A few coloured rectangles."""
    random = np.random.default_rng(seed)
    pixels = np.empty((size[1], size[0], 3), np.uint8)
    pixels[:] = random.integers(0, 256, 3)
    for _ in range(4):
        x, y = random.integers(0, size[0]), random.integers(0, size[1])
        pixels[y : y + size[1] // 3 + 1, x : x + size[0] // 3 + 1] = random.integers(0, 256, 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def small_collection(folder: Path, network: str = "embedded") -> Path:
    """Two pieces that paint in a moment."""
    picture(folder / "images" / "one.png", 1)
    picture(folder / "images" / "two.png", 2, (32, 48))
    path = folder / "collection.yaml"
    path.write_text(SMALL.format(network=network))
    return path


def peak_kib() -> int:
    """The most memory that this process has had, KiB (Linux).

    Not `ru_maxrss`, which a child inherits: what a large program starts would seem large.
    """
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def nftforge(
    *arguments: str | Path,
    env: dict[str, str] | None = None,
    stdin: str = "",
    cwd: Path | None = None,
    afresh: bool = False,
    kill_after_s: float | None = None,
) -> Result:
    """Run the real command line in a process of its own; `afresh`, in an interpreter of its own.

    `kill_after_s`: killed if it still runs then; its code is -9.
    """
    words, whole = [*map(str, arguments)], {**os.environ, **(env or {})}
    if not afresh and loaded.can_run(whole):
        code, *said = loaded.run(
            words, whole, cwd or Path.cwd(), stdin=stdin.encode(), kill_after_s=kill_after_s
        )
        return Result(code, *(each.decode().replace("\r\n", "\n") for each in said))
    command = [sys.executable, "-m", "nftforge", *words]
    pipes: Any = {"capture_output": True, "text": True, "timeout": kill_after_s}
    try:
        done = subprocess.run(command, input=stdin, cwd=cwd, env=whole, **pipes)
    except subprocess.TimeoutExpired as killed:
        return Result(-9, str(killed.stdout or ""), str(killed.stderr or ""))
    return Result(done.returncode, done.stdout, done.stderr)


@dataclass
class RecordedReport:
    """A Report that remembers."""

    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def skip(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.said.append(text)

    def progress(self, task: str, done: int, total: int, note: str = "") -> None:
        assert 0 <= done <= total


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and time, and every folder with its time."""
    return {
        str(path.relative_to(folder)): (
            path.read_bytes() if path.is_file() else b"",
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
    }
