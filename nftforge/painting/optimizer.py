"""The strokes so far and Adam's memory of each: the only thing that changes during a fit.

Every stroke keeps its own age, so a new one takes steps as large as it needs while the old ones
hardly move. Adam: Kingma and Ba, arXiv 1412.6980 (betas 0.9 and 0.99).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

FAST, SLOW, TINY = 0.1, 0.01, 1e-12  # 1 - beta1, 1 - beta2, epsilon


class Adam:
    """Strokes in painting order (`len`: how many) and what Adam remembers of each.

    params [stroke, P], colours [stroke, C, 3].
    """

    def __init__(self, params: int, colours: int) -> None:
        self._all: list[F64] = [np.empty((0, params)), np.empty((0, colours, 3))] * 3
        self._all.append(np.empty(0))  # ages: Adam steps each stroke has had

    def __len__(self) -> int:
        return len(self.params)

    @property
    def params(self) -> F64:
        return self._all[0]

    @property
    def colours(self) -> F64:
        return self._all[1]

    def add(self, params: F64, colours: F64) -> None:
        """New strokes on top of the others."""
        new = [params, colours, *(np.zeros_like(array) for array in (params, colours) * 2)]
        new.append(np.zeros(len(params)))
        self._all = [np.concatenate(pair) for pair in zip(self._all, new, strict=True)]

    def keep(self, order: NDArray[np.int64]) -> None:
        """Keep the strokes numbered in `order`, in that order."""
        self._all = [array[order] for array in self._all]

    def reset(self) -> None:
        """Descend as if for the first time, as after a change of the goal."""
        params, colours = self.params, self.colours
        self.keep(np.arange(0))
        self.add(params, colours)

    def step(self, gradients: tuple[F64, F64], steps: tuple[F64, F64], bounds: F64) -> None:
        """One Adam step down the gradients of params and colours; bounds [low/high, P]."""
        self._all[6] = ages = self._all[6] + 1
        for which in (0, 1):
            values, mean, spread = self._all[which], self._all[which + 2], self._all[which + 4]
            mean += FAST * (gradients[which] - mean)
            spread += SLOW * (gradients[which] ** 2 - spread)
            age = ages.reshape(-1, *[1] * (values.ndim - 1))
            down = mean / (1 - (1 - FAST) ** age)
            rough = np.sqrt(spread / (1 - (1 - SLOW) ** age)) + TINY
            low, high = bounds if which == 0 else (0.0, 1.0)
            self._all[which] = np.clip(values - steps[which] * down / rough, low, high)
