from .allocate import Drawn, allocate
from .errors import GaveUpError, ImpossibleError
from .models import (
    NONE,
    AtMost,
    Differ,
    Exactly,
    Never,
    Only,
    Part,
    Place,
    Remaining,
    Rule,
    Share,
    Spec,
    Weight,
)

__all__ = [
    "NONE",
    "AtMost",
    "Differ",
    "Drawn",
    "Exactly",
    "GaveUpError",
    "ImpossibleError",
    "Never",
    "Only",
    "Part",
    "Place",
    "Remaining",
    "Rule",
    "Share",
    "Spec",
    "Weight",
    "allocate",
]
