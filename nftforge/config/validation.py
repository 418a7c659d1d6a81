"""What pydantic says of a collection file, in words for its author: file, line, key, what is due.

All complaints at once, in file order. Pydantic's places name the members of a union that it tried,
which stand in no file; they are taken out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nftforge.config.yaml import Location, at, line_of
from nftforge.core.errors import ConfigError

SCALARS = ("str", "int", "float", "bool")
UNION_MEMBERS = (*SCALARS, "value", "trait", "count", "colours")
UNION = "a text, a number, true, false or {value, display_type} is needed"


def explained(path: Path, lines: Mapping[Location, int], error: ValidationError) -> ConfigError:
    """All complaints of pydantic, each with its line, in file order."""
    facts = []
    for problem in problems(error):
        location = _known(lines, problem["loc"])
        fact = UNION if problem["loc"][-1] in SCALARS else fact_of(problem)
        facts.append((line_of(lines, location), at(path, lines, location, fact)))
    facts = sorted(dict.fromkeys(facts))
    shown = [text for _, text in facts[:10]]
    if len(facts) > len(shown):
        shown.append(f"... and {len(facts) - len(shown)} more")
    return ConfigError(*shown, hint="`nftforge schema` prints every key and its type")


def problems(error: ValidationError) -> list[Any]:
    """What pydantic found, without the echo of a list whose items it dropped one by one."""
    return [
        problem
        for problem in error.errors(include_url=False)
        if not (problem["type"] == "too_short" and problem["input"])
    ]


def _known(lines: Mapping[Location, int], location: Location) -> Location:
    """`location` without what pydantic adds to say which member of a union it tried."""
    known: Location = ()
    for part in location:
        if (*known, part) in lines or part not in UNION_MEMBERS:
            known = (*known, part)
    return known


def fact_of(problem: Mapping[str, Any]) -> str:
    """One complaint in our words, with the value where it is short."""
    given = problem.get("input")
    match problem["type"]:
        case "extra_forbidden":
            return "there is no such key"
        case "missing":
            return "this key is needed"
        case "too_short":
            return "at least one is needed"
        case "value_error":
            return str(problem["ctx"]["error"])
        case "string_type" if isinstance(given, int | float | bool):
            return f'a text is needed, this is the {type(given).__name__} {given}; write "{given}"'
    message = problem["msg"][0].lower() + problem["msg"][1:]
    shown = json.dumps(given, ensure_ascii=False)
    return f"{message}, not {shown}" if len(shown) <= 60 else message
