"""How help reads, and what is said of a mistyped command or option."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

from nftforge.cli.everywhere import HELP, NAMES
from nftforge.cli.install_completion import INSTALL, SHOW, answer_about_completion
from nftforge.cli.near import OTHER_COMMANDS, did_you_mean, nearest

SECTIONS = MAKE, LOOK, SELL, OWN, ONE, MACHINE = (
    "Make a collection", "Look at it", "Sell it", "Once it is minted, for its owner",
    "Single pictures and files", "This machine",
)  # fmt: skip
ALSO = "Everywhere: -v, -q, --color, --log, --debug (nftforge help)."
COMPLETION = (
    (f"{INSTALL} [SHELL]", "What TAB offers in bash, zsh or fish; by default in this one."),
    (f"{SHOW} [SHELL]", "The same, printed, to install it yourself."),
)
PUBLISHING = ("pin", "verify-source")  # commands that ask nothing first and cannot be undone
CONSENT = {
    "yes",
    "broadcast",
    "confirm-chain",
    "change-sold",
    "give-up",
    "force",
    "price-is-right",
}  # options


class Commands(TyperGroup):
    """A group of commands: listed by what they are for, and near ones found."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for command in self.commands.values():
            command.epilog = command.epilog or ALSO

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in SECTIONS}
        longest = max(map(len, self.commands))
        for name, command in self.commands.items():
            about = command.get_short_help_str(formatter.width - 6 - longest)
            title = getattr(command, "rich_help_panel", None) or "Commands"
            sections.setdefault(title, []).append((name.ljust(longest), about))
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.commands and not args[0].startswith("-"):
            careful = [name for name in self.commands if self.is_careful(name)]
            harmless = [name for name in self.commands if name not in careful]
            other = OTHER_COMMANDS.get(args[0], "")
            found = did_you_mean(
                [other] if other in self.commands else nearest(args[0], harmless, careful)
            )
            ctx.fail(f"No such command {args[0]!r}.{found}")
        return super().resolve_command(ctx, args)

    def is_careful(self, name: str) -> bool:
        """Whether it may send transactions (then it can be told not to ask), or publishes."""
        options = (option for param in self.commands[name].params for option in param.opts)
        return name in PUBLISHING or "--yes" in options


class Program(Commands):
    """nftforge itself: with the options that stand anywhere."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] in (INSTALL, SHOW):
            answer_about_completion(args[0], args[1] if len(args) > 1 else None)
            ctx.exit()
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        anywhere = [(names, about) for _, names, about in HELP]
        with formatter.section("Options, before or after the command"):
            formatter.write_dl([*anywhere, ("-h, --help", "Show this, or what a command can do.")])
        with formatter.section("Options alone"):
            own = (param.get_help_record(ctx) for param in self.params)
            formatter.write_dl([*filter(None, own), *COMPLETION])
        self.format_commands(ctx, formatter)


def with_near_options(error: Any) -> None:
    """To the error of a wrong command line, the options that may have been meant."""
    if type(error).__name__ != "NoSuchOption" or error.ctx is None:
        return
    own = (name for param in error.ctx.command.get_params(error.ctx) for name in param.opts)
    known = {name.removeprefix("--") for name in (*own, *NAMES) if name.startswith("--")}
    found = nearest(error.option_name.removeprefix("--"), known - CONSENT, known & CONSENT)
    error.possibilities = None
    said = did_you_mean(f"--{name}" for name in found) or _of_another(error)
    error.message = f"{error.message}.{said}"


def _of_another(error: Any) -> str:
    """Whose option it is, if one other command that does no harm has it."""
    program = error.ctx.find_root().command
    if error.option_name.removeprefix("--") in CONSENT or not isinstance(program, Program):
        return ""
    have = [
        name
        for name, command in program.commands.items()
        if not program.is_careful(name)
        and any(error.option_name in param.opts for param in command.params)
    ]
    return f" `nftforge {have[0]}` has it." if len(have) == 1 else ""
