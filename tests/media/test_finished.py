"""A file made elsewhere is taken for what it is, whole, or refused in words that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from support.artworks import artwork

from nftforge.core.errors import PictureError
from nftforge.core.limits import ARTWORK_BYTES
from nftforge.media.finished import FORMS, read_finished

NAMES = {
    "image": ("art.png", "art.apng", "art.jpg", "art.gif", "art.webp", "art.svg"),
    "media": ("art.mp4", "art.webm", "art.mp3", "art.wav", "art.glb", "art.html"),
}


@pytest.mark.parametrize(("use", "name"), [(use, name) for use in NAMES for name in NAMES[use]])
def test_a_whole_file_is_what_it_is(tmp_path, use, name):
    path = artwork(tmp_path / name)
    found = read_finished(path, use)
    assert found.content == path.read_bytes()
    assert path.suffix in found.form.suffixes and found.notes == ()


def refused(path: Path, use: str = "image") -> str:
    with pytest.raises(PictureError) as told:
        read_finished(path, use)
    assert str(path) in told.value.fact and told.value.hint
    return f"{told.value.fact}; {told.value.hint}"


@pytest.mark.parametrize("kind", ["png", "gif", "mp4", "webm", "wav", "glb"])
def test_half_a_file_is_refused(tmp_path, kind):
    path = artwork(tmp_path / f"art.{kind}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "damaged" in refused(path, "image" if path.name in NAMES["image"] else "media")


def test_a_name_that_says_otherwise_is_refused(tmp_path):
    path = artwork(tmp_path / "art.jpg").rename(tmp_path / "art.png")
    assert "a JPEG picture, which its name does not say; rename it to art.jpg" in refused(path)


def test_an_empty_file_and_a_text_are_named(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"")
    assert "empty (0 bytes)" in refused(path, "media")
    path.write_text("to be filmed")
    assert "a text, none of the kinds that are taken; these are: PNG, JPG" in refused(path, "media")


def test_a_pointer_is_not_the_file(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "git lfs pull" in refused(path, "media")


def test_a_film_is_no_image_and_a_gif_no_film(tmp_path):
    assert "write `media: art.mp4`" in refused(artwork(tmp_path / "art.mp4"))
    assert "write `image: art.gif`" in refused(artwork(tmp_path / "art.gif"), "media")


def test_a_page_that_needs_a_file_beside_it_is_refused(tmp_path):
    path = tmp_path / "art.html"
    path.write_text("<!doctype html><script src='sketch.js'></script>")
    assert "it needs 'sketch.js', which is not in it" in refused(path, "media")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("art.html", "<!doctype html><script src=https://p5.example/p5.js></script>"),
        (
            "art.svg",
            "<svg><image href='//x.example/a.png'/></svg>",
        ),
    ],
)
def test_what_asks_another_server_is_told(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    (note,) = read_finished(path, "media" if name.endswith("html") else "image").notes
    assert "another server" in note


def test_a_drawing_that_is_not_closed_is_refused(tmp_path):
    path = tmp_path / "art.svg"
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'><g>")
    assert "no XML" in refused(path)


def test_what_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "art.png"
    with path.open("wb") as stream:
        stream.truncate(ARTWORK_BYTES + 1)
    assert "more than 300 MB" in refused(path)


def test_the_usual_name_of_each_kind_is_its_own():
    assert len({form.suffixes[0] for form in FORMS.values()}) == len(FORMS)


def test_the_artworks_of_these_tests_are_real(tmp_path):
    with Image.open(artwork(tmp_path / "art.apng")) as moving:
        assert moving.n_frames == 3
