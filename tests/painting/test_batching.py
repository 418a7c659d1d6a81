"""Several pieces in one computation: what each gets, and that nobody waits for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from nftforge.painting.brushes import load_brush
from nftforge.painting.engine import paint
from nftforge.painting.neural import descent, trained
from nftforge.painting.neural import painter as neural_painter
from nftforge.painting.neural.batching import Batcher, Member
from nftforge.painting.neural.descent import Laid, Sheet, added_up, batched_gradients
from nftforge.painting.neural.renderer import load
from nftforge.painting.neural.teacher import sample
from nftforge.painting.settings import PaintSettings


@pytest.fixture(scope="module", autouse=True)
def few_steps():
    """Short paintings, on one thread of torch, as a painter has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neural_painter, "STEPS", 8)
        short = replace(neural_painter.SCHEDULE, recyclings=2, refining=8)
        patch.setattr(neural_painter, "SCHEDULE", short)
        torch.set_num_threads(1)
        yield


# --- one computation ------------------------------------------------------------------------------


def laid(brush, strokes, height, width, windows=1, seed=0):
    """Random strokes on a random sheet of windows `height` by `width`."""
    random = np.random.default_rng(seed)
    rows = windows * height
    target, base = random.random((2, rows, width, 3))
    weight, corner = random.random((rows, width)) / rows / width, random.random((windows, 2)) / 4
    sheet = Sheet(target, weight, base, height, max(height, width), corner)
    params = sample(brush, strokes, torch.Generator().manual_seed(seed), small=0.3).double().numpy()
    colours = random.random((strokes, load_brush(brush).BRUSH.colours, 3))
    return Laid(params, colours, random.integers(0, windows, strokes), sheet)


def several(brush):
    return [
        laid(brush, 9, 20, 33), laid(brush, 30, 24, 24, windows=3, seed=1),
        laid(brush, 0, 8, 8, seed=2), laid(brush, 25, 64, 40, seed=3),
    ]  # fmt: skip


