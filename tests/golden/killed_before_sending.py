"""Runs nftforge and kills it (SIGKILL) when a signed intent is on the disk and not sent yet.

    python killed_before_sending.py mint run collection.yaml

It watches fsync of the journal, not functions of nftforge, so that it works whatever they are
called: after the line with the intent of that kind is flushed, the process is gone.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
from pathlib import Path

kind = sys.argv[1]
sys.argv = ["nftforge", *sys.argv[2:]]
fsync = os.fsync


def fsync_and_die(descriptor: int) -> None:
    fsync(descriptor)
    path = Path(f"/proc/self/fd/{descriptor}").readlink()
    if path.suffix != ".jsonl":
        return
    last = json.loads(path.read_bytes().splitlines()[-1])
    if last.get("event") == "intent" and last["data"].get("kind") == kind:
        os.kill(os.getpid(), signal.SIGKILL)


os.fsync = fsync_and_die
runpy.run_module("nftforge", run_name="__main__", alter_sys=True)
