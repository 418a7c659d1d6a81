#!/usr/bin/env python3
"""Generated sets: how long 10,000 pieces of 8 traits and 20 rules take, and how much memory.

Needs `pip install -e .[dev]`. Each size has a process of its own, for its memory. `--beside FILE`
runs another program with the size as its argument: a comparison under the same load. Prints the
figures of docs/adr/0064-generated-sets.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.generated_sets import emblems, faults  # noqa: E402

from nftforge.traits import allocate  # noqa: E402


def measured(count: int) -> dict[str, object]:
    """A set drawn, then grown by half with half of it minted."""
    spec = emblems(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    start = time.process_time()
    drawn = allocate(spec)
    drew = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    numbered = dict(enumerate(drawn.pieces, start=1))
    minted = {number: numbered[number] for number in range(1, count // 2 + 1)}
    larger = replace(emblems(count * 3 // 2), rules=spec.rules)
    start = time.process_time()
    after = allocate(larger, minted=minted, previous=numbered).pieces
    grew = time.process_time() - start
    changed = [n for n, piece in numbered.items() if after[n - 1] != piece]
    return {
        "pieces": count,
        "CPU s": round(drew, 2),
        "swaps": drawn.swaps,
        "faults": len(list(faults(spec, drawn.pieces))),
        "MB": memory - before,
        "grown, CPU s": round(grew, 2),
        "minted changed": sum(n in minted for n in changed),
        "others changed": sum(n not in minted for n in changed),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1_000, 10_000])
    parser.add_argument("--beside", help="a Python program that does the same")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    for size in asked.sizes:
        if asked.here:
            print(json.dumps(measured(size)))
            continue
        subprocess.run([sys.executable, __file__, "--here", str(size)], check=True)
        if asked.beside:
            subprocess.run([sys.executable, asked.beside, str(size)], check=True)


if __name__ == "__main__":
    main()
