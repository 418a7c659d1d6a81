"""Where the next stroke does most good: many cheap proposals, then a climb from the best.

A proposal is a straight box. Its gain is the squared error it would take away if painted opaquely
in its best colours (a least-squares fit along the box, one colour or a gradient of two), estimated
from a fixed grid of points. No brush is drawn: a proposal costs less than a microsecond, so each
stroke is the best of a hundred. Descent does the rest. The climb is as in Fogleman's `primitive`.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nftforge.painting.brushes._kit import FAST
from nftforge.painting.flow import Flow
from nftforge.painting.focus import SMALLER
from nftforge.painting.pictures import View

F64 = NDArray[np.float64]

ALONG, ACROSS = 9, 5  # points a proposal is judged by
PROPOSALS, CLIMBS = 32, 80  # for each stroke
SLIMMEST, SLIM, WIDE = 0.2, 0.25, 0.75  # width to length: of proposals; of climbs, least and most


@njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")
def gain_of(box: Any, target: Any, error: Any, gradient: bool) -> float:
    """Squared error that a box [x, y, half_length, half_width, angle] (pixels) would take away."""
    height, width, _ = target.shape
    c, s, a, b = cos(box[4]), sin(box[4]), box[2], box[3]
    n, sum_e, sum_s, sum_ss = 0.0, 0.0, 0.0, 0.0
    t0, t1, t2, q0, q1, q2, squares = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(ALONG):
        along = (2 * i + 1) / ALONG - 1.0
        for j in range(ACROSS):
            across = (2 * j + 1) / ACROSS - 1.0
            px = int(np.floor(box[0] + along * a * c - across * b * s))
            py = int(np.floor(box[1] + along * a * s + across * b * c))
            if px < 0 or py < 0 or px >= width or py >= height:
                continue
            n += 1.0
            sum_e += error[py, px]
            v0, v1, v2 = target[py, px, 0], target[py, px, 1], target[py, px, 2]
            t0, t1, t2 = t0 + v0, t1 + v1, t2 + v2
            q0, q1, q2 = q0 + along * v0, q1 + along * v1, q2 + along * v2
            squares += v0 * v0 + v1 * v1 + v2 * v2
            sum_s += along
            sum_ss += along * along
    if n < 1.0:
        return 0.0
    left = squares - (t0 * t0 + t1 * t1 + t2 * t2) / n
    spread = sum_ss - sum_s * sum_s / n
    if gradient and spread > 1e-9:
        r0, r1, r2 = q0 - sum_s * t0 / n, q1 - sum_s * t1 / n, q2 - sum_s * t2 / n
        left -= (r0 * r0 + r1 * r1 + r2 * r2) / spread
    return float((sum_e - left) * a * b / (ALONG * ACROSS))


@njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")
def paint_box(box: Any, target: Any, error: Any, gradient: bool, colours: Any) -> None:
    """Fit `colours` [2, 3] to the picture under a box and write the error it leaves."""
    height, width, _ = target.shape
    c, s, a, b = cos(box[4]), sin(box[4]), box[2], box[3]
    rx, ry = a * abs(c) + b * abs(s), a * abs(s) + b * abs(c)
    x0, x1 = max(0, int(box[0] - rx)), min(width, int(box[0] + rx) + 1)
    y0, y1 = max(0, int(box[1] - ry)), min(height, int(box[1] + ry) + 1)
    n, sum_s, sum_ss = 1e-9, 0.0, 0.0
    t, q = np.zeros(3), np.zeros(3)
    for py in range(y0, y1):
        for px in range(x0, x1):
            dx, dy = px + 0.5 - box[0], py + 0.5 - box[1]
            u, v = dx * c + dy * s, dy * c - dx * s
            if abs(u) <= a and abs(v) <= b:
                n += 1.0
                sum_s += u / a
                sum_ss += u / a * u / a
                for k in range(3):
                    t[k] += target[py, px, k]
                    q[k] += u / a * target[py, px, k]
    spread = sum_ss - sum_s * sum_s / n
    for k in range(3):
        slope = (q[k] - sum_s * t[k] / n) / spread if gradient and n > 8 and spread > 1e-9 else 0.0
        middle = (t[k] - slope * sum_s) / n
        colours[0, k] = min(max(middle - slope, 0.0), 1.0)
        colours[1, k] = min(max(middle + slope, 0.0), 1.0)
    for py in range(y0, y1):
        for px in range(x0, x1):
            dx, dy = px + 0.5 - box[0], py + 0.5 - box[1]
            u, v = dx * c + dy * s, dy * c - dx * s
            if abs(u) <= a and abs(v) <= b:
                left, mix = 0.0, 0.5 * (u / a + 1.0)
                for k in range(3):
                    ink = (1.0 - mix) * colours[0, k] + mix * colours[1, k]
                    left += (ink - target[py, px, k]) ** 2
                error[py, px] = left


@njit(nogil=True, cache=True, error_model="numpy")
def best_boxes(
    target: Any, error: Any, focus: Any, starts: Any, climbs: Any, smallest: Any, largest: Any,
    gradient: bool,
) -> Any:  # fmt: skip
    """(boxes [stroke, 5], colours [stroke, 2, 3]) found greedily; `error` [h, w] is used up.

    focus [h, w]: what a gain counts where the box's middle is.
    starts [stroke, proposal, 5] are the proposals, climbs [stroke, step, 5] the steps tried from
    the best of them (relative: position in half lengths, sizes in log, angle in radians).
    """
    count, proposals = starts.shape[:2]
    boxes, colours = np.empty((count, 5)), np.empty((count, 2, 3))
    trial = np.empty(5)
    for i in range(count):
        best, most = 0, -1e30
        for j in range(proposals):
            gain = gain_of(starts[i, j], target, error, gradient)
            gain *= focus[int(starts[i, j, 1]), int(starts[i, j, 0])]
            if gain > most:
                best, most = j, gain
        box = boxes[i]
        box[:] = starts[i, best]
        for j in range(climbs.shape[1]):
            step = climbs[i, j]
            trial[0], trial[1] = box[0] + step[0] * box[2], box[1] + step[1] * box[2]
            for k in range(2):
                trial[2 + k] = min(max(box[2 + k] * np.exp(step[2 + k]), smallest[k]), largest[k])
            trial[4] = box[4] + step[4]
            if not (0 <= trial[0] < target.shape[1] and 0 <= trial[1] < target.shape[0]):
                continue
            gain = gain_of(trial, target, error, gradient)
            gain *= focus[int(trial[1]), int(trial[0])]
            if gain > most:
                most = gain
                box[:] = trial
        paint_box(box, target, error, gradient, colours[i])
    return boxes, colours


def propose(
    view: View,
    painted: F64,
    count: int,
    sizes: tuple[float, float],
    widest: float,
    gradient: bool,
    random: np.random.Generator,
    level: bool = False,
    flow: Flow | None = None,
) -> tuple[F64, F64]:
    """(boxes [stroke, 5] as x, y, half_length, half_width, angle; colours [stroke, 2, 3]).

    painted [h, w, 3]: what is there already; sizes: half lengths from, to; widest: largest half
    width; level: no box is turned; flow: which way they had better lie. Canvas units, radians.
    """
    height, width, _ = painted.shape
    scale = max(width, height)
    error = ((painted - view.target) ** 2).sum(axis=2)
    focus = np.ones(error.shape) if view.focus is None else view.focus
    chances = np.cumsum((error + 1e-9) * (view.alpha + 1e-6) * focus)
    at = np.searchsorted(chances, random.random((count, PROPOSALS)) * chances[-1])
    at = at.clip(0, height * width - 1)
    starts = np.empty((count, PROPOSALS, 5))
    starts[..., 0] = at % width + random.random(at.shape)
    starts[..., 1] = at // width + random.random(at.shape)
    low, high = np.log(sizes[0] * scale), np.log(sizes[1] * scale)
    half = np.exp(low + (high - low) * random.random(at.shape))
    if view.focus is not None:  # broad where it matters little
        half = half * focus.ravel()[at] ** -SMALLER
        sizes = sizes[0] * float(focus.max()) ** -SMALLER, sizes[1]
        half = half.clip(sizes[0] * scale, sizes[1] * scale)
    starts[..., 2] = half
    starts[..., 3] = half * np.exp(random.uniform(np.log(SLIMMEST), 0.0, at.shape))
    x, y = starts[..., 0] / scale, starts[..., 1] / scale
    starts[..., 4] = flow.drawn(x, y, random) if flow else random.uniform(0, pi, at.shape)
    steps = random.normal(0, 1, (count, CLIMBS, 5)) * np.array([0.3, 0.3, 0.25, 0.25, 0.3])
    steps *= 10 ** random.uniform(-1, 0, (count, CLIMBS, 1))
    if level:
        starts[..., 4], steps[..., 4] = 0.0, 0.0
    starts[..., 3] = np.minimum(starts[..., 3], widest * scale)
    smallest = np.array([sizes[0], min(SLIM * sizes[0], widest)])
    largest = np.array([sizes[1], min(WIDE * sizes[1], widest)])
    boxes, colours = best_boxes(
        view.target, error, focus, starts, steps, smallest * scale, largest * scale, gradient
    )
    boxes[:, :4] /= scale
    return boxes, colours
