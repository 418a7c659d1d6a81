"""The strokes so far and Adam's memory of each: the only thing that changes during a fit.

Every stroke keeps its own age, so a new one takes steps as large as it needs while the old ones
hardly move. Adam: Kingma and Ba, arXiv 1412.6980 (betas 0.9 and 0.99).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

FAST, SLOW, TINY = 0.1, 0.01, 1e-12  # 1 - beta1, 1 - beta2, epsilon


class _State(NamedTuple):
    """Strokes and, in the same order, the running means of their gradients and of the squares."""

    params: F64  # [stroke, P]
    colours: F64  # [stroke, C, 3]
    params_mean: F64
    colours_mean: F64
    params_square: F64
    colours_square: F64
    ages: F64  # [stroke], Adam steps each has had


class Adam:
    """Strokes in painting order (`len`: how many) and what Adam remembers of each."""

    def __init__(self, params: int, colours: int) -> None:
        self._state = _fresh(np.empty((0, params)), np.empty((0, colours, 3)))

    def __len__(self) -> int:
        return len(self.params)

    @property
    def params(self) -> F64:
        """[stroke, P]"""
        return self._state.params

    @property
    def colours(self) -> F64:
        """[stroke, C, 3]"""
        return self._state.colours

    def add(self, params: F64, colours: F64) -> None:
        """New strokes on top of the others."""
        pairs = zip(self._state, _fresh(params, colours), strict=True)
        self._state = _State(*(np.concatenate(pair) for pair in pairs))

    def keep(self, order: NDArray[np.int64]) -> None:
        """Keep the strokes numbered in `order`, in that order."""
        self._state = _State(*(array[order] for array in self._state))

    def reset(self) -> None:
        """Descend as if for the first time, as after a change of the goal."""
        self._state = _fresh(self.params, self.colours)

    def step(self, gradients: tuple[F64, F64], steps: tuple[F64, F64], bounds: F64) -> None:
        """One Adam step down the gradients of params and colours; bounds [low/high, P]."""
        old, ages = self._state, self._state.ages + 1
        p_mean, p_square = _moments(old.params_mean, old.params_square, gradients[0])
        c_mean, c_square = _moments(old.colours_mean, old.colours_square, gradients[1])
        params = old.params - _down(steps[0], p_mean, p_square, ages)
        colours = old.colours - _down(steps[1], c_mean, c_square, ages)
        self._state = _State(
            np.clip(params, *bounds), np.clip(colours, 0.0, 1.0), p_mean, c_mean, p_square,
            c_square, ages,
        )  # fmt: skip


def _fresh(params: F64, colours: F64) -> _State:
    p, c = np.zeros_like(params), np.zeros_like(colours)
    return _State(params, colours, p, c, p, c, np.zeros(len(params)))


def _moments(mean: F64, square: F64, gradient: F64) -> tuple[F64, F64]:
    return mean + FAST * (gradient - mean), square + SLOW * (gradient**2 - square)


def _down(steps: F64, mean: F64, square: F64, ages: F64) -> F64:
    """`steps` by the mean over the root of the squares, both as if they had not begun at 0."""
    age = ages.reshape(-1, *[1] * (mean.ndim - 1))
    down = mean / (1 - (1 - FAST) ** age)
    rough = np.sqrt(square / (1 - (1 - SLOW) ** age)) + TINY
    return np.asarray(steps * down / rough)
