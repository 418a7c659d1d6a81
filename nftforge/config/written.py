"""Numbers that are names: what would change on its way into a token is kept as it is written.

YAML makes 1.1 of `1.10`, 7 of `007`, 1000.0 of `1e3`; JSON readers round whole numbers beyond 2^53.
An artist who writes a trait so wants to see it so. So a trait's number stays a number only if JSON
writes it just as it stands in the file; else it becomes that text. What is a colour is one even if
it looks like a number (`background_color: 102030`).
"""

from __future__ import annotations

import json
from typing import Any

from nftforge.config.models import EXACT
from nftforge.config.yaml import Location, YamlFile


def as_written(given: YamlFile) -> dict[str, Any]:
    """The file's values, with texts in place of the numbers above."""
    kept = {
        location
        for location, text in given.written.items()
        if text and (_changes(location, given, text) or location[-1:] == ("background_color",))
    }
    return dict(_with_texts(given.value, (), kept, given)) if kept else dict(given.value)


def _changes(location: Location, given: YamlFile, text: str) -> bool:
    """Whether this is a trait's value that JSON would write otherwise."""
    whole, part = len(location) == 4, location[4:] == ("value",)
    if location[:1] != ("pieces",) or location[2:3] != ("traits",) or not (whole or part):
        return False
    value: Any = given.value
    for step in location:
        value = value[step]
    rounded = isinstance(value, int) and abs(value) > EXACT
    return value is not None and (rounded or json.dumps(value) != text)


def _with_texts(value: Any, location: Location, kept: set[Location], given: YamlFile) -> Any:
    if location in kept:
        return given.written[location]
    if isinstance(value, dict):
        return {k: _with_texts(v, (*location, k), kept, given) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_texts(v, (*location, i), kept, given) for i, v in enumerate(value)]
    return value
