"""The readable twin of `gif`: the same film by imageio, ten times the size.

It keeps every frame in memory, dithers and gives each frame its own palette of 256 colours. Tests
and benchmarks hold `gif` to it. imageio writes no loop unless it is asked for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np

from nftforge.media.gif import Draw
from nftforge.media.schedule import Keyframe


def write_plain_gif(
    path: Path, draw: Draw, keyframes: Sequence[Keyframe], loop: bool = True
) -> None:
    """Write the keyframes as a GIF, endless or played once. Raises OSError."""
    frames = np.stack(list(draw([keyframe.strokes for keyframe in keyframes])))
    delays = [keyframe.delay_ms for keyframe in keyframes]
    forever: dict[str, Any] = {"loop": 0} if loop else {}
    iio.imwrite(path, frames, plugin="pillow", extension=".gif", duration=delays, **forever)
