#!/usr/bin/env python3
"""GIFs of one painting by several encoders: size, fidelity, flicker, CPU-seconds.

The painting: 500 oil strokes of scikit-image's astronaut. The same frames go to each encoder; what
is measured is what ffmpeg decodes. gifsicle takes part if it is on PATH.

    scripts/bench_gif.py [--frames 100] [--size 512] [--rates 4,12,40]
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import skimage.data
from PIL import Image

from nftforge.media.gif import write_gif
from nftforge.media.schedule import schedule, visible
from nftforge.painting.canvas import frames
from nftforge.painting.engine import paint
from nftforge.painting.metrics import ssim
from nftforge.painting.settings import PaintSettings

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rates", default="4,12,40")
    options = parser.parse_args()
    square = Image.fromarray(skimage.data.astronaut()).resize((512, 512))
    rgb = np.asarray(square, np.float32) / 255
    strokes = paint(rgb, None, PaintSettings(strokes=500), lambda *_: None).strokes
    stops = schedule(visible(frames(strokes, 128, 128, range(501))), options.frames, 3000)
    shown = list(frames(strokes, options.size, options.size, [stop.strokes for stop in stops]))
    write_gif(Path(os.devnull), lambda counts: iter(shown[:3]), stops[:3], None)  # compiles

    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores; {len(shown)} frames\n")
    print("| encoder | MB | mean dB | worst dB | last dB | SSIM | flicker | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "painting.gif"
        for rate in map(float, options.rates.split(",")):
            report(f"nftforge, rate {rate:g}", path, shown, lambda rate=rate: write_gif(
                path, lambda counts: iter(shown), stops, None, rate))  # fmt: skip
        report("Pillow, save_all", path, shown, lambda: pillow(path, shown))
        for dither in ("none", "bayer"):
            report(f"ffmpeg, dither {dither}", path, shown, lambda d=dither: ffmpeg(path, shown, d))
        if shutil.which("gifsicle"):
            ffmpeg(path, shown, "none")
            again = path.with_name("again.gif")
            report("ffmpeg + gifsicle -O3 --lossy=30", again, shown, lambda: subprocess.run(
                ["gifsicle", "-O3", "--lossy=30", path, "-o", again], check=True))  # fmt: skip


def pillow(path: Path, shown: list[np.ndarray]) -> None:
    first, *rest = map(Image.fromarray, shown)
    first.save(path, save_all=True, append_images=rest, duration=100, loop=0)


def ffmpeg(path: Path, shown: list[np.ndarray], dither: str) -> None:
    height, width, _ = shown[0].shape
    chain = (
        f"split[a][b];[a]palettegen=stats_mode=full[p];"
        f"[b][p]paletteuse=dither={dither}:diff_mode=rectangle"
    )
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "10", "-i", "-"]
    subprocess.run(
        [FFMPEG, "-loglevel", "error", "-y", "-threads", "1", *raw, "-vf", chain, path],
        input=b"".join(frame.tobytes() for frame in shown),
        check=True,
    )


def report(name: str, path: Path, shown: list[np.ndarray], encode: object) -> None:
    began = cpu()
    encode()  # type: ignore[operator]
    spent = cpu() - began
    height, width, _ = shown[0].shape
    raw = subprocess.run(
        [FFMPEG, "-loglevel", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo",
         "-pix_fmt", "rgb24", "-"], capture_output=True, check=True,
    ).stdout  # fmt: skip
    seen = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
    assert len(seen) == len(shown), (len(seen), len(shown))
    psnr = [
        10 * np.log10(255**2 / max(np.mean((a.astype(float) - b) ** 2), 1e-3))
        for a, b in zip(seen, shown, strict=True)
    ]
    likeness = np.mean([ssim(a / 255, b / 255) for a, b in zip(seen[::5], shown[::5], strict=True)])
    flicker = np.mean([
        np.abs(seen[n].astype(int) - seen[n - 1])[(shown[n] == shown[n - 1]).all(axis=2)].mean()
        for n in range(1, len(shown))
    ])  # fmt: skip
    print(
        f"| {name} | {path.stat().st_size / 1e6:.2f} | {np.mean(psnr):.1f} | {min(psnr):.1f} "
        f"| {psnr[-1]:.1f} | {likeness:.3f} | {flicker:.2f} | {spent:.1f} |",
        flush=True,
    )


def cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
