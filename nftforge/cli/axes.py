"""`brush=oil,marker strokes=100,500`: options to be tried with several values, each with each.

A value is read by the option it is for, so it is refused in that option's words: the command reads
a line with nothing but this option, which is all that typer promises to keep as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import product
from typing import Any

import typer

from nftforge.core.errors import ConfigError
from nftforge.core.nearest import suggestion

SWITCH = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
MOST = 100  # paintings; more than that is a collection


Read = Callable[[str, str], Any]  # option and text -> value


def reader(context: typer.Context, required: Sequence[str], switches: Collection[str]) -> Read:
    """Reads values as the options of `context`'s command.

    required: words without which the command reads no line. Raises typer's usage errors.
    """

    def read(name: str, text: str) -> Any:
        if name in switches:
            return _switch(name, text)
        words = [*required, f"--{name.replace('_', '-')}={text}"]
        return context.command.make_context(context.info_name, words, context.parent).params[name]

    return read


def combinations(texts: Sequence[str], names: Collection[str], read: Read) -> list[dict[str, Any]]:
    """Every combination of the values, as a mapping option -> value; the last option runs fastest.

    texts: `option=value,value`, or with semicolons where a value has commas. names: of the options
    that may be tried. Raises ConfigError naming the text, and what `read` raises.
    """
    axes = [_axis(text, names, read) for text in texts]
    tried = [name for name, _ in axes]
    twice = next((name for name in tried if tried.count(name) > 1), None)
    if twice:
        raise ConfigError(
            f"--compare names {twice} twice", hint=f"write all its values once: {twice}=A,B,C"
        )
    every = [dict(zip(tried, values, strict=True)) for values in product(*(v for _, v in axes))]
    if len(every) > MOST:
        raise ConfigError(f"--compare asks for {len(every)} paintings; at most {MOST} fit a sheet")
    return every


def _axis(text: str, names: Collection[str], read: Read) -> tuple[str, list[Any]]:
    key, _, listed = text.partition("=")
    name = key.strip().replace("-", "_")
    if not listed.strip():
        raise ConfigError(
            f"--compare {text!r} gives no values", hint="as in: --compare brush=oil,marker"
        )
    if name not in names:
        raise ConfigError(
            f"--compare {text!r}: there is no {key!r} to compare",
            hint=f"{suggestion(name, names)}there are: {', '.join(names)}",
        )
    values = [value.strip() for value in listed.split(";" if ";" in listed else ",")]
    if "" in values:
        raise ConfigError(f"--compare {text!r} has an empty value", hint="take a comma out")
    return name, [read(name, value) for value in dict.fromkeys(values)]


def _switch(name: str, text: str) -> bool:
    if text.lower() not in SWITCH:
        raise ConfigError(f"--compare {name}={text}: that is neither yes nor no")
    return SWITCH[text.lower()]
