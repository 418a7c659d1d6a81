"""A painting as data: the strokes, in painting order, independent of any resolution.

Frame: x to the right, y DOWN, the longer side of the canvas is 1, the origin its upper left
corner. A stroke file is an ordinary `.npz` (zip of npy arrays, readable by numpy alone):

    format      int     2
    brush       str     name of the brush
    version     int     of the brush; another version may draw the same numbers differently
    params      float32 [stroke, P]     the brush's parameters, in its own order (`Brush.params`)
    colours     float32 [stroke, C, 3]  sRGB, 0..1; two colours make a gradient along the stroke
    canvas      float32 [4]             background, sRGB and alpha, 0..1; alpha 0: no canvas at all
    aspect      float64                 width / height of the picture
    seed        int64                   what the painter drew its random numbers from
    tip         uint8   [256, 256]      the brush's tip, 255 = paint; empty [0, 0] if it has none

The zip holds no times and no machine's name: the same strokes are the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nftforge.core.errors import ConfigError, LimitError
from nftforge.core.limits import MIB, STROKE_BYTES, STROKES
from nftforge.painting.brushes import Brush, load_brush

FORMAT = 2
SLACK = 4  # times its range that a parameter may lie beyond it
FAR = 1e6  # for what has no range
ARRAYS = ("format", "brush", "version", "params", "colours", "canvas", "aspect", "seed", "tip")


@dataclass(frozen=True, eq=False)
class Strokes:
    """`params` float32 [stroke, P], canvas units, y down; `colours` float32 [stroke, C, 3] sRGB."""

    brush: str
    version: int
    params: NDArray[np.float32]
    colours: NDArray[np.float32]
    canvas: NDArray[np.float32]  # [4], RGBA
    aspect: float  # width / height
    seed: int
    tip: NDArray[np.uint8] | None = None  # [256, 256], 255 = paint

    @property
    def transparent(self) -> bool:
        """Whether there is no canvas under the strokes."""
        return bool(self.canvas[3] == 0)

    def __len__(self) -> int:
        return len(self.params)

    def prefix(self, count: int) -> Strokes:
        """The painting after its first `count` strokes."""
        return replace(self, params=self.params[:count], colours=self.colours[:count])

    def opaque(self) -> Strokes:
        """With a canvas under the strokes, as films and pages show them."""
        return replace(self, canvas=np.append(self.canvas[:3], 1).astype(np.float32))

    def shape(self, size: int) -> tuple[int, int]:
        """(width, height) in pixels when the longer side has `size`."""
        if self.aspect >= 1:
            return size, max(1, round(size / self.aspect))
        return max(1, round(size * self.aspect)), size

    def to_bytes(self) -> bytes:
        """The stroke file."""
        arrays = {
            "format": np.array(FORMAT),
            "brush": np.array(self.brush),
            "version": np.array(self.version),
            "params": self.params,
            "colours": self.colours,
            "canvas": self.canvas,
            "aspect": np.array(self.aspect),
            "seed": np.array(self.seed),
            "tip": np.empty((0, 0), np.uint8) if self.tip is None else self.tip,
        }
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, array in arrays.items():
                data = io.BytesIO()
                np.lib.format.write_array(data, np.asarray(array, order="C"), allow_pickle=False)
                info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 3
                archive.writestr(info, data.getvalue())
        return target.getvalue()

    def digest(self) -> str:
        """SHA-256 (hex) of the stroke file."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def load(cls, path: Path) -> Strokes:
        """Read a stroke file. Raises ConfigError naming it if it is none, or not for us."""
        try:
            if not path.is_file():  # a pipe would be waited for, for ever
                raise FileNotFoundError(path)
            with zipfile.ZipFile(path) as archive:
                file = {name: _array(archive, f"{name}.npy") for name in ARRAYS}
            if int(file["format"]) != FORMAT:
                raise ConfigError(
                    f"{path} is a stroke file of format {int(file['format'])}, this nftforge "
                    f"reads format {FORMAT}"
                )
            strokes = cls(
                brush=str(file["brush"]),
                version=int(file["version"]),
                params=np.asarray(file["params"], np.float32),
                colours=np.asarray(file["colours"], np.float32),
                canvas=np.asarray(file["canvas"], np.float32),
                aspect=float(file["aspect"]),
                seed=int(file["seed"]),
                tip=np.asarray(file["tip"], np.uint8) if file["tip"].size else None,
            )
        except ConfigError:
            raise
        except LimitError as error:
            raise ConfigError(f"{path} is no stroke file: {error.fact}") from None
        except Exception:  # zip, zlib, npy and numpy each have their own; there is no list
            raise ConfigError(f"{path} is no stroke file") from None
        strokes._check(path)
        return strokes

    def _check(self, path: Path) -> None:
        brush = load_brush(self.brush).BRUSH
        if self.version != brush.version:
            raise ConfigError(
                f"{path} was painted with version {self.version} of {brush.name}, this nftforge "
                f"has version {brush.version}, which draws other strokes",
                hint="paint it again, or draw it with the nftforge that painted it",
            )
        if len(self.params) > STROKES:
            raise ConfigError(f"{path} has {len(self.params)} strokes; {STROKES} are the most")
        shapes = (self.params.shape[1:], self.colours.shape, self.canvas.shape)
        wanted = ((len(brush.params),), (len(self.params), brush.colours, 3), (4,))
        tip = None if self.tip is None else self.tip.shape
        fits = shapes == wanted and tip == ((brush.tip, brush.tip) if brush.tip else None)
        if not fits or not self._near(brush) or not 0 < self.aspect < 1e5:
            raise ConfigError(f"{path} is damaged: its arrays do not fit together")

    def _near(self, brush: Brush) -> bool:
        """Whether the numbers are ones that a brush can follow; NaN and infinity are not."""
        low, high = (np.array(bounds, np.float64) for bounds in (brush.low, brush.high))
        bounded = np.isfinite(high - low)  # angles are not
        room = np.where(bounded, SLACK * (high - low), FAR)
        low, high = np.where(bounded, low - room, -FAR), np.where(bounded, high + room, FAR)
        return bool(
            ((self.params > low) & (self.params < high)).all()
            and (np.abs(self.colours) < FAR).all()
            and (np.abs(self.canvas) < FAR).all()
        )


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """One array, once it is known to be as small as the file says. numpy alone would make room for
    whatever shape a head of a few bytes names. Raises LimitError, and whatever they raise."""
    if (size := archive.getinfo(name).file_size) > STROKE_BYTES:
        raise LimitError(f"{name} would unpack to more than {STROKE_BYTES // MIB} MiB")
    with archive.open(name) as stream:
        data = stream.read(size)  # zipfile gives no more than the size it was asked about
    head = io.BytesIO(data)
    version = np.lib.format.read_magic(head)
    if version != (1, 0):  # heads under 64 KiB: all that we write
        raise ValueError(version)
    shape, _, kind = np.lib.format.read_array_header_1_0(head)
    if math.prod(shape) * kind.itemsize != len(data) - head.tell():
        raise ValueError(shape)
    return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
