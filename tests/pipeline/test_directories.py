"""Metadata directories: read for tokens, and published again only if they come out the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nftforge.core.store import Recipe, Store
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.unixfs import PROFILES, import_path
from nftforge.pipeline.directories import Directories
from nftforge.pipeline.metadata import AddressStage

TOKENS = {"1.json": b"{}", "2.json": b"[]"}


@pytest.fixture
def directories(tmp_path):
    return Directories(Blockstore(tmp_path / "blocks"), "kubo-v1")


def kept(directories, folder, files):
    """The digest of a directory whose blocks are all there."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with directories.blocks.batch() as put:
        return import_path(folder, PROFILES["kubo-v1"], put).cid.digest


def test_what_was_kept_is_read_and_comes_out_the_same(directories, tmp_path):
    digest = kept(directories, tmp_path / "made", TOKENS)
    assert digest == directories.digest(TOKENS)
    assert directories.read(digest) == {1: b"{}", 2: b"[]"}
    assert directories.files(digest) == TOKENS


@pytest.mark.parametrize("more", ["extra.txt", "3.json.bak", "3.jsonx"])
def test_a_directory_with_something_more_is_read_and_not_published(directories, tmp_path, more):
    digest = kept(directories, tmp_path / "made", {**TOKENS, more: b"x"})
    assert directories.read(digest) == {1: b"{}", 2: b"[]"}
    assert directories.files(digest) is None


def test_one_block_that_is_gone_is_a_directory_that_is_not_here(directories, tmp_path):
    digest = kept(directories, tmp_path / "made", TOKENS)
    next(directories.blocks.root.rglob("*.block")).unlink()
    assert directories.read(digest) == {} and directories.files(digest) is None


def test_addresses_are_computed_anew_for_another_profile_or_another_render(tmp_path):
    def render(content):
        def make(folder):
            (folder / "painting.gif").write_bytes(content)
            return {}

        return Store(tmp_path).build(Recipe("render", 1, {}, {"x": content.hex()}), "one", make)

    stage = AddressStage("one", render(b"a"), "kubo-v1")
    others = [replace(stage, profile="unixfs-v1-2025"), replace(stage, render=render(b"b"))]
    assert len({each.recipe.key for each in (stage, *others)}) == 3