def assert_same(one, other):
    for name in ("loss", "params", "colours", "gain", "picture"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("brush", trained())
def test_sheets_of_several_pieces_give_each_the_gradients_it_gets_alone_to_the_bit(brush):
    renderer, _ = load(brush)
    for piece, batched in zip(
        several(brush), batched_gradients(renderer, several(brush)), strict=True
    ):
        assert_same(descent.gradients(renderer, piece), batched)


@pytest.mark.gpu
@pytest.mark.parametrize("brush", trained())
def test_so_they_do_on_a_real_device_and_every_time(brush):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    renderer = load(brush)[0].to("cuda")
    batched, again = (
        batched_gradients(renderer, several(brush)),
        batched_gradients(renderer, several(brush)),
    )
    for piece, one, other in zip(several(brush), batched, again, strict=True):
        assert_same(one, other)
        assert_same(descent.gradients(renderer, piece), one)


def test_gradients_are_the_same_in_chunks_of_any_size_and_computed_twice(monkeypatch):
    renderer, _ = load("oil")
    before = batched_gradients(renderer, several("oil"))
    monkeypatch.setitem(descent.CHUNK, "cpu", 192)
    monkeypatch.setattr(descent, "KEPT", 100)
    for one, other in zip(before, batched_gradients(renderer, several("oil")), strict=True):
        assert_same(one, other)


def test_parts_have_one_sum_in_whatever_order_they_come():
    random = torch.Generator().manual_seed(0)
    size = torch.tensor([[1e-9], [1.0], [1e6], [0.0]])
    parts = torch.randn(4, 5000, generator=random) * size
    stroke = torch.randint(0, 7, (5000,), generator=random)
    sums = added_up(parts, stroke, 8)
    exact = torch.zeros(4, 8, dtype=torch.float64).index_add(1, stroke, parts.double())
    torch.testing.assert_close(sums / (size + 1e-30), exact / (size + 1e-30), rtol=0, atol=1e-8)
    order = torch.randperm(5000, generator=random)
    assert torch.equal(added_up(parts[:, order], stroke[order], 8), sums)


# --- the batcher ----------------------------------------------------------------------------------


class Counting:
    """Gives the double; remembers what was asked for at once. Fails where it is told to."""

    def __init__(self, *fails):
        self.batches, self.fails = [], fails

    def __call__(self, requests):
        self.batches.append(sorted(requests))
        for error in self.fails:
            if error.args[0] in requests:
                raise error
        return [2 * request for request in requests]


def all_in(batcher, painters):
    """Run each painter on its own thread, all members before the first sends a request."""
    joined = threading.Barrier(len(painters))

    def joining(painter):
        member = Member(batcher)
        with member:
            joined.wait(10)
            return painter(member)

    with ThreadPoolExecutor(len(painters)) as pool:
        return [pool.submit(joining, painter) for painter in painters]


def asking(*requests):
    return lambda member: [member.compute(request) for request in requests]


def test_all_members_are_answered_at_once_and_those_who_are_done_are_not_waited_for():
    compute = Counting()
    done = all_in(Batcher(compute), [asking(1, 2, 3), asking(10), asking(20, 30)])
    assert [one.result() for one in done] == [[2, 4, 6], [20], [40, 60]]
    assert compute.batches == [[1, 10, 20], [2, 30], [3]]


def test_one_that_fails_at_its_own_work_releases_the_others():
    def failing(member):
        member.compute(7)
        raise ValueError("its own")

    compute = Counting()
    fail, go_on = all_in(Batcher(compute), [failing, asking(1, 2)])
    assert go_on.result() == [2, 4] and compute.batches == [[1, 7], [2]]
    with pytest.raises(ValueError, match="its own"):
        fail.result()


def test_an_error_reaches_only_whose_request_it_is():
    compute = Counting(ValueError(7))
    fail, go_on = all_in(Batcher(compute), [asking(7), asking(1, 2)])
    assert go_on.result() == [2, 4]
    with pytest.raises(ValueError, match="7"):
        fail.result()


def test_ctrl_c_while_answering_for_all_stops_one_and_leaves_the_others_to_each_other():
    class Once(Counting):
        def __call__(self, requests):
            if not self.batches:
                self.batches.append([])
                raise KeyboardInterrupt
            return super().__call__(requests)

    compute = Once()
    done = all_in(Batcher(compute), [asking(n, n + 10) for n in range(3)])
    errors = [one.exception() for one in done]
    (stopped,) = [error for error in errors if error]
    assert isinstance(stopped, KeyboardInterrupt)
    for n, (one, error) in enumerate(zip(done, errors, strict=True)):
        assert error or one.result() == [2 * n, 2 * n + 20]
    assert [len(batch) for batch in compute.batches] == [0, 2, 2]


def test_who_is_no_member_is_not_waited_for():
    compute = Counting()
    batcher = Batcher(compute)
    inside, outside = Member(batcher), Member(batcher)
    with inside, inside:  # within another `with`: still one member
        assert inside.compute(1) == 2
    assert outside.compute(2) == 4 and inside.compute(3) == 6
    assert compute.batches == [[1], [2], [3]]


# --- pieces ---------------------------------------------------------------------------------------


def scene(height, width, seed):
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    disc = (np.hypot(x - 0.2 - 0.1 * seed, y - 0.3) < 0.2) * 1.0
    return np.stack([x, 1 - y, disc], axis=2).clip(0, 1).astype(np.float32)


PIECES = [
    (scene(24, 36, 0), PaintSettings(strokes=4, seed=1, engine="neural")),
    (scene(32, 16, 1), PaintSettings(strokes=7, seed=2, engine="neural", loss="l1")),
    (scene(20, 20, 2), PaintSettings(strokes=5, seed=3, engine="neural", canvas=None)),
    (scene(20, 30, 3), PaintSettings(strokes=4, seed=4, engine="neural", brush="tape")),
]


def digest(piece, on_progress=lambda *_: None):
    return paint(piece[0], None, piece[1], on_progress).strokes.digest()


@pytest.fixture(scope="module")
def alone():
    return [digest(piece) for piece in PIECES]


@pytest.fixture
def shared(monkeypatch):
    """How many pieces each step of the pieces painted now has; four are painted together."""
    sizes = []

    def counted(renderer, batch):
        sizes.append(len(batch))
        return batched_gradients(renderer, batch)

    monkeypatch.setattr(neural_painter, "batched_gradients", counted)
    monkeypatch.setenv("NFTFORGE_TOGETHER", "4")
    return sizes


def test_pieces_painted_together_get_the_strokes_they_get_alone(alone, shared):
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(digest, PIECES)) == alone
    assert max(shared) == 3  # tape has other networks, and a batcher of its own


def test_a_piece_that_is_stopped_does_not_stop_the_others(alone, shared):
    class StoppedError(Exception):
        pass

    def stop(*_):
        raise StoppedError

    with ThreadPoolExecutor(3) as pool:
        stopped = pool.submit(digest, PIECES[0], stop)
        others = [pool.submit(digest, piece) for piece in PIECES[1:3]]
        assert [other.result() for other in others] == alone[1:3]
        with pytest.raises(StoppedError):
            stopped.result()
