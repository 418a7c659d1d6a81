"""The CUDA kernels against the CPU's: in numba's simulator, and on a real device if there is one.

The simulator runs a kernel's threads one by one in Python, so pictures are tiny.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nftforge.painting.brushes import brush_names

COMPARE = """
import sys
import numpy as np
from nftforge.painting import canvas, cuda
from nftforge.painting.brushes import load_brush, tip_data
from nftforge.painting.kernels import BRUSH_FUNCTIONS
from nftforge.painting.pictures import View

def bare(function):  # compiled brushes do not know the simulator's arrays
    def call(*arguments):
        return function(*(getattr(getattr(a, "_item", a), "_ary", a) for a in arguments))
    return call

module, simulated = load_brush(sys.argv[1]), sys.argv[2] == "simulated"
random = np.random.default_rng(0)
params = np.array([
    module.place(*random.uniform(0, 1, 2), random.uniform(0.2, 0.9), random.uniform(0.1, 0.4),
                 random.uniform(-3, 3), float(random.integers(65536)))
    for _ in range(24)
])
colours = random.uniform(0, 1, (24, module.BRUSH.colours, 3))
tip = random.integers(0, 256, (256, 256)).astype(np.uint8) if module.BRUSH.tip else None
data = tip_data(sys.argv[1], tip)
view = View(random.random((18, 35, 3)), random.random((18, 35)), np.ones((18, 35)), np.ones(3))
tiling = canvas.binned(sys.argv[1], params, 35, 18, 1.0, cuda.SIDE)
ours = canvas.descent(sys.argv[1], data)(params, colours, view, 1.0)
if simulated:
    cuda.binned = lambda *_: tiling
    for name in BRUSH_FUNCTIONS:
        setattr(module, name, bare(getattr(module, name)))
theirs = cuda.descent(sys.argv[1], data)(params, colours, view, 1.0)
for what in ("loss", "params", "colours", "gain", "picture"):
    a, b = np.asarray(getattr(ours, what)), np.asarray(getattr(theirs, what))
    np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-9, err_msg=what)
if not simulated:  # one thread after the other gives the same in any case
    again = cuda.descent(sys.argv[1], data)(params, colours, view, 1.0)
    assert np.array_equal(again.params, theirs.params) and again.loss == theirs.loss
"""


def compare(brush, how):
    env = dict(os.environ, NUMBA_ENABLE_CUDASIM="1" if how == "simulated" else "0")
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, brush, how], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("brush", ["oil", "marker", "pastel", "own"])
def test_the_simulated_kernels_agree_with_the_cpu(brush):
    compare(brush, "simulated")


@pytest.mark.gpu
@pytest.mark.parametrize("brush", brush_names())
def test_the_kernels_on_a_real_device_agree_with_the_cpu(brush):
    numba_cuda = pytest.importorskip("numba.cuda")
    if not numba_cuda.is_available():
        pytest.skip("no CUDA device")
    compare(brush, "real")


def test_a_machine_without_a_gpu_says_what_to_do():
    from nftforge.core.errors import MissingError
    from nftforge.painting import cuda
    from nftforge.painting.brushes import tip_data

    if cuda.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(MissingError, match="no CUDA device"):
        cuda.descent("oil", tip_data("oil", None))
