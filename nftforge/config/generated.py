"""A generated set as pieces: drawn from `generate:`, as if each had been written by hand.

What the lock file says was drawn comes first (`drawn`); what is not there yet is drawn, and where
the file has changed, as few pieces change as can be, and none that is minted. Whatever cannot be is
told with the lines of the file that conflict, the fewest of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nftforge.config.drawn import DrawnLine, drawn_lines, id_of, minted_numbers, with_drawn
from nftforge.config.generate import Fixed, Generate, Rule
from nftforge.config.pieces_lock import PiecesLock
from nftforge.config.templates import TEXTS, label, literal
from nftforge.config.trait_values import Choices, NoValueError, choices_of, settings_of
from nftforge.config.yaml import Location, YamlFile, at, line_of
from nftforge.core.errors import ConfigError, quoted
from nftforge.core.nearest import suggestion
from nftforge.traits import (
    NONE,
    AtMost,
    GaveUpError,
    ImpossibleError,
    Never,
    Only,
    Place,
    Spec,
    allocate,
)
from nftforge.traits import Rule as TraitRule

ANY = "any"
Traits = Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """A piece that is not minted and is not what it was."""

    number: int
    was: Traits
    now: Traits


@dataclass(frozen=True)
class Generated:
    """A set: number -> traits, `none` too. `changed` against the lock file; `notes` for the author;
    `by_hand`: pieces that a person has written there."""

    pieces: Mapping[int, Traits]
    changed: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    by_hand: frozenset[int] = frozenset()

    def kept_in(self, lock: PiecesLock) -> PiecesLock:
        """`lock` with what was drawn."""
        return with_drawn(lock, self.pieces, self.by_hand)


def generated(
    asked: Generate, path: Path, given: YamlFile, lock: PiecesLock, seed: int
) -> tuple[Generated, list[tuple[dict[str, Any], Mapping[str, Location]]]]:
    """The set that the file at `path` asks for, and its pieces as they would be written, each with
    the places that its keys come from. Raises ConfigError with every line that is in conflict."""
    source = _Source(asked, path, given, lock)
    try:
        choices = choices_of(asked.traits, given.value["generate"]["traits"], path.parent)
    except NoValueError as error:
        raise source.error(error.place, error.fact, error.hint) from None
    drawn = _drawn(source, choices, seed if asked.seed is None else asked.seed)
    pieces = [_piece(source, choices, number, have) for number, have in drawn.pieces.items()]
    return drawn, pieces


@dataclass(frozen=True)
class _Source:
    asked: Generate
    path: Path
    given: YamlFile
    lock: PiecesLock

    def error(self, place: Location, fact: str, hint: str = "") -> ConfigError:
        return ConfigError(at(self.path, self.given.lines, place, fact), hint=hint)


# --- the draw -----------------------------------------------------------------------------------


def _drawn(source: _Source, choices: Choices, seed: int) -> Generated:
    asked, lines = source.asked, drawn_lines(source.lock)
    rules = [(k, each) for k, rule in enumerate(asked.rules)
             for each in _rules(source, choices, k, rule)]  # fmt: skip
    spec = Spec(
        asked.count,
        {t: {v: choice.share for v, choice in values.items()} for t, values in choices.items()},
        tuple(rule for _, rule in rules), _unique(source, choices), _fixed(source, choices), seed,
    )  # fmt: skip
    minted = _minted(source, choices, lines)
    others = {n: line for n, line in lines.items() if n not in minted and n <= asked.count}
    kept = {n: _by_hand(source, choices, n, e) for n, e in others.items() if e.by_hand}
    before = {n: each.traits for n, each in others.items() if not each.by_hand}
    try:
        made = allocate(spec, minted=minted, kept=kept, previous=before)
    except (ImpossibleError, GaveUpError) as error:
        raise _refusal(source, error, [k for k, _ in rules], lines) from None
    pieces = dict(enumerate(made.pieces, start=1))
    changed = tuple(
        Change(number, was, pieces[number])
        for number, was in sorted({**before, **kept}.items())
        if not was.items() <= pieces[number].items()
    )
    hands = {*kept, *(n for n in minted if lines[n].by_hand)}
    return Generated(pieces, changed, made.notes, frozenset(hands))


def _minted(source: _Source, choices: Choices, lines: Mapping[int, DrawnLine]) -> dict[int, Traits]:
    """Number -> traits of what is minted. Raises ConfigError if the file has no room for it."""
    minted = sorted(minted_numbers(source.lock))
    if minted and minted[-1] > source.asked.count:
        raise source.error(
            ("generate", "count"),
            f"{source.asked.count}, and {id_of(minted[-1])} is minted",
            f"write {minted[-1]} at least: what is minted cannot be taken back",
        )
    if lost := [id_of(number) for number in minted if number not in lines]:
        raise source.error(
            ("generate",),
            f"{', '.join(lost[:5])}{' and more' * (len(lost) > 5)} is minted, and "
            f"{source.lock.path} does not say what was drawn for it",
            "put that file back, from version control or a backup: it would be drawn anew, and "
            "tokens would show other art",
        )
    found = {n: lines[n].traits for n in minted}
    for number, (trait, value) in ((n, each) for n in found for each in found[n].items()):
        there = {*choices.get(trait, ()), *_of_fixed(source, trait), NONE}
        if trait in choices and value not in there:
            raise source.error(
                ("generate", "traits", trait),
                f"{id_of(number)} is minted with {trait} = {value}, which is no value any more",
                "put it back, with the count that is minted",
            )
    return found


def _of_fixed(source: _Source, trait: str) -> set[str]:
    return {label(v) for each in source.asked.fixed for t, v in each.traits.items() if t == trait}


def _by_hand(source: _Source, choices: Choices, number: int, line: DrawnLine) -> Traits:
    """Raises ConfigError for a trait or a value that is not in the file."""
    for trait, value in line.traits.items():
        values = [*choices.get(trait, ()), *_of_fixed(source, trait)]
        if trait in choices and value not in values:
            raise ConfigError(
                f"{source.lock.path}:{line.line}: {trait} has no value {quoted(value)}",
                hint=f"{suggestion(value, values)}it has: {', '.join(values[:20])}",
            )
    return {t: v for t, v in line.traits.items() if t in choices}


def _unique(source: _Source, choices: Choices) -> tuple[str, ...]:
    for index, name in enumerate(source.asked.unique):
        _check(source, ("generate", "unique", index), "trait", label(name), choices)
    return tuple(map(label, source.asked.unique))


def _fixed(source: _Source, choices: Choices) -> dict[int, Traits]:
    found: dict[int, Traits] = {}
    for index, each in enumerate(source.asked.fixed):
        place: Location = ("generate", "fixed", index)
        if each.number in found or each.number > source.asked.count:
            why = "is fixed already" if each.number in found else "is more than `count`"
            raise source.error((*place, "number"), f"{each.number} {why}")
        for trait, value in each.traits.items():
            _check(source, (*place, "traits"), "trait", label(trait), choices)
            known = choices[label(trait)]
            if label(value) not in known and (near := suggestion(value, known)):
                raise source.error(
                    (*place, "traits", trait), f"{trait} has no value {quoted(value)}", near.strip()
                )
        found[each.number] = {label(t): label(v) for t, v in each.traits.items()}
    return found


def _check(
    source: _Source, place: Location, what: str, name: str, known: Iterable[str], of: str = ""
) -> None:
    names = list(known)
    if name not in names:
        fact = f"{of} has no {what} {quoted(name)}" if of else f"there is no {what} {quoted(name)}"
        there = ", ".join(names[:20])
        raise source.error(place, fact, f"{suggestion(name, names)}there are: {there}")


# --- rules --------------------------------------------------------------------------------------


def _rules(source: _Source, choices: Choices, index: int, rule: Rule) -> Iterator[TraitRule]:
    """As `traits` has them: a facet stands for the values that have it."""
    place: Location = ("generate", "rules", index)

    def having(key: str, given: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, values in (given or {}).items():
            trait, meant = _meant(source, choices, (*place, key, name), name, values)
            found[trait] = tuple(v for v in meant if v in found.get(trait, meant))
        return found

    if rule.differ:
        yield from _differ(source, choices, (*place, "differ"), rule.differ)
    if rule.at_most is not None:
        yield AtMost(rule.at_most, having("of", rule.of))
    if rule.not_:
        yield Never(having("if", rule.if_), having("not", rule.not_))
    if rule.only:
        yield Only(having("if", rule.if_), having("only", rule.only))


def _differ(
    source: _Source, choices: Choices, place: Location, names: Sequence[str]
) -> Iterator[Never]:
    """One rule for each value, or each facet, that two of them share; two `none` never clash."""
    found = [_kinds(source, choices, (*place, k), name) for k, name in enumerate(names)]
    for (one, these), (other, those) in itertools.combinations(found, 2):
        for kind in these:
            if kind in those and kind != NONE:
                yield Never({one: these[kind]}, {other: those[kind]})


def _meant(
    source: _Source, choices: Choices, place: Location, name: str, values: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    """The trait, and which of its values a rule speaks of."""
    trait, kinds = _kinds(source, choices, place, name)
    if list(values) == [ANY] and ANY not in kinds:
        return trait, tuple(v for kind, vs in kinds.items() if kind != NONE for v in vs)
    for value in values:
        _check(source, place, "value", label(value), kinds, of=name)
    return trait, tuple(v for value in values for v in kinds[label(value)])


def _kinds(
    source: _Source, choices: Choices, place: Location, name: str
) -> tuple[str, dict[str, tuple[str, ...]]]:
    """A trait and its values, or, for `Hat colour`, each colour and the values that have it."""
    if label(name) in choices:
        return label(name), {value: (value,) for value in choices[label(name)]}
    facets = {
        f"{t} {f}": (t, f) for t, vs in choices.items() for c in vs.values() for f in c.facets
    }
    _check(source, place, "trait", label(name), [*choices, *facets])
    trait, facet = facets[label(name)]
    kinds: dict[str, tuple[str, ...]] = {}
    for value, choice in choices[trait].items():
        if kind := choice.facets.get(facet):
            kinds[kind] = (*kinds.get(kind, ()), value)
    return trait, kinds


# --- what cannot be -----------------------------------------------------------------------------


def _refusal(
    source: _Source,
    error: ImpossibleError | GaveUpError,
    rules: Sequence[int],
    lines: Mapping[int, DrawnLine],
) -> ConfigError:
    """The reason, and each line that has a part in it, as it stands there."""
    here, locked = dict[int, None](), list[str]()
    for place in error.places:
        if place[0] == "kept":
            line = lines[int(place[1])].line
            locked.append(f"{source.lock.path}:{line}: {id_of(int(place[1]))}, by hand")
        else:
            here[line_of(source.given.lines, _location(source, place, rules))] = None
    text = source.path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    shown = [f"{source.path}:{n}: {text[n - 1].strip()[:160]}" for n in sorted(here)]
    hint = "these lines conflict: change one of them; nothing was painted"
    if isinstance(error, GaveUpError):
        hint = "leave more room: fewer pieces, more values, or a rule less; nothing was painted"
    return ConfigError(
        at(source.path, source.given.lines, ("generate",), error.why), *shown, *locked, hint=hint
    )


def _location(source: _Source, place: Place, rules: Sequence[int]) -> Location:
    match place:
        case ("rules", int(index)):
            return "generate", "rules", rules[index]
        case ("fixed", int(number)):
            numbers = [each.number for each in source.asked.fixed]
            return "generate", "fixed", numbers.index(number)
    return ("generate", *place)


# --- pieces -------------------------------------------------------------------------------------


def _piece(
    source: _Source, choices: Choices, number: int, have: Traits
) -> tuple[dict[str, Any], Mapping[str, Location]]:
    """One piece as it would be written, and where its keys are said. A later trait's word counts;
    texts that describe it are put together."""
    piece: dict[str, Any] = {"id": id_of(number)}
    places: dict[str, Location] = {key: ("generate", key) for key in TEXTS}
    if source.asked.external_url:
        piece["external_url"] = source.asked.external_url
    texts, layers = [source.asked.description or ""], list[Mapping[str, Any]]()
    for choice in (choices[t][v] for t, v in have.items() if v in choices.get(t, ())):
        piece |= choice.settings
        places |= dict.fromkeys(choice.settings, choice.place)
        texts.append(str(choice.settings.get("description", "")))
        layers += choice.settings.get("layers", [])
        if choice.layer:
            layers.append(choice.layer)
            places["layers"] = choice.place
    fixed = next((k for k, each in enumerate(source.asked.fixed) if each.number == number), None)
    own: Fixed | None = None
    if fixed is not None:
        own = source.asked.fixed[fixed]
        settings = settings_of(source.given.value["generate"]["fixed"][fixed])
        piece |= settings
        said = (*settings, "name") if own.name else settings
        places |= dict.fromkeys(said, ("generate", "fixed", fixed))
        texts.append(str(settings.get("description", "")))
        layers += settings.get("layers", [])
    if "image" not in piece:
        if not layers:
            raise source.error(
                ("generate", "traits"), f"nothing gives {id_of(number)} a picture: {_told(have)}",
                "give a trait `from: pictures/*.png`, or its values an `image:`",
            )  # fmt: skip
        piece["image"], layers = _path(layers[0]), layers[1:]
    seen = {t: v for t, v in have.items() if v != NONE}
    name = (own and own.name) or source.asked.name
    name = name or f"{literal(str(source.given.value['name']))} #{{number}}"
    piece |= {"name": name, "traits": seen, "layers": layers}
    if text := " ".join(filter(None, texts)):
        piece["description"] = text
    return piece, places


def _path(layer: Any) -> str:
    return layer if isinstance(layer, str) else str(layer["image"])


def _told(have: Traits) -> str:
    return ", ".join(f"{trait} = {value}" for trait, value in have.items())
