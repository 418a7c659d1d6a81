"""Colour spaces as profiles for pictures (ICC.1:2022), and what their colours are in sRGB, computed
from their definitions without any profile."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

D65, D50 = np.array([0.95047, 1.0, 1.08883]), np.array([0.96422, 1.0, 0.82521])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1: g, a, b, c, d


def encoded(linear):
    """Linear 0..1 as sRGB."""
    return np.where(linear > 0.0031308, 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055, 12.92 * linear)


@dataclass(frozen=True)
class ColourSpace:
    """By its primaries (x, y of red, green, blue), white D65; gamma 0: the curve of sRGB."""

    name: str
    primaries: tuple[tuple[float, float], ...]
    gamma: float = 0

    @property
    def to_xyz(self):
        columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in self.primaries]).T
        return columns * np.linalg.solve(columns, D65)

    def linear(self, values):
        if self.gamma:
            return values**self.gamma
        g, a, b, c, d = SRGB_CURVE
        return np.where(values >= d, (a * values + b) ** g, c * values)

    def in_srgb(self, rgb):
        """A colour of this space as 8-bit sRGB; one beyond it is cut off."""
        xyz = self.to_xyz @ self.linear(np.asarray(rgb) / 255)
        return np.rint(255 * encoded((np.linalg.inv(SRGB.to_xyz) @ xyz).clip(0, 1)))

    @property
    def profile(self) -> bytes:
        """A display profile: three primaries and a curve."""
        adapted = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D50) / (BRADFORD @ D65)) @ BRADFORD
        red, green, blue = (adapted @ self.to_xyz).T
        curve = (
            b"curv" + struct.pack(">4xIH2x", 1, round(self.gamma * 256))
            if self.gamma
            else b"para" + struct.pack(">4xH2x", 3) + fixed(SRGB_CURVE)
        )
        text = b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", 2 * len(self.name), 28)
        text += self.name.encode("utf-16-be")
        tags = {b"desc": text, b"cprt": text, b"wtpt": xyz(D50), b"rXYZ": xyz(red),
                b"gXYZ": xyz(green), b"bXYZ": xyz(blue), b"rTRC": curve, b"gTRC": curve,
                b"bTRC": curve}  # fmt: skip
        return with_header(tags)


def fixed(values) -> bytes:
    """s15Fixed16Number."""
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)


def xyz(values) -> bytes:
    return b"XYZ \0\0\0\0" + fixed(values)


def with_header(tags) -> bytes:
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        table += struct.pack(">4sII", name, start + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    size = start + len(data)
    header = struct.pack(">I4xI4s4s4s12x4s", size, 0x04000000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return header.ljust(68, b"\0") + fixed(D50) + bytes(48) + table + data


SRGB = ColourSpace("sRGB", ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)))
DISPLAY_P3 = ColourSpace("Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)))
ADOBE_RGB = ColourSpace("Adobe RGB (1998)", ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), 563 / 256)
