"""What was probably meant: the known word nearest to one that nothing answers to.

Everything that suggests a name does it here, so that a suggestion is the same everywhere. People
follow suggestions. So none may lead to more than was asked for: who calls leaves out of `known`
what is more dangerous than what was typed (`chain.networks`: no mainnet for a mistyped test
network). Source: difflib, Ratcliff and Obershelp's likeness.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

LIKE = 0.74  # `sead` is like `seed`, `base` is not like `basic-art`
OTHER_LIKE = 0.8  # another's word has to be met more closely than one of ours
NO_MORE = 60  # letters; nobody mistypes more than that


def nearest(word: str, known: Iterable[str], meant: Mapping[str, str] | None = None) -> str | None:
    """The one of `known` that `word` is most like, or None if it is like none of them.

    meant: other words for them, such as `watercolour` for `watercolor`. Case, hyphens, underscores
    and spaces make no difference.
    """
    ours = {_plain(each): each for each in known}
    there = set(ours.values())
    others = {_plain(other): name for other, name in (meant or {}).items() if name in there}
    wanted = _plain(word)
    if not wanted or len(wanted) > NO_MORE:
        return None
    if exact := ours.get(wanted) or others.get(wanted):
        return exact
    for spellings, like in ((ours, LIKE), (others, OTHER_LIKE)):
        if found := difflib.get_close_matches(wanted, spellings, n=1, cutoff=like):
            return spellings[found[0]]
    return None


def suggestion(word: str, known: Iterable[str], meant: Mapping[str, str] | None = None) -> str:
    """`did you mean X? `, for the beginning of a hint; nothing if `word` is like none."""
    found = nearest(word, known, meant)
    return f"did you mean `{found}`? " if found else ""


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).casefold()
