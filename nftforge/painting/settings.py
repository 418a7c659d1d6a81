"""What a painter is told. Light: numba and torch load when something is painted, not before."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nftforge.core.errors import ConfigError
from nftforge.core.nearest import suggestion
from nftforge.painting.brushes import brush_meant, brush_names

ENGINES = {
    "analytic": "exact differentiable brushes on the true global canvas",
    "neural": "through networks that imitate the brushes, block by block (arXiv 2011.08114)",
}
OTHER_ENGINES = {"exact": "analytic", "analytical": "analytic", "network": "neural", "ai": "neural"}
LOSSES = ("l2", "l1")
FOCI = ("auto", "mask")
DEVICES = ("cpu", "cuda")
BATCH_ON_CUDA = 16

ProgressCallback = Callable[[float, int, float, int], None]
"""Called with (part of the work that is done 0..1, strokes so far, PSNR now, at how many pixels on
the longer side); may raise to stop it."""

Colour = tuple[int, int, int]
"""sRGB, 0..255."""

VGG_WEIGHTS = "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f"
"""SHA-256 of the weights that styles are compared by; see `vgg`."""


@dataclass(frozen=True)
class StyleSettings:
    """How a painting takes on the look of a style picture.

    texture     with its textures: strokes change their shapes, not only their colours
    strength    1 as it comes; less is closer to the picture
    """

    texture: bool = True
    strength: float = 1.0
    features: str = VGG_WEIGHTS


@dataclass(frozen=True)
class PaintSettings:
    """What alters a painting.

    canvas      background, or None for a transparent one
    underpainting   the ground that strokes are laid on, if it is not the canvas's colour
    psnr        dB to reach: as many strokes as that takes, at most `strokes`
    seconds     time to paint in; strokes then depend on the machine
    min_size, max_size  length of strokes, as a fraction of the picture's longer side
    palette     the only colours to use: how many to find in the picture, or which
    oklab       its colours are found as eyes tell colours apart, and the picture is seen in the
                tones that those which are given have
    opaque      no glazing: every stroke hides what is under it
    lattice     strokes lie level on so many cells along the picture's longer side
    loss        l2 (mean squared error, PSNR) or l1 (mean absolute error)
    flow        how much strokes lie along what they depict, 0..1
    focus       where the picture matters more: auto (what draws the eye), mask (one is given)
    transport   weight of the paper's optimal-transport loss, 0 for none
    schedule    how much of each part of the work: 1, or 2, which takes 0.6 of the time
    style       how the look of a style picture is taken on, if one is given
    """

    brush: str = "oil"
    strokes: int = 500
    seed: int = 0
    canvas: Colour | None = (255, 255, 255)
    engine: str = "auto"
    psnr: float | None = None
    seconds: float | None = None
    min_size: float | None = None
    max_size: float | None = None
    palette: int | tuple[Colour, ...] | None = None
    oklab: bool = False
    opaque: bool = False
    lattice: int | None = None
    loss: str = "l2"
    flow: float = 0.0
    focus: str | None = None
    underpainting: Colour | None = None
    transport: float = 0.0
    schedule: int = 1
    style: StyleSettings | None = None

    def __post_init__(self) -> None:
        _known("brush", self.brush, brush_names())
        _known("engine", self.engine, ["auto", *ENGINES], OTHER_ENGINES)
        _known("loss", self.loss, LOSSES)
        if self.lattice is not None and self.brush != "tape":
            raise ConfigError(
                f"{self.brush} strokes lie on no lattice", hint="paint with brush: tape"
            )
        if self.focus is not None:
            _known("focus", self.focus, FOCI)
        if self.underpainting and self.canvas is None:
            raise ConfigError(
                "an underpainting on a transparent canvas would be its background",
                hint="say `canvas` the colour instead, or leave the underpainting out",
            )
        wishes = [name for name in ("flow", "focus") if getattr(self, name)]
        if wishes and self.chosen_engine == "neural":
            raise ConfigError(
                f"the neural engine knows no {wishes[0]}", hint="paint with engine: analytic"
            )
        if (self.min_size or 0.0) > (self.max_size or 1.0):
            raise ConfigError(f"min size {self.min_size} is larger than max size {self.max_size}")

    @property
    def chosen_engine(self) -> str:
        """`auto` is the analytic engine: closer to the picture in a tenth of the time (measured in
        docs/benchmarks.md), and what it optimises is what ships."""
        return "analytic" if self.engine == "auto" else self.engine

    @property
    def working_size(self) -> int:
        """Longer side, in pixels, of the picture that strokes are fitted and measured at."""
        return 512 if self.strokes <= 2500 else 1024


SURFACES = ("canvas", "paper", "none")
STRONGEST = {
    "oil": 0.5, "knife": 0.5, "own": 0.5, "watercolor": 0.5, "pastel": 0.5, "tape": 0.45,
    "marker": 0.4, "ink": 0.4, "pencil": 0.4,
}  # fmt: skip


@dataclass(frozen=True)
class Relief:
    """How thick paint looks when it is drawn; no part of what is painted. See `relief`.

    amount      0 flat .. 1
    surface     what it is painted on: canvas, paper, none; or None for what the brush goes with
    light       where the lamp is, degrees clockwise from the top: 315 is the upper left
    """

    amount: float = 0.0
    surface: str | None = None
    light: float = 315.0

    def __post_init__(self) -> None:
        if self.surface is not None:
            _known("surface", self.surface, SURFACES)
        if not 0 <= self.amount <= 1:
            raise ConfigError(f"a relief of {self.amount}", hint="0 is flat, 1 the thickest")


FLAT = Relief()


def looks_best(brush: str, strokes: int) -> float:
    """The relief that suits a painting: many oil strokes are small, and their rims a crowd."""
    crowd = min(1.0, (500 / max(strokes, 1)) ** 0.25) if brush in ("oil", "own", "knife") else 1.0
    return round(STRONGEST[brush] * crowd, 3)


def threads() -> int:
    """Threads to paint with: NFTFORGE_THREADS, else every core this process may use."""
    wanted = os.environ.get("NFTFORGE_THREADS", "")
    return int(wanted) if wanted.isdigit() and int(wanted) else len(os.sched_getaffinity(0))


def batch_size() -> int:
    """Pieces that share each step through the networks: NFTFORGE_TOGETHER, else what a GPU holds.

    500 strokes at 512 pixels keep 1.6 GB for their gradients, so sixteen should fit 40 GB;
    what does not fit is computed twice. A processor is as busy with one piece.
    """
    wanted = os.environ.get("NFTFORGE_TOGETHER", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    return BATCH_ON_CUDA if device() == "cuda" else 1


def device() -> str:
    """Where to paint: NFTFORGE_DEVICE, `cpu` unless it says `cuda`. Raises ConfigError."""
    name = os.environ.get("NFTFORGE_DEVICE") or "cpu"
    _known("device", name, DEVICES, {"gpu": "cuda", "nvidia": "cuda", "processor": "cpu"})
    return name


def _known(
    what: str, name: str, known: Sequence[str], meant: Mapping[str, str] | None = None
) -> None:
    if name not in known:
        near = brush_meant(name) if what == "brush" else suggestion(name, known, meant)
        names = [each for each in known if each != "own"]  # it is called by its picture's path
        path = ", or the path of a grey PNG" if what == "brush" else ""
        raise ConfigError(
            f"there is no {what} {name!r}", hint=f"{near}known: {', '.join(names)}{path}"
        )
