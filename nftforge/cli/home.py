"""Where nftforge keeps what belongs to no collection: ~/.nftforge, or NFTFORGE_HOME."""

from __future__ import annotations

import os
from pathlib import Path


def keystores() -> Path:
    """The folder of encrypted keys."""
    home = os.environ.get("NFTFORGE_HOME")
    return (Path(home) if home else Path.home() / ".nftforge") / "keystores"
