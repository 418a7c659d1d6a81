#!/usr/bin/env python3
"""Kills minting with SIGKILL at random moments, again and again, and checks what is on chain.

    scripts/kill_campaign.py --kills 500 --seed 1

Each round is a new collection on one real Anvil, behind a proxy that also drops, loses and
delays. A forked child mints and is killed after a random time, until one gets through; sometimes
the journal is torn or lost in between. Then: every token minted once, one transaction a batch,
nothing left pending. Prints the seed of each round, so that it can be run alone (--round).
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.anvil import anvil, height, mined, rpc
from support.fault_proxy import accept_then_drop, fault_proxy, http, lose, say
from support.machine import Machine

from nftforge.chain import contract
from nftforge.chain.wallet import DEV_ADDRESS

FAULTS = [accept_then_drop, lose, http(503), http(429), say("txpool is full"), say("nonce too low")]
PIECES = ("one", "two", "three", "four", "five")


def child(machine: Machine, seconds: float) -> bool:
    """Mint in a process of its own; kill it after `seconds`. Whether it was killed."""
    process = os.fork()
    if process == 0:
        try:
            machine.mint()
        except Exception:  # a fault may stop it: the next run goes on
            os._exit(1)
        os._exit(0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if os.waitpid(process, os.WNOHANG)[0]:
            return False
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return True


def one_round(seed: int, node: str, kills: int) -> tuple[int, int]:
    """Kill `kills` times, then let it finish. Returns (kills, transactions that reverted)."""
    chances = random.Random(seed)
    since, done = height(node), 0
    with tempfile.TemporaryDirectory() as folder, fault_proxy(node) as proxy:
        machine = Machine(Path(folder), proxy.url, name=f"Round {seed}", pieces=PIECES)
        while done < kills:
            if chances.random() < 0.3:
                proxy.on("eth_sendRawTransaction", chances.choice(FAULTS))
            done += child(machine, chances.choice([0.02, 0.15, 0.6]) * chances.random() + 0.005)
            _damage(machine.journal_path, chances)
            if chances.random() < 0.05 and height(node) > since:
                rpc(node, "anvil_rollback", 1)  # deeper than the depth of 1
        proxy.heal()
        ledger = machine.mint()
        tokens = sorted(token.token_id for token in ledger.tokens.values())
        sent = mined(node, DEV_ADDRESS, since)
        ours = [ok for to, ok in sent if to.lower() == ledger.address.lower()]
        assert tokens == [1, 2, 3, 4, 5], (seed, tokens)
        assert ours.count(True) == 3 and sent.count((sent[0][0], True)) >= 1, (seed, sent)
        assert not machine.journal().unfinished(), seed
    return done, [ok for _, ok in sent].count(False)


def _damage(path: Path, chances: random.Random) -> None:
    if not path.exists():
        return
    if chances.random() < 0.05:
        path.unlink()
    elif chances.random() < 0.1:
        raw = path.read_bytes()
        last = raw.rstrip(b"\n").rfind(b"\n") + 1
        path.write_bytes(raw[: chances.randint(last, len(raw))])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--round", type=int, help="only the round with this seed")
    given = options.parse_args()
    contract.MAX_BATCH = 2  # three batches
    killed = rounds = reverted = 0
    seed = given.round or given.seed
    started = time.monotonic()
    with anvil() as node:
        while killed < given.kills:
            done, failed = one_round(seed, node, random.Random(seed).randint(1, 15))
            killed, reverted, rounds = killed + done, reverted + failed, rounds + 1
            print(f"seed {seed}: {done} kills, {failed} reverted; {killed} so far", flush=True)
            seed += 1
            if given.round:
                break
    print(f"{rounds} collections, {killed} kills, {reverted} reverted transactions, "
          f"{time.monotonic() - started:.0f} s: every batch minted once")  # fmt: skip


if __name__ == "__main__":
    main()
