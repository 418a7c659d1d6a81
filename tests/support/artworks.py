"""Small finished works of every kind that is taken, as artists' programs make them."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import wave
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

SIDE = 64
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" fill="#1d3557"/><circle cx="32" cy="32" r="20" fill="#e63946"/></svg>
"""
HTML = """<!doctype html><meta charset="utf-8"><title>Art</title>
<style>html{background:#1d3557}</style><canvas id="art"></canvas>
<script>document.title = "it runs";</script>
"""
CODECS = {
    ".mp4": ("-pix_fmt", "yuv420p", "-movflags", "+faststart"),
    ".webm": ("-c:v", "libvpx"),
    ".mp3": (),
}


def artwork(path: Path, hue: int = 0) -> Path:
    """A whole file of the kind that its name says; other hues are other bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = _frames(hue)
    match path.suffix:
        case ".svg":
            path.write_text(SVG.replace("#1d3557", f"#{hue:02x}3557"))
        case ".html":
            path.write_text(HTML.replace("#1d3557", f"#{hue:02x}3557"))
        case ".wav":
            _sound(path, 330 + hue)
        case ".glb":
            path.write_bytes(_model(hue))
        case ".mp4" | ".webm" | ".mp3":
            _filmed(path, hue)
        case ".gif" | ".apng":
            form = {".gif": "GIF", ".apng": "PNG"}[path.suffix]
            frames[0].save(path, form, save_all=True, append_images=frames[1:], duration=200)
        case _:
            frames[0].save(path)
    return path


def _frames(hue: int) -> list[Image.Image]:
    light = Image.radial_gradient("L").resize((SIDE, SIDE))
    tint = Image.new("L", (SIDE, SIDE), hue)
    frame = Image.merge("RGB", (light, tint, light.rotate(90)))
    return [frame, frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT), Image.merge("RGB", [tint] * 3)]


def _sound(path: Path, hertz: int) -> None:
    samples = (round(8000 * math.sin(math.tau * hertz * t / 8000)) for t in range(2000))
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def _model(hue: int) -> bytes:
    """GLB 2 with one triangle."""
    corners = struct.pack("<9f", 0, 0, 0, 1, 0, hue / 256, 0, 1, 0)
    scene = json.dumps(
        {
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}], "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
            "buffers": [{"byteLength": len(corners)}],
            "bufferViews": [{"buffer": 0, "byteLength": len(corners)}],
            "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3",
                           "min": [0, 0, 0], "max": [1, 1, hue / 256]}],
        }
    ).encode()  # fmt: skip
    scene += b" " * (-len(scene) % 4)
    chunks = struct.pack("<I4s", len(scene), b"JSON") + scene
    chunks += struct.pack("<I4s", len(corners), b"BIN\0") + corners
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _filmed(path: Path, hue: int) -> None:
    source = f"color=c=0x{hue:02x}3557:s={SIDE}x{SIDE}:d=0.4:r=10"
    if path.suffix == ".mp3":
        source = f"sine=frequency={330 + hue}:duration=0.4"
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, *CODECS[path.suffix]]
    subprocess.run([*command, str(path)], check=True)
