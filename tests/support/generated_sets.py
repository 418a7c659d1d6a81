"""Specifications of generated sets, and what is broken in one that was drawn."""

from __future__ import annotations

from fractions import Fraction

from nftforge.traits import (
    AtMost,
    Differ,
    Exactly,
    Never,
    Only,
    Part,
    Remaining,
    Spec,
    Weight,
)
from nftforge.traits.rules import holds, laws_of


def percent(text):
    return Part(Fraction(text) / 100)


def rest(*values):
    return {value: Remaining() for value in values}


def weights(**values):
    return {value: Weight(Fraction(weight)) for value, weight in values.items()}


def emblems(count):
    """Eight traits and twenty rules."""
    traits = {
        "Base": {"skull": percent("12.5"), "cat": percent("37.5"), **rest("robot", "ghost")},
        "Brush": {"oil": percent(50), "watercolor": percent(30), "marker": percent(20)},
        "Mood": {
            "Noir": Exactly(25),
            "Dawn": percent(10),
            **rest(*(f"Mood {k}" for k in range(8))),
        },
        "Hat": weights(Red=10, Blue=10, Crown=1, none=20),
        "Shirt": {"Red": percent("33.3"), "Blue": percent("33.3"), "Green": percent("33.3")},
        **{
            trait: {f"{trait} {k}": Weight(Fraction(20 - k)) for k in range(kinds)}
            for trait, kinds in (("Eyes", 12), ("Mouth", 15), ("Sky", 20))
        },
    }
    rules = (
        Never({"Base": ("skull",)}, {"Mood": ("Dawn",)}),
        Only({"Mood": ("Noir",)}, {"Brush": ("marker", "oil")}),
        Differ(("Hat", "Shirt")),
        AtMost(3, {"Hat": ("Crown",)}),
        AtMost(count // 50, {"Hat": ("Red",), "Eyes": ("Eyes 0",)}),
        Never({"Base": ("cat",), "Brush": ("oil",)}, {"Sky": ("Sky 0",)}),
        *(
            Never({"Eyes": (f"Eyes {k}",)}, {"Mouth": (f"Mouth {k}", f"Mouth {k + 1}")})
            for k in range(12)
        ),
        Never({"Hat": ("Red", "Blue", "Crown")}, {"Sky": ("Sky 1",)}),
    )
    unique = tuple(trait for trait in traits if trait != "Sky")
    return Spec(count, traits, rules, unique, {1: {"Base": "genesis"}}, seed=7)


def faults(spec, pieces):
    """What is broken, in words."""
    kinds = {t: sorted({*vs, *(p[t] for p in pieces)}) for t, vs in spec.traits.items()}
    for law in laws_of(spec.rules, kinds):
        for clause in law.clauses:
            if any(holds(clause, piece) for piece in pieces):
                yield f"{law.place} is broken"
        for clause, most in law.caps:
            if sum(holds(clause, piece) for piece in pieces) > most:
                yield f"{law.place} is broken"
    if spec.unique and len({tuple(p[t] for t in spec.unique) for p in pieces}) < len(pieces):
        yield "two are alike"
    for number, have in spec.fixed.items():
        if not have.items() <= pieces[number - 1].items():
            yield f"{number} is not as it is fixed"
