"""Which pictures are put over which, and how; `layers` does it. Nothing heavy is loaded here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LayerLook:
    """blend: normal, multiply, screen or overlay; opacity 0..1."""

    blend: str = "normal"
    opacity: float = 1.0


@dataclass(frozen=True)
class LayerFile:
    """A picture that is put over others."""

    path: Path
    look: LayerLook = LayerLook()
