"""pipeline.job: names are checked before any work, with the nearest one; what a killed run left is
gone when the next one begins, and only then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support import RecordedReport, small_collection
from support.machine import Machine

from nftforge.config.load import load_collection
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.lock import locked
from nftforge.pipeline.job import check, network_of, working


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


@pytest.mark.parametrize(
    ("old", "new", "fact", "meant"),
    [
        ("brush: tape", "brush: watercolour", ":5: paint.brush: there is no brush", "watercolor"),
        ("brush: tape", "brush: Oil", ":5: paint.brush: there is no brush 'Oil'", "oil"),
        ("name: Two", "name: Two, brush: markr", ":9: pieces[1].brush: there is no", "marker"),
        ("size: 64", "size: 64, engine: analytical", ":5: paint.engine: there is no", "analytic"),
        ("mint:", "pin: {to: [local, pinnata]}\nmint:", ":10: pin.to[1]: there is no", "pinata"),
        ("network: embedded", "network: ethereum", ":10: mint.network: there is no", "mainnet"),
    ],
)
def test_a_name_that_nothing_answers_to_is_told_with_its_line_and_the_nearest(
    tmp_path: Path, old: str, new: str, fact: str, meant: str
) -> None:
    path = small_collection(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigError) as error:
        file = load_collection(path)
        network_of(file, None)
        check(replace(Machine(tmp_path, "").job, file=file))
    assert fact in error.value.fact
    assert error.value.hint.startswith(f"did you mean `{meant}`? ")


def test_a_brush_of_ones_own_is_suggested_to_nobody(tmp_path: Path) -> None:
    path = small_collection(tmp_path)
    path.write_text(path.read_text().replace("brush: tape", "brush: owns"))
    with pytest.raises(ConfigError) as error:
        check(replace(Machine(tmp_path, "").job, file=load_collection(path)))
    assert error.value.hint == (
        "there are: ink, knife, marker, oil, pastel, pencil, tape, watercolor"
    )


def test_the_nearest_of_the_pieces_is_named(tmp_path: Path) -> None:
    job = replace(
        Machine(tmp_path, "").job,
        file=load_collection(small_collection(tmp_path)),
        only=frozenset(["twoo"]),
    )
    with pytest.raises(ConfigError, match="there is no piece twoo") as error:
        check(job)
    assert error.value.hint == "did you mean `two`? pieces: one, two"
