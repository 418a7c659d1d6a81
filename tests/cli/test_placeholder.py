"""The picture of a delayed reveal, once it is pinned and minted, is needed no more."""

from __future__ import annotations

import pytest
from golden.golden import kept
from support import nftforge


@pytest.fixture
def hidden(tmp_path):
    """A collection behind a placeholder, minted; its picture is gone."""
    kept("hidden", tmp_path)
    (tmp_path / "images" / "hidden.png").unlink()
    return tmp_path / "collection.yaml"


@pytest.mark.parametrize("command", ["status", "verify", "plan", "gallery", "run"])
def test_a_placeholder_that_is_pinned_may_be_gone(hidden, command):
    result = nftforge(command, hidden)
    assert result.code == 0, result.err


def test_what_it_hid_can_still_be_revealed(hidden):
    assert nftforge("reveal", hidden, "--json").code == 0
    assert nftforge("verify", hidden).code == 0


def test_a_placeholder_that_never_was_pinned_is_missed_with_its_line(hidden):
    text = hidden.read_text().replace("images/hidden.png", "images/other.png")
    hidden.write_text(text)
    result = nftforge("status", hidden)
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "other.png" in each)
    assert result.code == 2 and f":{line}: mint.placeholder: there is no picture" in result.err
