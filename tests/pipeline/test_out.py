"""out/: copies with readable names; nothing in it is ever overwritten or deleted."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from support import RecordedReport, small_collection

from nftforge.config.load import load_collection
from nftforge.config.models import Media
from nftforge.config.work_folder import claim
from nftforge.core.store import Recipe, Store
from nftforge.pipeline import out
from nftforge.pipeline.out import OutFolder, delivering, shown_in

FILES = ("still.png", "painting.gif", "painting.mp4")


class Desk:
    """A folder with a store and its out/; each `put` is a run of its own."""

    def __init__(self, folder):
        self.folder, self.work = folder / "out", folder / ".nftforge"
        self.report = RecordedReport()

    def rendered(self, piece, look, files=FILES):
        """The rendering of `piece`: files that say what they are."""

        def make(work):
            for name in files:
                (work / name).write_text(f"{piece} {name} {look}")
            return {}

        recipe = Recipe("render", 1, {"look": look, "files": len(files)}, {})
        store = Store(self.work)
        return store.find(recipe, piece) or store.build(recipe, piece, make)

    def put(self, piece="sunrise", look="first", files=FILES):
        folder = OutFolder(self.folder, self.work / "out.json", self.report)
        folder.deliver(piece, self.rendered(piece, look, files))
        folder.close()

    def there(self):
        return sorted(path.name for path in self.folder.iterdir())

    def text(self, name):
        return (self.folder / name).read_text()


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def stamps(folder):
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in [folder, *folder.iterdir()]
    }


def test_a_piece_lies_there_under_its_own_name(desk):
    desk.put()
    assert desk.there() == ["sunrise.gif", "sunrise.mp4", "sunrise.png"]
    assert desk.text("sunrise.png") == "sunrise still.png first"
    assert desk.report.said == [f"{desk.folder}: 3 files written"]


def test_the_height_of_the_paint_lies_beside_the_still(desk):
    files = (*FILES, "height.png")
    desk.put(files=files)
    assert desk.text("sunrise.height.png") == "sunrise height.png first"
    desk.put(look="second", files=files)
    assert desk.text("sunrise~1.height.png").endswith("first")
    assert desk.text("sunrise~1.png") == "sunrise still.png first"
    (desk.folder / "sunrise~4.height.png").write_text("the artist's")
    desk.put(look="third", files=files)
    assert desk.text("sunrise~5.height.png").endswith("second")


def test_what_is_there_is_not_touched_and_not_even_read(desk, monkeypatch):
    desk.put()
    before, desk.report.said = stamps(desk.folder), []
    record = (desk.work / "out.json").stat().st_mtime_ns
    monkeypatch.setattr(out, "file_digest", None)
    desk.put()
    assert stamps(desk.folder) == before and desk.report.said == []
    assert (desk.work / "out.json").stat().st_mtime_ns == record


def test_what_was_there_before_gets_a_number_and_numbers_rise(desk):
    for look in ("first", "second", "third"):
        desk.put(look=look)
    assert [desk.text(f"sunrise{n}.gif").split()[-1] for n in ("", "~1", "~2")] == [
        "third", "first", "second",
    ]  # fmt: skip
    assert "out sunrise: what was there is kept as sunrise~2" in desk.report.said


def test_going_back_to_an_earlier_look_loses_none(desk):
    for look in ("first", "second", "first"):
        desk.put(look=look)
    assert desk.text("sunrise.png").endswith("first")
    assert desk.text("sunrise~2.png").endswith("second")


def test_files_with_one_number_are_of_one_time(desk):
    desk.put()
    (desk.folder / "sunrise~7.psd").write_text("the artist's, from the second version")
    desk.put(look="other")
    assert {"sunrise~8.gif", "sunrise~8.mp4", "sunrise~8.png"} < set(desk.there())


def test_a_kind_that_is_no_longer_made_is_not_left_as_if_it_were(desk):
    desk.put()
    desk.put(look="silent", files=FILES[:2])
    assert desk.text("sunrise~1.mp4").endswith("first") and "sunrise.mp4" not in desk.there()


def test_a_file_of_somebody_else_is_left_and_told(desk):
    desk.folder.mkdir()
    (desk.folder / "sunrise.png").write_text("a photograph")
    (desk.folder / "sunrise.gif").symlink_to(desk.folder / "nowhere")
    (desk.folder / "sunrise.mp4").mkdir()
    for look in ("first", "second"):
        desk.put(look=look)
    assert desk.there() == ["sunrise.gif", "sunrise.mp4", "sunrise.png"]
    assert desk.text("sunrise.png") == "a photograph" and not (desk.folder / "nowhere").exists()
    assert desk.report.said[-1] == (
        f"{desk.folder}: sunrise.gif, sunrise.mp4, sunrise.png: not from here, so left as it is; "
        "move it away, or write `media: {out: false}`"
    )


def test_many_files_of_somebody_else_are_one_line(desk):
    desk.folder.mkdir()
    folder = OutFolder(desk.folder, desk.work / "out.json", desk.report)
    for number in range(4):
        (desk.folder / f"p{number}.png").write_text("mine")
        folder.deliver(f"p{number}", desk.rendered(f"p{number}", "x", FILES[:1]))
        (desk.folder / f"p{number}.gif").write_text("mine")
        folder.deliver(f"p{number}", desk.rendered(f"p{number}", "x", FILES[1:2]))
    folder.close()
    assert len(desk.report.said) == 1 and " and 3 more: not from here" in desk.report.said[0]


def test_what_the_artist_did_to_a_copy_stays_and_is_kept_by_the_next(desk):
    desk.put()
    (desk.folder / "sunrise.png").write_text("signed")
    desk.put()
    assert desk.text("sunrise.png") == "signed"
    desk.put(look="second")
    assert desk.text("sunrise~1.png") == "signed" and desk.text("sunrise.png").endswith("second")


def test_writing_into_a_copy_does_not_reach_the_store(desk):
    desk.put()
    with (desk.folder / "sunrise.png").open("r+") as stream:  # in place, as some programs save
        stream.write("spoilt!")
    render = desk.rendered("sunrise", "first")
    assert render.path("still.png").read_text() == "sunrise still.png first"


def test_a_copy_that_was_thrown_away_comes_back(desk):
    desk.put()
    (desk.folder / "sunrise.gif").unlink()
    desk.put()
    assert desk.text("sunrise.gif") == "sunrise painting.gif first" and len(desk.there()) == 3


@pytest.mark.parametrize("damage", [None, "", "[1, 2]", '{"files": [1]}', '{"files"'])
def test_without_the_record_the_same_bytes_are_known_again(desk, damage):
    desk.put()
    before = stamps(desk.folder)
    (desk.work / "out.json").unlink()
    if damage is not None:
        (desk.work / "out.json").write_text(damage)
    desk.put()
    assert stamps(desk.folder) == before
    desk.put(look="second")  # they are ours, so they make room
    assert desk.text("sunrise~1.png").endswith("first")


def dies_at_call(number, run, monkeypatch):
    """Run in a child that gets SIGKILL at its so manieth step: copying, renaming, flushing."""
    calls = 0

    def dying(real):
        def call(*given, **options):
            nonlocal calls
            calls += 1
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **options)

        return call

    child = os.fork()
    if child == 0:
        for owner, name in ((out, "_cloned"), (Path, "rename"), (Path, "replace"),
                            (out, "flush_folder")):  # fmt: skip
            monkeypatch.setattr(owner, name, dying(getattr(owner, name)))
        run()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("number", range(1, 12))  # 3 renames; a copy, a rename each; the record
def test_killed_at_any_moment_nothing_is_half_and_nothing_is_lost(desk, monkeypatch, number):
    desk.put()
    desk.rendered("sunrise", "second")
    assert dies_at_call(number, lambda: desk.put(look="second"), monkeypatch)
    for path in desk.folder.glob("s*"):
        assert path.read_text().split()[-1] in ("first", "second")
    desk.put(look="second")
    texts = {name: desk.text(name) for name in desk.there()}
    for kind, name in (("png", "still.png"), ("gif", "painting.gif"), ("mp4", "painting.mp4")):
        assert texts.pop(f"sunrise.{kind}") == f"sunrise {name} second"
    assert sorted(texts.values()) == sorted(f"sunrise {name} first" for name in FILES)


def test_what_cannot_be_written_is_told_and_nothing_more(desk):
    desk.folder.write_text("a file")
    desk.put()
    assert desk.folder.read_text() == "a file"
    assert [line for line in desk.report.said if "not written" in line] == desk.report.said


def two_files(folder):
    first = small_collection(folder)
    second = first.with_name("winter.yaml")
    second.write_text(first.read_text().replace("name: Small", "name: Winter"))
    claim(folder / ".nftforge", first, "Small", "SML")
    return load_collection(first), load_collection(second)


def test_two_collections_of_a_folder_have_an_out_folder_each(tmp_path):
    files, desk = two_files(tmp_path), Desk(tmp_path)
    for look, file in enumerate(files):
        with delivering(file, desk.report) as deliver:
            deliver("one", desk.rendered("one", look, FILES[:1]))
    assert [shown_in(file).name for file in files] == ["out", "out-winter"]
    assert [(shown_in(file) / "one.png").read_text() for file in files] == [
        "one still.png 0", "one still.png 1",
    ]  # fmt: skip


def test_it_can_be_switched_off_and_nothing_is_drawn_anew_for_that(tmp_path):
    path = small_collection(tmp_path)
    path.write_text(path.read_text().replace("mp4: false", "mp4: false, out: false"))
    file, desk = load_collection(path), Desk(tmp_path)
    with delivering(file, desk.report) as deliver:
        deliver("one", desk.rendered("one", "x"))
    assert shown_in(file) is None and not desk.folder.exists()
    assert Media(out=False).model_dump() == Media().model_dump()  # what renderings are known by
