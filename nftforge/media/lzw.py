"""LZW that may lie a little: of all phrases the dictionary has, the one that costs least.

A GIF coder takes the longest phrase that matches exactly. This one walks the dictionary's tree and
takes the phrase with the least (error + rate * bits) per pixel it covers, where the error of a
pixel is what a colour is off, more than the best colour of the palette would be, times the pixel's
weight. A pixel that did not change must stay transparent, so nothing flickers.

Format: GIF89a, appendix F, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

MOST_CODES = 4096
NEVER = 1e30


@njit(nogil=True, cache=True)
def cost(at: int, symbol: int, pixels: Any, shown: Any, changed: Any, weight: Any,
         palette: Any, first: bool) -> float:  # fmt: skip
    """Weighted squared error of showing `symbol` at a pixel; the last symbol is transparent."""
    if not changed[at]:
        return 0.0 if symbol == len(palette) else NEVER
    if symbol == len(palette):
        if first:
            return NEVER
        r, g, b = shown[at, 0], shown[at, 1], shown[at, 2]
    else:
        r, g, b = palette[symbol, 0], palette[symbol, 1], palette[symbol, 2]
    dr, dg, db = pixels[at, 0] - r, pixels[at, 1] - g, pixels[at, 2] - b
    return float(weight[at] * (dr * dr + dg * dg + db * db))


@njit(nogil=True, cache=True)
def encode(pixels: Any, shown: Any, changed: Any, weight: Any, palette: Any, first: bool,
           least_bits: int, rate: float) -> Any:  # fmt: skip
    """(codes as bytes, symbols [pixel]) of one frame, pixels in reading order.

    pixels, shown [pixel, 3] int32: what is wanted and what is there; changed, weight [pixel];
    palette [K, 3] int32; symbol K is transparent; least_bits: the GIF's minimum code size.
    """
    count, symbols = len(pixels), len(palette) + 1
    clear = 1 << least_bits
    # the least a pixel costs, and with what: nothing, transparent, where nothing changed
    floor, nearest = np.zeros(count), np.full(count, len(palette), np.int32)
    for at in range(count):
        if not changed[at]:
            continue
        floor[at] = NEVER
        for symbol in range(symbols):
            here = cost(at, symbol, pixels, shown, changed, weight, palette, first)
            if here < floor[at]:
                floor[at], nearest[at] = here, symbol
    out = np.zeros(count * 3 // 2 + 4096, np.uint8)
    chosen = np.empty(count, np.int32)
    # the dictionary's tree
    child, sibling = np.full(MOST_CODES, -1, np.int32), np.full(MOST_CODES, -1, np.int32)
    parent, letter = np.full(MOST_CODES, -1, np.int32), np.zeros(MOST_CODES, np.int32)
    length, below = np.ones(MOST_CODES, np.int32), np.zeros(MOST_CODES, np.int32)
    nodes, errors = np.empty(MOST_CODES, np.int32), np.empty(MOST_CODES, np.float64)
    for symbol in range(symbols):
        letter[symbol] = symbol

    byte = 0  # the output's end
    free, width = clear + 2, least_bits + 1
    buffer = clear
    filled = width
    previous = -1
    at = 0
    while at < count:
        # the cheapest phrase from here, the best colour's phrases first
        price, least, phrase = rate * width, NEVER, nearest[at]
        stack = 0
        if changed[at]:
            for symbol in range(symbols):
                here = cost(at, symbol, pixels, shown, changed, weight, palette, first)
                if here < NEVER and symbol != phrase:
                    errors[symbol] = here - floor[at]
                    nodes[stack] = symbol
                    stack += 1
        errors[phrase] = 0.0
        nodes[stack] = phrase
        stack += 1
        while stack:
            stack -= 1
            node = nodes[stack]
            error, depth = errors[node], length[node]
            reach = min(depth + below[node], count - at)
            if (error + price) / reach >= least:
                continue
            score = (error + price) / depth
            if score < least:
                least, phrase = score, node
            if depth < count - at and child[node] >= 0:
                there = at + depth
                follower = child[node]
                while follower >= 0:
                    extra = cost(
                        there, letter[follower], pixels, shown, changed, weight, palette, first
                    )
                    if extra < NEVER:
                        errors[follower] = error + extra - floor[there]
                        nodes[stack] = follower
                        stack += 1
                    follower = sibling[follower]

        # write it
        buffer |= phrase << filled
        filled += width
        while filled >= 8:
            out[byte] = buffer & 255
            byte += 1
            buffer >>= 8
            filled -= 8
        node, place = phrase, at + length[phrase] - 1
        while node >= 0:
            chosen[place] = letter[node]
            root = letter[node]
            node = parent[node]
            place -= 1
        if previous >= 0 and free < MOST_CODES:
            parent[free], letter[free], length[free] = previous, root, length[previous] + 1
            sibling[free], child[previous] = child[previous], free
            child[free], below[free] = -1, 0
            tall, up = 1, previous
            while up >= 0 and below[up] < tall:
                below[up] = tall
                tall, up = tall + 1, parent[up]
            free += 1
            if free == 1 << width and width < 12:
                width += 1
        at += length[phrase]
        previous = phrase
        if free == MOST_CODES:
            buffer |= clear << filled
            filled += width
            free, width, previous = clear + 2, least_bits + 1, -1
            child[:], below[:] = -1, 0
    buffer |= (clear + 1) << filled
    filled += width
    while filled > 0:
        out[byte] = buffer & 255
        byte += 1
        buffer >>= 8
        filled -= 8
    return out[:byte], chosen
