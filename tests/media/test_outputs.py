"""What of the pictures made goes where: image, animation_url, and the rest."""

from __future__ import annotations

import json

import pytest
from support import nftforge, small_collection

GIF, MP4, WEBM = b"GIF89a", b"ftypisom", b"webm"


@pytest.mark.parametrize(
    ("mp4", "webm", "animation"),
    [(True, True, MP4), (False, True, WEBM)],
)
def test_the_image_is_the_gif_and_the_animation_a_video(tmp_path, mp4, webm, animation):
    """No marketplace takes a GIF as animation_url."""
    path = small_collection(tmp_path)
    wish = f"mp4: {str(mp4).lower()}, webm: {str(webm).lower()}"
    path.write_text(path.read_text().replace("mp4: false", wish))
    result = nftforge("run", path, "--only", "one", "--json")
    assert result.code == 0, result.err
    (row,) = result.json["pieces"]
    (text,) = (tmp_path / ".nftforge/store/metadata/one").glob("*/files/metadata.json")
    metadata = json.loads(text.read_text())
    assert metadata["image"] == f"ipfs://{row['image_cid']}"
    files = {
        file.name: file.read_bytes()[:64]
        for file in (tmp_path / ".nftforge/store/render/one").glob("*/painting.*")
    }
    assert sorted(files) == ["painting.gif", *["painting.mp4"] * mp4, *["painting.webm"] * webm]
    (table,) = (tmp_path / ".nftforge/store/address/one").glob("*/cids.json")
    cids = {entry["cid"]: name for name, entry in json.loads(table.read_text()).items()}
    assert GIF in files[cids[row["image_cid"]]]
    assert metadata["animation_url"] == f"ipfs://{row['animation_cid']}"
    assert animation in files[cids[row["animation_cid"]]]
    assert nftforge("verify", path, "--only", "one").code == 0
