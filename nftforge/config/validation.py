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
from typing import Any

from pydantic import ValidationError

from nftforge.config.keys import near_key
from nftforge.config.models import NETWORK_NAME, PIECE_ID, RPC_VARIABLE
from nftforge.config.places import Places
from nftforge.config.values import SHORT
from nftforge.config.yaml import Location
from nftforge.core.errors import ConfigError
from nftforge.core.nearest import suggestion

UNION_MEMBERS = ("value", "trait", "count", "colours", "[key]", "values")
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
MISSING = "this key is needed"
TRAIT = ("pieces", 0, "traits", "Sky")  # where one stands
IN_QUOTES = "; if it is a text, put it in quotes"
SHORTHAND = {  # a section's own value where its keys are due: the key that takes it
    "mint": "network", "pin": "to", "target": "psnr", "sale": "price",
    "gif": "size", "contract": "royalty_percent", "paint": "brush",
}  # fmt: skip
MEASURED = re.compile(r"([-+]?\d+(?:[.,]\d+)?) ?(%|[A-Za-z][A-Za-z/]*)?", re.ASCII)
THOUSANDS = re.compile(r"\d{1,3}([,' _]\d{3})+", re.ASCII)
TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def explained(places: Places, error: ValidationError) -> ConfigError:
    """All complaints of pydantic, each with its line, in file order."""
    facts, foreign = [], set()
    for problem in problems(error):
        location = _known(places, problem["loc"])
        fact = fact_of(problem, places.as_written(location), location)
        if location[2:3] == ("traits",) and len(location) > len(TRAIT):
            if problem["type"] == "extra_forbidden":
                fact += "; a trait is one value, `Sky: Blue`; two values are two traits"
                foreign.add(location[: len(TRAIT)])
        elif problem["type"] == "extra_forbidden":
            near = _after_a_comma(location[-1]) or near_key(location)
            fact += f"; {near}" if near else ""
        facts.append((places.order(location), places.at(location, fact)))
    if foreign:  # a trait that holds others is none with its value missing
        lacking = {places.at(place, MISSING) for place in foreign}
        facts = [each for each in facts if each[1] not in lacking]
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


def _known(places: Places, location: Location) -> Location:
    """`location` without what pydantic adds to say which member of a union it tried."""
    known: Location = ()
    for part in location:
        if part not in UNION_MEMBERS or places.says((*known, part)):
            known = (*known, part)
    return known


def _after_a_comma(key: object) -> str:
    """`{price: 0,05 ETH}` is the price 0 and a key `05 ETH`; `{strokes: 1,000}` likewise."""
    if not re.fullmatch(r"[0-9]+( *[A-Za-z]{3,5})?", str(key), re.ASCII):
        return ""
    return "a comma ends a value between braces: write 0.05 for 0,05, and 1000 for 1,000"


def fact_of(problem: Mapping[str, Any], written: str | None = None, location: Location = ()) -> str:
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
        if wanted == KEYS and (short := _shorthand(given, location)):
            return f"keys and values are needed{short}"
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
            return MISSING
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


def _shorthand(given: Any, location: Location) -> str:
    """What to write where a section has only a value: `mint: sepolia` is its network."""
    key = str(location[-1]) if location else ""
    if key == "traits" and isinstance(given, list):
        return _as_marketplaces_have_it(given)
    if key == "traits" and (pair := re.fullmatch(r"([\w ]+?) ?[=:] ?([\w ]+)", str(given))):
        return f", not the text {_shown(given)}; write `traits: {{{pair[1]}: {pair[2]}}}`"
    if key == "gif" and (given is False or str(given).lower() in ("false", "no", "off", "none")):
        return "; there is always a GIF, the picture that every marketplace shows: leave `gif` out"
    values = given if key == "pin" and isinstance(given, list) else [given]
    if key not in SHORTHAND or not all(_is_word(value) for value in values):
        return ""
    value = ", ".join(str(value) for value in values)
    if key == "sale":
        value += ", until: 2027-02-01"
    written = f"[{value}]" if key == "pin" else value
    text = "the text " if isinstance(given, str) else ""
    return f", not {text}{_shown(given)}; write `{key}: {{{SHORTHAND[key]}: {written}}}`"


def _is_word(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number or (
        isinstance(value, str) and len(value) <= SHORT and not re.search(r"[:{}\[\],#\n]", value)
    )


def _as_marketplaces_have_it(given: list[Any]) -> str:
    """`[{trait_type: Sky, value: Blue}]` is what is published; in the file it is `{Sky: Blue}`."""
    pairs = [
        f"{each['trait_type']}: {each['value']}"
        for each in given
        if isinstance(each, dict)
        and _is_word(each.get("trait_type"))
        and _is_word(each.get("value"))
    ]
    if given and len(pairs) == len(given):
        return f", not a list; write `traits: {{{', '.join(pairs)}}}`"
    return ", not a list; each trait has a name: `traits: {Sky: Blue}`"


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
    return _number_alone(wanted, given)


def _number_alone(wanted: str, given: str) -> str:
    """`1024px`, `0,5`, `50%`, `1,000`: the number that is meant, where it is plain."""
    if wanted not in (WHOLE, NUMBER):
        return ""
    if THOUSANDS.fullmatch(given):
        return f"; write {re.sub(r'[^0-9]', '', given)}"
    if sides := re.fullmatch(r"(\d{1,6}) ?[x\u00d7*] ?(\d{1,6})", given):
        return f"; write {max(int(sides[1]), int(sides[2]))}, the longer side"
    found = MEASURED.fullmatch(given.strip())
    if not found:
        return ""
    number, unit = found[1].replace(",", "."), found[2]
    if unit == "%":
        return f"; {number}% is {float(number) / 100:g}" if wanted == NUMBER else ""
    if unit in ("k", "K"):
        number, unit = f"{float(number) * 1000:.10g}", None
    if wanted == WHOLE and "." in number:
        return ""
    return f"; write {number}" + (f", without {unit}" if unit else "")


def _shown(given: Any) -> str:
    """A value if it is short: a part of one could be part of a secret."""
    if isinstance(given, str):
        return f"'{given}'" if len(given) <= SHORT else f"of {len(given)} letters"
    if isinstance(given, list | dict):
        return "a list" if isinstance(given, list) else "keys and values"
    return "nothing" if given is None else json.dumps(given)
