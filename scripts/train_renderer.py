#!/usr/bin/env python3
"""Train the neural renderer of a brush: rasterization and shading network.

    scripts/train_renderer.py --brush oil                    60 minutes of one core
    scripts/train_renderer.py --brush oil --device cuda --minutes 20 --batch 512
    scripts/train_renderer.py --tip my-brush.png             a brush of your own
    scripts/train_renderer.py --brush oil --resume --minutes 90

Work in progress is kept in --work (checkpoint, contact sheet: teacher, student, error), and the
weights are written to --out when time is over (default: where the package looks for them; for a
tip: beside the PNG). Minutes are CPU time on a processor and wall time on a GPU; --steps instead
makes a run that repeats exactly. Stop it whenever you like: --resume goes on from the checkpoint.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from nftforge.media.pictures import load_tip
from nftforge.painting.brushes import load_brush, tip_data
from nftforge.painting.neural import WEIGHTS
from nftforge.painting.neural.evaluate import validate
from nftforge.painting.neural.renderer import Card, load, save, tip_digest
from nftforge.painting.neural.teacher import coloured, pixels, rasterise, sample
from nftforge.painting.neural.training import BATCH, Training

REPORTS, SHEET_STROKES, SHEET_SIDE = 30, 8, 128


def main() -> None:
    options = arguments()
    tip = load_tip(options.tip) if options.tip else None
    brush = "own" if options.tip else options.brush
    data = torch.from_numpy(tip_data(brush, tip))
    name = options.tip.stem if options.tip else brush
    out = options.out or (options.tip or WEIGHTS / brush).with_suffix(".safetensors")
    for folder in (options.work, out.parent):
        folder.mkdir(parents=True, exist_ok=True)
    checkpoint = options.work / f"{name}.pt"
    training = Training(brush, data, options.seed, options.device, options.batch)
    if options.resume:
        training.restore(torch.load(checkpoint, map_location=options.device, weights_only=True))
        print(f"goes on after {training.seconds / 60:.1f} minutes, {training.steps} steps")
    print(f"{brush}: {training.renderer.size:,} parameters, {options.device}", flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        run(training, options, checkpoint, options.work / f"{name}.png")
    torch.save(training.state(), checkpoint)
    card = finish(training, options, out, tip)
    print(f"{out}: {card}")


def run(training: Training, options: argparse.Namespace, checkpoint: Path, sheet: Path) -> None:
    """Train, report, and keep checkpoints until time is over."""
    clock = time.process_time if options.device == "cpu" else time.monotonic
    began, before = clock(), training.seconds
    reported, losses = -1.0, []
    while (progress := done(training, options)) < 1:
        losses.append(training.step(progress))
        training.seconds = before + clock() - began
        if progress - reported >= 1 / REPORTS:
            reported = progress
            score = validate(training.average, training.data, 400, 64, options.seed + 1)
            print(
                f"{progress:4.0%} {training.seconds / 60:6.1f} min {training.samples:9,} strokes "
                f"loss {torch.stack(losses).mean():.2e}  {score.psnr:.2f} dB "
                f"(alpha {score.alpha:.2f}, foreground {score.foreground:.2f}, "
                f"covered pixels {score.covered:.2f})",
                flush=True,
            )
            losses.clear()
            torch.save(training.state(), checkpoint)
            contact_sheet(training, sheet)


def done(training: Training, options: argparse.Namespace) -> float:
    """How much of the training is over, 0..1."""
    if options.steps:
        return training.steps / options.steps
    return training.seconds / (60 * options.minutes)


def contact_sheet(training: Training, path: Path) -> None:
    """A PNG: teacher, student and five times their difference, a column a stroke."""
    random = torch.Generator().manual_seed(7)
    brush = training.renderer.brush
    params = sample(brush, SHEET_STROKES, random).to(training.device)
    colours = coloured(brush, SHEET_STROKES, random).to(training.device)
    seen = pixels(brush, params, *3 * [SHEET_SIDE])
    with torch.no_grad():
        both = rasterise(brush, params, training.data, seen), training.average(params, seen)
        rows = []
        for paint in both:
            inked = torch.stack([seen.spread(c) for c in paint.foreground(colours, seen)], dim=-1)
            rows.append(inked + (1 - seen.spread(paint.alpha))[..., None])  # on white
        rows.append((0.5 + 5 * (rows[1] - rows[0])).clamp(0, 1))
    picture = torch.cat([torch.cat(list(row), dim=1) for row in rows]).clamp(0, 1).cpu().numpy()
    Image.fromarray((picture * 255).astype(np.uint8)).save(path)


def finish(
    training: Training, options: argparse.Namespace, out: Path, tip: np.ndarray | None
) -> Card:
    """Write the averaged weights and a card that tells how good they are as written."""
    brush = training.average.brush
    about = {
        "brush": brush,
        "version": load_brush(brush).BRUSH.version,
        "parameters": training.average.size,
        "samples": training.samples,
        "minutes": round(training.seconds / 60, 1),
        "device": torch.cuda.get_device_name() if options.device == "cuda" else "cpu, one thread",
        "seed": options.seed,
        "torch": torch.__version__,
        "tip": tip_digest(tip),
    }
    save(
        training.average,
        Card(**about, psnr=0, psnr_covered=0, psnr_128=0, psnr_256=0, psnr_512=0),
        out,
    )
    rounded = load(brush, out)[0].to(options.device)
    small = validate(rounded, training.data, options.validate, 64, options.seed + 2)
    large, larger, largest = (
        validate(
            rounded,
            training.data,
            max(1, options.validate * 4096 // side**2),
            side,
            options.seed + 2,
        )
        for side in (128, 256, 512)
    )
    card = Card(
        **about, psnr=round(small.psnr, 2), psnr_covered=round(small.covered, 2),
        psnr_128=round(large.psnr, 2), psnr_256=round(larger.psnr, 2),
        psnr_512=round(largest.psnr, 2),
    )  # fmt: skip
    save(training.average, card, out)
    return card


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--brush", choices=("oil", "watercolor", "marker", "tape"))
    which.add_argument("--tip", type=Path, help="a grey PNG, 255 = paint, as for --brush x.png")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, help="so many steps instead of minutes")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--batch", type=int, default=BATCH, help="strokes a step; more on a GPU")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path(".nftforge/renderers"))
    parser.add_argument("--out", type=Path, help="path of the weights, .safetensors")
    parser.add_argument("--validate", type=int, default=10_000, help="strokes the card measures")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_memory()
    return options


def keep_memory() -> None:
    """Tell glibc to keep what it frees: otherwise a third of the time goes into page faults."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option, value in ((-3, 1 << 30), (-1, (1 << 31) - 1), (-2, 1 << 28)):
            libc.mallopt(option, value)  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD


if __name__ == "__main__":
    main()
