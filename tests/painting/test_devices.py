"""The neural engine on a device that is not the processor, without one at hand.

`Elsewhere` holds a tensor of the CPU and says that it is on another device. `Apart` refuses every
operation on tensors of both, as CUDA does, and counts the copies between them, each of which makes
a GPU wait.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from nftforge.painting.brushes import brush_names, load_brush
from nftforge.painting.neural import descent
from nftforge.painting.neural.descent import Laid, Sheet, batched_gradients
from nftforge.painting.neural.renderer import Renderer
from nftforge.painting.neural.teacher import sample
from nftforge.painting.neural.training import Training

DEVICE = torch.device("meta")
COPIES = {"_to_copy", "copy_"}


class Elsewhere(torch.Tensor):
    """A tensor that is on DEVICE, as far as anybody can tell."""

    @staticmethod
    def __new__(cls, held):
        made = torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(),
            dtype=held.dtype, device=DEVICE,
        )  # fmt: skip
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, *_):
        raise AssertionError("only within Apart")


class Apart(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.counted = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs, name = dict(kwargs or {}), func.overloadpacket.__name__
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        there = any(isinstance(x, Elsewhere) for x in tensors)
        here = any(not isinstance(x, Elsewhere) and x.dim() for x in tensors)
        asked = kwargs.get("device")
        ends_there = asked == DEVICE if asked else isinstance(args[0], Elsewhere) or there
        if name in ("_to_copy", "copy_", "_local_scalar_dense"):
            self.counted["to it"] += here and ends_there
            self.counted["from it"] += there and (not ends_there or name == "_local_scalar_dense")
        else:
            assert not (there and here), f"{func} mixes devices"
        if asked:
            kwargs["device"] = torch.device("cpu")
        held = tree_map_only(Elsewhere, lambda x: x.held, (args, kwargs))
        out = func(*held[0], **held[1])
        if not ends_there:
            return out
        in_place = name.endswith("_") and not name.endswith("__")
        return args[0] if in_place else tree_map_only(torch.Tensor, Elsewhere, out)


@pytest.mark.parametrize("brush", brush_names())
def test_a_step_happens_on_the_device_and_copies_little(brush, monkeypatch):
    monkeypatch.setitem(descent.CHUNK, DEVICE.type, 256)
    monkeypatch.setattr(descent, "_kept", lambda device: 10_000)
    random = np.random.default_rng(0)
    target, base = random.random((2, 16, 24, 3))
    sheet = Sheet(target, np.full((16, 24), 1e-3), base, 16, 24, np.zeros((1, 2)))
    params = sample(brush, 9, torch.Generator().manual_seed(0)).double().numpy()
    colours = random.random((9, load_brush(brush).BRUSH.colours, 3))
    laid = Laid(params, colours, np.zeros(9, np.int64), sheet)
    renderer = Renderer(brush).requires_grad_(False)
    (plain,) = batched_gradients(renderer, [laid])
    descent._ON_DEVICE.clear()
    with Apart() as apart:
        renderer.to(DEVICE)
        batched_gradients(renderer, [laid])
        apart.counted.clear()
        (there,) = batched_gradients(renderer, [laid])
        # to it: strokes, their windows (two); from it: how many layers, gradients, losses
        assert apart.counted == Counter({"to it": 3, "from it": 3})
        np.testing.assert_array_equal(there.params, plain.params)
        np.testing.assert_array_equal(there.picture, plain.picture)
        np.testing.assert_array_equal(there.colours, plain.colours)


def test_a_training_step_happens_on_the_device():
    with Apart() as apart:
        training = Training("oil", torch.zeros(1), 0, DEVICE.type)
        for progress in (0.0, 0.1):
            apart.counted.clear()
            training.step(progress)
    assert apart.counted == Counter(
        {"to it": 2}
    )  # strokes, and which of their pixels are looked at


def test_tensors_that_do_not_meet_are_told_apart():
    with Apart(), pytest.raises(AssertionError, match="mixes devices"):
        torch.ones(3, device=DEVICE) + torch.ones(3)
