"""Makes workspace-v0.1.0/: collections as v0.1.0 left them. Never again, unless asked to.

    finished      minted, with its gallery
    interrupted   killed when the signed mint stood in the journal and was not sent
    hidden        minted behind a placeholder, not revealed

They are there to be read by later versions; made again by one of those they would prove nothing.
Hence this refuses to touch what is there. The gallery is kept in `finished` only, for its size.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from golden.golden import KEPT, Desk
from golden.subjects import HIDDEN, small


def make() -> None:
    if KEPT.exists():
        sys.exit(f"{KEPT} is there: it is v0.1.0's, not to be made again")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        keep("finished", ran(small(folder / "finished")))
        interrupted = small(folder / "interrupted")
        interrupted.killed_before_sending("mint", "run", "collection.yaml")
        keep("interrupted", interrupted)
        hidden = ran(small(folder / "hidden", HIDDEN))
        shutil.rmtree(hidden.work / "gallery")
        keep("hidden", hidden)


def ran(desk: Desk) -> Desk:
    said = desk.run("run", "collection.yaml")
    assert said.code == 0, said.err
    return desk


def keep(name: str, desk: Desk) -> None:
    shutil.rmtree(desk.folder / "home", ignore_errors=True)
    shutil.copytree(desk.folder, KEPT / name)
    (KEPT / name / ".nftforge").rename(KEPT / name / "dot-nftforge")


if __name__ == "__main__":
    make()
