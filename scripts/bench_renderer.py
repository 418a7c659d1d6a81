#!/usr/bin/env python3
"""How well the neural renderers draw, on fresh random strokes.

    scripts/bench_renderer.py                   every brush there are weights for
    scripts/bench_renderer.py --brush oil --strokes 1000
    scripts/bench_renderer.py --tip my-brush.png

PSNR is the mean of alpha's and the foreground's (random colours), each of the mean squared error
over all strokes and pixels, peak 1; `covered` counts only pixels in strokes' boxes. `blurred` is
what the exact strokes would score blurred by 2 pixels at 128: how hard a brush is (the paper's
networks score 26.98 dB on their oil, 31.39 dB on their watercolor, at 128 pixels). Cosine: between
the network's gradient of a stroke's parameters and the exact one, median. Times on one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from nftforge.media.pictures import load_tip
from nftforge.painting.brushes import tip_data
from nftforge.painting.metrics import psnr_of
from nftforge.painting.neural import trained, weights_of
from nftforge.painting.neural.evaluate import gradient_cosines, validate
from nftforge.painting.neural.renderer import Renderer, load
from nftforge.painting.neural.teacher import Fragments, coloured, pixels, rasterise, sample

COLUMNS = (
    "brush", "64 px: PSNR", "alpha", "foreground", "covered", "128 px: PSNR", "covered", "blurred",
    "cosine", "parameters", "bytes", "ms forward", "ms and back", "exact ms forward",
)  # fmt: skip
BLUR, TIMED = 2.0, 64


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--brush", choices=trained())
    parser.add_argument("--tip", type=Path, help="the PNG of a brush of your own")
    parser.add_argument("--weights", type=Path, help="others than those in use, .safetensors")
    parser.add_argument("--strokes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2011_08114)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{options.strokes:,} strokes, {options.device}, torch {torch.__version__}\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for brush in ["own"] if options.tip else [options.brush] if options.brush else trained():
        print(row(brush, options), flush=True)


def row(brush: str, options: argparse.Namespace) -> str:
    """One brush's line of the table."""
    path = options.weights or weights_of(brush, options.tip)
    renderer = load(brush, path)[0].to(options.device)
    data = torch.from_numpy(tip_data(brush, load_tip(options.tip) if options.tip else None))
    small = validate(renderer, data, options.strokes, 64, options.seed)
    large = validate(renderer, data, options.strokes // 4, 128, options.seed)
    cosine = gradient_cosines(renderer, data, min(1000, options.strokes), 64, options.seed)
    values = (
        brush, f"**{small.psnr:.2f}**", f"{small.alpha:.2f}", f"{small.foreground:.2f}",
        f"{small.covered:.2f}", f"**{large.psnr:.2f}**", f"{large.covered:.2f}",
        f"{blurred(brush, data, min(1000, options.strokes), options.seed):.2f}",
        f"{cosine.median():.3f}", f"{renderer.size:,}",
        f"{path.stat().st_size:,}",
        *(f"{ms:.2f}" for ms in times(renderer, data, options.seed)),
    )  # fmt: skip
    return f"| {' | '.join(values)} |"


def blurred(brush: str, data: Tensor, count: int, seed: int) -> float:
    """PSNR at 128 pixels of exact strokes against themselves blurred."""
    random = torch.Generator().manual_seed(seed)
    at = torch.arange(-8, 9)
    bell = torch.exp(-(at**2) / (2 * BLUR**2))
    bell = (bell / bell.sum())[None, None, None]
    errors = torch.zeros(2)  # of alpha, of the foreground
    for _ in range(0, count, 50):
        params, colours = sample(brush, 50, random), coloured(brush, 50, random)
        seen = pixels(brush, params, 128, 128, 128)
        fragments = rasterise(brush, params, data, seen)
        sharp = [
            seen.spread(part) for part in (fragments.alpha, *fragments.foreground(colours, seen))
        ]
        planes = torch.stack(sharp).flatten(0, 1)[:, None]
        soft = conv2d(conv2d(planes, bell, padding=(0, 8)), bell.mT, padding=(8, 0))
        squared = ((soft - planes) ** 2).view(4, -1).sum(dim=1)
        errors += torch.stack([squared[0], squared[1:].mean()])
    return sum(psnr_of(float(error) / (count * 128**2)) for error in errors) / 2


def times(renderer: Renderer, data: Tensor, seed: int) -> tuple[float, float, float]:
    """Milliseconds a stroke at 64 pixels: forward, forward and backward, the exact brush."""
    device = next(renderer.parameters()).device
    random = torch.Generator().manual_seed(seed)
    params = sample(renderer.brush, TIMED, random).to(device).requires_grad_()

    def drawn() -> Fragments:
        return renderer(params, pixels(renderer.brush, params, 64, 64, 64))

    def exact() -> None:
        seen = pixels(renderer.brush, params, 64, 64, 64)
        rasterise(renderer.brush, params, data.to(params), seen)

    with torch.no_grad():
        forward, plain = timed(drawn), timed(exact)
    return forward, timed(lambda: drawn().shade()[1].sum().backward()), plain


def timed(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(7):
        began = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return best / TIMED * 1e3


if __name__ == "__main__":
    main()
