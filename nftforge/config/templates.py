"""`{number}`, `{stem}` and `{Trait}` in a piece's name, description and external_url.

    name: "Emblem #{number}"        its number; `numbers: from 0` begins at 0
    description: "{stem}, {Mood}"   its picture's file name without the ending; its trait Mood

`{{` is a brace, and `{}` the name that the file's name makes: `red_cat-02.png` is `Red cat 02`. A
trait that other pieces have and this one lacks is left out; a word that none knows is refused.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from nftforge.config.models import Piece, Trait
from nftforge.core.nearest import suggestion

TEXTS = ("name", "description", "external_url")  # of a piece, in which words are filled in
FROM_FILE = "{}"
WORD = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")


class UnknownWordError(Exception):
    """A word that no piece knows: what is wrong, and what to do."""

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(fact)
        self.fact, self.hint = fact, hint


def literal(text: str) -> str:
    """`text` as a template that it comes out of as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def stem_of(image: str) -> str:
    """A picture's file name without its ending, however its letters are encoded."""
    return label(PurePosixPath(image.replace("\\", "/")).stem)


def readable(stem: str) -> str:
    """A name made from that of a file: `red_cat-02` is `Red cat 02`."""
    words = re.sub(r"[\s_-]+", " ", stem).strip() or stem
    return words[:1].upper() + words[1:]


def label(text: str) -> str:
    """A name of a trait or a value as names are compared."""
    return unicodedata.normalize("NFC", text).strip()


def words_of(piece: Piece, number: int, stem: str) -> dict[str, str]:
    """What each word stands for in the texts of a piece."""
    traits = {label(name): _shown(given) for name, given in piece.traits.items()}
    return {**traits, "": readable(stem), "number": str(number), "stem": stem}


def filled(template: str, words: Mapping[str, str], *, link: bool = False) -> str:
    """`template` with its words. An empty one takes the space beside it along.

    Raises UnknownWordError.
    """
    lacking = False

    def put(found: re.Match[str]) -> str:
        nonlocal lacking
        if found[1] is None:
            return found[0][0]
        word = label(unquote(found[1]) if link else found[1])
        if word not in words:
            raise _unknown(word, words)
        lacking = lacking or not words[word]
        return quote(words[word], safe="") if link else words[word]

    text = WORD.sub(put, template)
    return re.sub(" {2,}", " ", text).strip() if lacking else text


def _unknown(word: str, words: Mapping[str, str]) -> UnknownWordError:
    known = [each for each in ("number", "stem", *words) if each]
    there = ", ".join(f"{{{each}}}" for each in dict.fromkeys(known[:20]))
    hint = f"{suggestion(word, known)}there are: {there}; write {{{{ for a brace"
    return UnknownWordError(f"nothing is called {{{word}}}", hint)


def _shown(given: object) -> str:
    value = given.value if isinstance(given, Trait) else given
    return value if isinstance(value, str) else json.dumps(value)
