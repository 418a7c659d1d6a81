"""The options that commands share, each written once, and groups of them that travel as one value.

typer reads a command's options from its signature. `@expanded` lets a parameter be a frozen
dataclass of options: its fields stand in the signature, the command gets the value.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from nftforge.cli.collection_file import HERE, find_collection


def _collection_file(context: typer.Context, path: Path | None) -> Path | None:
    """What FILE stands for. None where a command does without. Raises ConfigError."""
    if path is None or not path.is_dir():
        return path
    return find_collection(path, context.command_path)


def this_folder(context: typer.Context) -> Path:
    """The collection in this folder. Raises ConfigError."""
    return find_collection(HERE, context.command_path)


_file = typer.Argument(
    metavar="FILE",
    help="The collection, or its folder; if not given, the one here.",
    callback=_collection_file,
    show_default=False,
)
File = Annotated[Path, _file]
OptionalFile = Annotated[Path | None, _file]  # for commands that may do without one
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
NetworkName = Annotated[
    str | None, typer.Option("--network", metavar="NAME", help="Instead of the file's network.")
]
Only = Annotated[str | None, typer.Option("--only", metavar="ID,..", help="Only these pieces.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]

ChangeSold = Annotated[
    bool, typer.Option("--change-sold", help="Also replace art of tokens that others own.")
]


@dataclass(frozen=True)
class SendOptions:
    """How much a command that sends transactions was told beforehand."""

    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before sending transactions.")] = (
        False
    )
    max_cost: Annotated[
        str | None,
        typer.Option(
            "--max-cost", metavar="AMOUNT", help="Never spend more in this run: e.g. 0.01ETH."
        ),
    ] = None
    broadcast: Annotated[bool, typer.Option("--broadcast", help="Really send on a mainnet.")] = (
        False
    )
    confirm_chain: Annotated[
        int | None,
        typer.Option("--confirm-chain", metavar="ID", help="Confirm a mainnet by its chain id."),
    ] = None
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Give up what an earlier run signed, not mined yet.")
    ] = False


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """`command`, with the fields of its dataclass parameters in its signature, in their place."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    options: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name in groups:
            options += _options_of(groups[name])
        else:
            options.append(_option(name, hints[name], parameter.default))

    @wraps(command)
    def run(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        command(**given)

    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in options}
    return run


def _options_of(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [_option(field.name, hints[field.name], field.default) for field in fields(group)]


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )
