"""One thing is not several."""

from __future__ import annotations

import re

import pytest
from support import ROOT

from nftforge.core.plural import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 pieces"), (1, "1 piece"), (2, "2 pieces"), (1000, "1000 pieces")]
)
def test_only_one_is_one(number, said):
    assert counted(number, "piece") == said


def test_some_plurals_have_their_s_elsewhere():
    assert counted(1, "piece of advice", "pieces of advice") == "1 piece of advice"
    assert counted(3, "piece of advice", "pieces of advice") == "3 pieces of advice"


def test_nobody_makes_plurals_of_their_own():
    for path in (ROOT / "nftforge").rglob("*.py"):
        assert not re.search(r"""['"]s['"] (\*|if) """, path.read_text(encoding="utf-8")), path
