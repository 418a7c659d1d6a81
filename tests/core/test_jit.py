"""The first use of a brush is announced, for it takes a while."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from nftforge.core import jit as compiling
from nftforge.painting import kernels
from nftforge.painting.brushes import load_brush


def test_what_is_compiled_is_said_once(monkeypatch):
    monkeypatch.setattr(compiling, "_said", set())
    stroke = np.array([load_brush("tape").place(0.5, 0.5, 0.4, 0.2, 0.0, 0.0)])
    said: list[str] = []
    with compiling.announced(said.append), compiling.announced(said.append):
        for _ in range(2):  # compiled anew each time, as if nothing had been kept
            overlaps = njit(kernels.around(kernels.overlaps, load_brush("tape")))
            assert len(overlaps(stroke, 0.01, 8, 8, 8.0)) == 0
    assert said == ["preparing the tape brush: once on this machine, up to 20 s"]
    with compiling.announced(said.append):
        kernels.kernels("tape").overlaps(stroke, 0.01, 8, 8, 8.0)
    assert len(said) == 1


def test_the_clock_stands_still_while_something_is_compiled():
    compiling.clock()
    stroke = np.array([load_brush("tape").place(0.5, 0.5, 0.4, 0.2, 0.0, 0.0)])
    overlaps = njit(kernels.around(kernels.overlaps, load_brush("tape")))
    by_wall, by_clock = time.monotonic(), compiling.clock()
    overlaps(stroke, 0.01, 8, 8, 8.0)
    time.sleep(0.05)
    wall, work = time.monotonic() - by_wall, compiling.clock() - by_clock
    assert 0.05 <= work < 0.05 + (wall - 0.05) / 2


def test_threads_that_compile_at_once_stop_it_once():
    start = compiling.clock()
    with ThreadPoolExecutor(3) as pool:
        for number in range(3):
            pool.submit(njit(lambda x, number=number: x * number), 1)
    assert compiling.clock() - start >= 0
    before = compiling.clock()
    time.sleep(0.02)
    assert compiling.clock() - before >= 0.02  # it goes on
