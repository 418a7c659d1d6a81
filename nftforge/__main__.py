"""Where the process starts and ends: every error becomes one message and one exit code.

`nftforge --help` is answered from help.txt, which a test compares with the real help: loading
typer alone takes longer than five times a bare Python.

With `--json` an error is a document too: `{"error": {"fact", "hint", "exit_code"}}`. Even the
command line is imported inside `main`, so that Ctrl-C is answered from the first moment.
"""

from __future__ import annotations

import errno
import signal
import sys

TYPE_CHECKING = False  # as in typing, without its cost
if TYPE_CHECKING:
    from typing import Any, NoReturn

INTERRUPTED = 130
RESUMABLE = ("interrupted", "finished work is kept; run the same command to go on")


def main() -> NoReturn:
    """Run the command line and exit."""
    if sys.argv[1:] == ["--help"]:
        here = __file__.replace("__main__.py", "help.txt")
        with open(here, encoding="utf-8") as file:  # noqa: PTH123  (pathlib is slow to load)
            print(file.read(), end="")
        sys.exit(0)
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        from nftforge.cli.redaction import guard_streams

        guard_streams()
        from nftforge.cli.app import app

        code = app(arguments, standalone_mode=False)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # wrong usage, typer says how
            _show_usage(error)
            sys.exit(error.exit_code)
        _fail(*_explain(error), about_input=_is_about_input(error))
    if code == INTERRUPTED:  # typer turns KeyboardInterrupt into this code
        _fail(*RESUMABLE, code)
    _exit(code if isinstance(code, int) else 0)


def _fail(fact: str, hint: str, code: int, *, about_input: bool = False) -> NoReturn:
    import traceback

    from nftforge.cli.output import print_json
    from nftforge.cli.redaction import redacted, redacted_input

    _learn_dotenv()
    clean = redacted_input if about_input else redacted
    if "--debug" in sys.argv:
        print(clean(traceback.format_exc()), end="", file=sys.stderr)
    fact, hint = clean(fact), clean(hint)
    print(f"nftforge: {fact}" + (f"\n  {hint}" if hint else ""), file=sys.stderr)
    if "--json" in sys.argv:
        print_json({"error": {"fact": fact, "hint": hint, "exit_code": code}})
    _exit(code)


def _show_usage(error: Any) -> None:
    """What typer says of a wrong command line, which may hold a key."""
    import io

    from nftforge.cli.redaction import redacted_input

    _learn_dotenv()
    said = io.StringIO()
    error.show(file=said)
    print(redacted_input(said.getvalue()), end="", file=sys.stderr)


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
    sys.exit(code)


def _explain(error: Exception) -> tuple[str, str, int]:
    """(fact, hint, exit code)."""
    from nftforge.core.errors import NftforgeError

    if isinstance(error, NftforgeError):
        return error.fact, error.hint, error.exit_code
    if isinstance(error, OSError):
        what = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        if error.errno == errno.ENOSPC:
            return f"the disk is full ({what})", "free some space and run it again", 3
        return what, "finished work is kept; mend this and run the same command again", 3
    if type(error).__name__ == "Abort":  # typer's, at a prompt
        return "interrupted", "", INTERRUPTED
    if isinstance(error.__cause__, KeyboardInterrupt):  # Ctrl-C while numba was loading a function
        return *RESUMABLE, INTERRUPTED
    return f"unexpected {type(error).__name__}: {error}", "please report what --debug prints", 1


if __name__ == "__main__":
    main()
