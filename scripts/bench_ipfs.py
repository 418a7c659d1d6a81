#!/usr/bin/env python3
"""How fast files are hashed into CIDs, beside plain sha256, and in how much memory.

    .venv/bin/python scripts/bench_ipfs.py [MIB]        default 1024

The file is random and read once before, so that both are measured from the page cache. Each is
timed three times, in turns, in CPU seconds: other work on the machine does not count. The import
runs under a hard limit on memory (address space), besides what Python itself has taken.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from nftforge.ipfs.unixfs import PROFILES, import_path

LIMIT = 64 << 20  # bytes of memory that hashing may take, whatever the file's size


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random"
        with path.open("wb") as stream:
            for _ in range(size):
                stream.write(os.urandom(1 << 20))
        plain(path)
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + LIMIT, resource.RLIM_INFINITY))
        rates: dict[str, list[float]] = {}
        for _ in range(3):
            rates.setdefault("sha256", []).append(rate(size, lambda: plain(path)))
            for profile in PROFILES.values():
                run = rate(size, lambda profile=profile: import_path(path, profile))
                rates.setdefault(profile.name, []).append(run)
    best = {name: max(runs) for name, runs in rates.items()}
    for name, found in best.items():
        print(f"{name:<16} {found:7.0f} MiB/s  {100 * found / best['sha256']:5.1f} %")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{size} MiB within {LIMIT >> 20} MiB of memory; peak of the process {peak} MiB")


def plain(path: Path) -> bytes:
    sha = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 18):
            sha.update(chunk)
    return sha.digest()


def rate(mebibytes: int, work) -> float:
    """MiB per CPU second."""
    started = time.process_time()
    work()
    return mebibytes / (time.process_time() - started)


if __name__ == "__main__":
    main()
