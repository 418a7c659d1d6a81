#!/usr/bin/env python3
"""Minting many pieces on a local Anvil, end to end: seconds of each part, wall and CPU.

    scripts/bench_mint.py --pieces 1000 --rounds 3

Runs what `nftforge run` runs once the pieces are painted: plan (contract read, gas measured),
journal, metadata directory written and pinned, sign, send, confirm, owners and URIs read back.
Then verifies from the chain down: each token's URI is followed to metadata bytes in the blockstore
and compared with what should have been published. Then the same run again, which sends nothing.
CPU is of this process (Anvil's is not in it). Prints rows of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.anvil import anvil
from support.machine import Machine, metadata

from nftforge.chain.contract import read_state, read_tokens
from nftforge.ipfs import dag
from nftforge.ipfs.metadata import parse_uri
from nftforge.pipeline.minting.open import open_session


def timed(work: Callable[[], object]) -> str:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return f"{time.perf_counter() - wall:.2f} | {time.process_time() - cpu:.2f}"


def verify(machine: Machine) -> None:
    """Every token is there, its URI leads to the right bytes in the blockstore."""
    job = machine.job
    with open_session(job) as session:
        state = read_state(session.chain, session.address)
        assert state and state.next_id == len(machine.pieces) + 1
        tokens = read_tokens(session.chain, session.address, range(1, state.next_id))
    for piece, (owner, uri) in zip(machine.pieces, tokens.values(), strict=True):
        file = dag.resolve(*parse_uri(uri), job.blocks.get)
        assert b"".join(dag.read_file(file, job.blocks.get)) == metadata(piece)
        assert owner == session.signer.address


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pieces", type=int, default=1_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    pieces = [f"piece-{number}" for number in range(given.pieces)]
    print(
        "| pieces | mint: wall s | CPU s | verify: wall s | CPU s | again: wall s | CPU s | load |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with anvil() as node, tempfile.TemporaryDirectory() as folder:
        for number in range(given.rounds):
            place = Path(folder) / str(number)
            machine = Machine(place, node, name=f"Bench {number}", pieces=pieces)
            parts = [timed(machine.mint), timed(lambda m=machine: verify(m)), timed(machine.mint)]
            load = os.getloadavg()[0]
            print(f"| {given.pieces:,} | {' | '.join(parts)} | {load:.1f} |", flush=True)


if __name__ == "__main__":
    main()
