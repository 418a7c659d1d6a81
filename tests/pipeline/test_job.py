"""pipeline.job: what a killed run left is gone when the next one begins, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import RecordedReport
from support.machine import Machine

from nftforge.core.errors import GuardError
from nftforge.core.lock import locked
from nftforge.pipeline.job import working


def test_a_half_written_block_is_swept_by_the_next_run_that_holds_the_lock(tmp_path: Path) -> None:
    job = Machine(tmp_path, "").job
    left = job.blocks.root / "tmp" / ("81c2" * 8)
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a block")
    with (
        locked(job.file.work_folder, "another run"),
        pytest.raises(GuardError),
        working(job, RecordedReport()),
    ):
        pass
    assert left.exists()  # it may be what the other one is writing
    with working(job, RecordedReport()):
        assert not left.exists()
