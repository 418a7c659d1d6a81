"""Why a set cannot be drawn. Both are for the caller, who knows how its places are written."""

from __future__ import annotations

from collections.abc import Sequence

from nftforge.traits.models import Place


class ImpossibleError(Exception):
    """Proven: no set is as asked for.

    places: the lines that conflict; without any one of the rules among them, this proof fails.
    """

    def __init__(self, why: str, places: Sequence[Place] = ()) -> None:
        super().__init__(why)
        self.why = why
        self.places = tuple(places)


class GaveUpError(Exception):
    """Not found, and not proven impossible. places: what was broken most at the end."""

    def __init__(self, why: str, places: Sequence[Place] = ()) -> None:
        super().__init__(why)
        self.why = why
        self.places = tuple(places)
