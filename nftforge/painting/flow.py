"""Which way strokes lie: along what they depict, as the structure tensor tells it.

The tensor's first eigenvector points across an edge, its second along it (Di Zenzo, A Note on the
Gradient of a Multi-Image, CVGIP 1986; for painting: Kyprianidis and Kang, Image and Video
Abstraction by Coherence-Enhancing Filtering, EG 2011). Where a picture has no direction the field
says so, and strokes lie as they like.

    E = sum over strokes of  area * coherence * sin^2(angle - tangent)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nftforge.painting.pictures import RgbaImage, blurred

F64 = NDArray[np.float64]

SIZE = 256  # pixels on the longer side: finer directions are of grain
REACH = 2.0  # pixels of it that directions are averaged over (standard deviation)
FAINT = 0.02  # an edge of this strength (sRGB a pixel) counts half
HOLD = 0.006  # of the weight, beside a mean squared error: 0.1 dB at 500 strokes


@dataclass(frozen=True, eq=False)
class Flow:
    """Directions over a canvas. `weight`: how much they matter, 0..1."""

    tangent: F64  # [h, w], radians, along edges
    coherence: F64  # [h, w], 0 none .. 1 one direction
    weight: float

    @classmethod
    def of(cls, picture: RgbaImage, weight: float) -> Flow:
        """The directions of a picture."""
        small = picture.resized(SIZE)
        shown = np.pad(small.rgb * small.alpha[..., None], [(1, 1), (1, 1), (0, 0)], mode="edge")
        down = (shown[2:, 1:-1] - shown[:-2, 1:-1]) / 2
        across = (shown[1:-1, 2:] - shown[1:-1, :-2]) / 2
        xx, yy, xy = (
            blurred((one * other).sum(axis=2), REACH)
            for one, other in ((across, across), (down, down), (across, down))
        )
        both, apart = xx + yy, np.hypot(xx - yy, 2 * xy)
        coherence = apart / (both + FAINT**2)
        return cls(0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2, coherence, weight)

    def at(self, x: F64, y: F64) -> tuple[F64, F64]:
        """(tangents, coherences) at places in canvas units."""
        height, width = self.tangent.shape
        scale = max(height, width)
        column = (x * scale).astype(int).clip(0, width - 1)
        row = (y * scale).astype(int).clip(0, height - 1)
        return self.tangent[row, column], self.coherence[row, column]

    def drawn(self, x: F64, y: F64, random: np.random.Generator) -> F64:
        """Angles for strokes that are to begin there: the surer a direction, the closer to it."""
        tangent, coherence = self.at(x, y)
        free = random.uniform(-np.pi / 2, np.pi / 2, x.shape)
        return np.asarray(tangent + free * (1 - self.weight * coherence))

    def torque(self, x: F64, y: F64, angle: F64, area: F64) -> F64:
        """What E, times the weight, adds to the loss's gradient by the strokes' angles."""
        tangent, coherence = self.at(x, y)
        return np.asarray(HOLD * self.weight * area * coherence * np.sin(2 * (angle - tangent)))
