"""Where the process starts and ends: every error becomes one message and one exit code.

`nftforge --help` is answered from help.txt, which a test compares with the real help: loading
typer alone takes longer than five times a bare Python.

With `--json` an error is a document too: `{"error": {"fact", "hint", "exit_code"}}`. Even the
command line is imported inside `main`, so that Ctrl-C is answered from the first moment.
"""

from __future__ import annotations

import errno
import os
import signal
import sys

TYPE_CHECKING = False  # as in typing, without its cost
if TYPE_CHECKING:
    from typing import Any, NoReturn

INTERRUPTED = 130
HELP_CELLS = 80  # as wide as help.txt is
RESUMABLE = (("interrupted",), "finished work is kept; run the same command to go on")


def main() -> NoReturn:
    """Run the command line and exit."""
    _open_streams()
    if shell := os.environ.get("_NFTFORGE_COMPLETE"):
        from nftforge.cli.completion import answer

        answer(shell, sys.argv[1:])
        sys.exit(0)
    if sys.argv[1:] in (["--help"], ["-h"], ["help"]):
        _print_help()
    try:
        from nftforge.cli.redaction import guard_streams

        guard_streams()
        from nftforge.cli.everywhere import taken_from

        everywhere, arguments = taken_from(sys.argv[1:])
        everywhere.obey()
        from nftforge.cli.app import app

        code = app(arguments, standalone_mode=False)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # wrong usage, typer says how
            _show_usage(error)
            _exit(error.exit_code)
        _fail(*_explain(error), about_input=_is_about_input(error))
    if code == INTERRUPTED:  # typer turns KeyboardInterrupt into this code
        _fail(*RESUMABLE, code)
    _exit(code if isinstance(code, int) else 0)


def _open_streams() -> None:
    """A stream that is closed (`2>&-`) is one that nobody reads; what a terminal cannot write is
    shown as \\uXXXX."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
        elif mode == "w":
            stream.reconfigure(errors="backslashreplace")


def _print_help() -> NoReturn:
    here = __file__.replace("__main__.py", "help.txt")
    with open(here, encoding="utf-8") as file:  # noqa: PTH123  (pathlib is slow to load)
        text = file.read()
    if sys.stdout.isatty() and os.get_terminal_size().columns < HELP_CELLS:
        from nftforge.cli.output import show

        for line in text.splitlines():
            show(line)
    else:
        print(text, end="")
    sys.exit(0)


def _fail(facts: tuple[str, ...], hint: str, code: int, *, about_input: bool = False) -> NoReturn:
    import traceback

    from nftforge.cli.output import print_json, show
    from nftforge.cli.redaction import redacted, redacted_input

    _learn_dotenv()
    clean = redacted_input if about_input else redacted
    if "--debug" in sys.argv:
        for line in clean(traceback.format_exc()).split("\n"):
            show(line, sys.stderr)
    facts, hint = tuple(_cut(clean(fact)) for fact in facts), clean(hint)
    for number, fact in enumerate(facts):
        show(fact if number else f"nftforge: {fact}", sys.stderr, "error")
    if hint:
        show(f"  {hint}", sys.stderr)
    if "--json" in sys.argv:
        print_json({"error": {"fact": "\n".join(facts), "hint": hint, "exit_code": code}})
    _exit(code)


def _cut(fact: str) -> str:
    """What somebody wrote may be in it, in megabytes; what is wrong with it stands at the end."""
    most = 4_000  # letters
    if len(fact) <= most:
        return fact
    return f"{fact[: most // 2]} ... {len(fact) - most} letters ... {fact[-most // 2 :]}"


def _show_usage(error: Any) -> None:
    """What typer says of a wrong command line, which may hold a key."""
    import io

    from nftforge.cli.help import with_near_options
    from nftforge.cli.output import show, shown
    from nftforge.cli.redaction import redacted_input

    _learn_dotenv()
    if type(error.__cause__).__name__ == "ValidationError":  # typer takes numbers by pydantic
        from nftforge.config.validation import fact_of_option

        error.message = fact_of_option(error.__cause__)
    with_near_options(error)
    said = io.StringIO()
    if type(error).__name__ != "NoArgsIsHelpError":  # its message is the help, line by line
        error.message = shown(error.message)
    error.show(file=said)
    for line in redacted_input(said.getvalue()).splitlines():
        show(line, sys.stderr, "error" if line.startswith("Error:") else "")


def _learn_dotenv() -> None:
    """Of an error that came before any `.env` was read."""
    from contextlib import suppress
    from pathlib import Path

    from nftforge.cli.dotenv import read_environment
    from nftforge.core.errors import ConfigError

    with suppress(ConfigError):  # it is not what failed, or has been said
        read_environment(Path())


def _is_about_input(error: Exception) -> bool:
    """Whether an error quotes what somebody typed or wrote, rather than a chain or a service."""
    from nftforge.core.errors import ConfigError, MissingError

    return isinstance(error, ConfigError | MissingError)


def _exit(code: int) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done; a late Ctrl-C changes nothing
    if "nftforge.cli.log" in sys.modules:
        from nftforge.cli.log import log

        log(f"exit code {code}")
    sys.exit(code)


def _explain(error: Exception) -> tuple[tuple[str, ...], str, int]:
    """(facts, hint, exit code)."""
    from nftforge.core.errors import NftforgeError

    if isinstance(error, NftforgeError):
        return error.facts, error.hint, error.exit_code
    if isinstance(error, OSError):
        what = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        if error.errno == errno.ENOSPC:
            return (f"the disk is full ({what})",), "free some space and run it again", 3
        return (what,), "finished work is kept; mend this and run the same command again", 3
    if type(error).__name__ == "Abort":  # typer's, at a prompt
        return ("interrupted",), "", INTERRUPTED
    if isinstance(error.__cause__, KeyboardInterrupt):  # Ctrl-C while numba was loading a function
        return *RESUMABLE, INTERRUPTED
    fact = f"unexpected {type(error).__name__}: {error}"
    return (fact,), "please report what --debug prints", 1


if __name__ == "__main__":
    main()
