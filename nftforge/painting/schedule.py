"""How much of each part of the work a painting gets.

Each schedule is kept as it is: what it painted can be painted again, to the bit. What they give is
in docs/adr/0010-painter-ideas.md and 0062-shorter-schedule.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Schedule:
    """Rounds and steps; `grows` is how rounds grow with the strokes, from 500 on, as a power."""

    steps: int  # of descent after a change
    recyclings: int  # how often strokes are moved to where the error is
    refining: int  # steps at full size
    small: float  # side of the picture that is grown on, pixels, for the root of a stroke
    grows: tuple[float, float] = (0.0, 0.0)  # of recyclings, of refining

    def recyclings_of(self, strokes: int) -> int:
        """Rounds of recycling for so many strokes."""
        return _grown(self.recyclings, strokes, self.grows[0])

    def refining_of(self, strokes: int) -> int:
        """Steps at full size for so many strokes."""
        return _grown(self.refining, strokes, self.grows[1])

    def small_size(self, strokes: int) -> int:
        """The side, in pixels, of the picture that this many strokes are grown on."""
        return min(512, max(64, round(self.small * math.sqrt(strokes))))


def _grown(rounds: int, strokes: int, power: float) -> int:
    more = max(strokes / 500, 1.0)
    return math.ceil(rounds * math.pow(more, power))


SCHEDULES = MappingProxyType(
    {1: Schedule(8, 22, 60, 11.5), 2: Schedule(6, 16, 50, 9.5, (0.23, 0.13))}
)
