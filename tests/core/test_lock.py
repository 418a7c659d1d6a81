"""One run at a time, and whoever comes second is told at once."""

import pytest

from nftforge.core.errors import GuardError
from nftforge.core.lock import locked


def test_who_comes_second_is_told_and_may_come_when_it_is_free(tmp_path):
    with (
        locked(tmp_path / "work", "art.yaml"),
        pytest.raises(GuardError, match=r"is working on art\.yaml"),
        locked(tmp_path / "work", "art.yaml"),
    ):
        pass
    with locked(tmp_path / "work", "art.yaml"):
        pass
