"""What pydantic says of a collection file, in words for its author: file, line, key, what is due.

All complaints at once, in file order. None of pydantic's own words gets through: a kind of error
that is not known here is told as the value that does not fit (a test walks through all that the
models can raise). Pydantic's places name the members of a union that it tried, which stand in no
file; they are taken out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nftforge.config.keys import near_key
from nftforge.config.models import NETWORK_NAME, PIECE_ID, RPC_VARIABLE
from nftforge.config.values import SHORT
from nftforge.config.yaml import Location, YamlFile, at, line_of
from nftforge.core.errors import ConfigError
from nftforge.core.nearest import suggestion

UNION_MEMBERS = ("value", "trait", "count", "colours", "[key]")
TEXT, WHOLE, NUMBER, TRUTH, LIST, KEYS = (
    "a text", "a whole number", "a number", "true or false", "a list", "keys and values",
)  # fmt: skip
WANTED = {
    "string_type": TEXT, "int_type": WHOLE, "int_from_float": WHOLE, "float_type": NUMBER,
    "bool_type": TRUTH, "tuple_type": LIST, "list_type": LIST, "dict_type": KEYS,
    "model_type": KEYS, "model_attributes_type": KEYS,
}  # fmt: skip
WANTED_OF_TEXT = {"int_parsing": WHOLE, "float_parsing": NUMBER, "bool_parsing": TRUTH}
BOUNDS = {
    "greater_than_equal": ("at least", "ge"), "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"), "less_than": ("less than", "lt"),
}  # fmt: skip
FORMS = {
    PIECE_ID: "small letters, digits, - and _, with a letter or a digit first, 64 at most",
    RPC_VARIABLE: "capitals that end in _RPC_URL",
    NETWORK_NAME: "small letters, digits and -, with a letter first, 32 at most",
}
IN_QUOTES = "; if it is a text, put it in quotes"
TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def explained(path: Path, given: YamlFile, error: ValidationError) -> ConfigError:
    """All complaints of pydantic, each with its line, in file order."""
    facts = []
    for problem in problems(error):
        location = _known(given.lines, problem["loc"])
        fact = fact_of(problem, given.written.get(location))
        if problem["type"] == "extra_forbidden":
            near = _after_a_comma(location[-1]) or near_key(location)
            fact += f"; {near}" if near else ""
        facts.append((line_of(given.lines, location), at(path, given.lines, location, fact)))
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


def _after_a_comma(key: object) -> str:
    """`{price: 0,05 ETH}` is the price 0 and a key `05 ETH`; `{strokes: 1,000}` likewise."""
    if not re.fullmatch(r"[0-9]+( *[A-Za-z]{3,5})?", str(key), re.ASCII):
        return ""
    return "a comma ends a value between braces: write 0.05 for 0,05, and 1000 for 1,000"


def fact_of(problem: Mapping[str, Any], written: str | None = None) -> str:
    """One complaint in our words, with the value where it is short.

    written: how a number, a truth or nothing stands in the file.
    """
    kind, given, context = problem["type"], problem.get("input"), problem.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in BOUNDS:
        word, name = BOUNDS[kind]
        bound = context[name]
        return f"must be {word} {int(bound) if bound == int(bound) else bound}, not {given}"
    if wanted := WANTED.get(kind):
        verb = "are" if wanted == KEYS else "is"
        return f"{wanted} {verb} needed{_instead(wanted, given, written)}"
    return _other(kind, given, context)


def fact_of_option(error: ValidationError) -> str:
    """The same of an option of the command line, where everything comes as a text."""
    problem = problems(error)[0]
    if wanted := WANTED_OF_TEXT.get(problem["type"]):
        return f"{wanted} is needed, not {_shown(problem['input'])}"
    return fact_of(problem)


def _other(kind: str, given: Any, context: Mapping[str, Any]) -> str:
    match kind:
        case "extra_forbidden":
            return "there is no such key"
        case "missing":
            return "this key is needed"
        case "too_short":
            return "at least one is needed"
        case "string_too_short":
            return "this is empty"
        case "string_too_long":
            return f"{len(given)} letters; there may be {context['max_length']}"
        case "string_pattern_mismatch":
            form = FORMS.get(context["pattern"], "another form")
            return f"{_shown(given)} is not of the form it needs: {form}"
        case "literal_error":
            return _one_of(given, re.findall(r"'([^']*)'", context["expected"]))
        case "finite_number" | "int_parsing_size" | "int_parsing" | "float_parsing":
            return f"{_shown(given)} is no number that fits"
    return f"{_shown(given)} does not fit here"


def _one_of(given: Any, names: list[str]) -> str:
    meant = suggestion(given, names).rstrip() if isinstance(given, str) else ""
    fact = f"{_shown(given)} is not one of {', '.join(names)}"
    return f"{fact}; {meant}" if meant else fact


def _instead(wanted: str, given: Any, written: str | None) -> str:
    """What stands there instead of what is wanted, and what to write."""
    if given is None:
        return _in_place_of_nothing(wanted, written)
    if isinstance(given, list):
        fixes = {TEXT: IN_QUOTES, KEYS: "; write `key: value` without a `- ` before it"}
        return f", not a list{fixes.get(wanted, '')}"
    if isinstance(given, dict):
        return _in_place_of_keys(wanted, given)
    if isinstance(given, str):
        return f", not the text {_shown(given)}{_from_text(wanted, given)}"
    as_written = written or json.dumps(given)
    if wanted == TEXT:
        kind = "true or false" if isinstance(given, bool) else "a number"
        return f', and {as_written} without quotes is {kind}; write "{as_written}"'
    fix = f"; write [{as_written}]" if wanted == LIST else ""
    return f", not {as_written}{fix}"


def _in_place_of_nothing(wanted: str, written: str | None) -> str:
    if written and wanted == TEXT:
        return f', and {written} without quotes is nothing; write "{written}"'
    if wanted == KEYS:
        return ", and there is nothing; indent what belongs to this key, or take it out"
    return ", and there is nothing; write it, or take the key out"


def _in_place_of_keys(wanted: str, given: Mapping[str, Any]) -> str:
    if wanted == LIST:
        return ", not keys and values; begin each of its items with `- `"
    return f", not keys and values{IN_QUOTES if wanted == TEXT else ''}"


def _from_text(wanted: str, given: str) -> str:
    """What may have been meant by a text, to follow it."""
    if wanted == TRUTH and given.lower() in TRUTHS:
        return f"; write {TRUTHS[given.lower()]}"
    if wanted == LIST and len(given) <= SHORT:
        return f"; write [{given}]"
    if wanted == KEYS and (found := re.match(r"(\w+):(\S+)$", given)):
        return f"; a space is missing: `{found[1]}: {found[2]}`"
    if wanted == KEYS and re.fullmatch(r"[^{}\n]+\.(png|jpe?g|webp|gif|heic)", given.lower()):
        return f"; write {{image: {given}}}"
    if re.fullmatch({WHOLE: r"-?\d+", NUMBER: r"-?\d+(\.\d+)?"}.get(wanted, r"(?!)"), given):
        return f"; write {given} without quotes"
    return ""


def _shown(given: Any) -> str:
    """A value if it is short: a part of one could be part of a secret."""
    if isinstance(given, str):
        return f"'{given}'" if len(given) <= SHORT else f"of {len(given)} letters"
    if isinstance(given, list | dict):
        return "a list" if isinstance(given, list) else "keys and values"
    return "nothing" if given is None else json.dumps(given)
