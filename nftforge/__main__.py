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
    from typing import NoReturn

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
        from nftforge.cli.app import app

        code = app(arguments, standalone_mode=False)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # wrong usage, typer says how
            error.show()
            sys.exit(error.exit_code)
        _fail(*_explain(error))
    if code == INTERRUPTED:  # typer turns KeyboardInterrupt into this code
        _fail(*RESUMABLE, code)
    _exit(code if isinstance(code, int) else 0)


def _fail(fact: str, hint: str, code: int) -> NoReturn:
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exc()
    from pathlib import Path

    from nftforge.cli.context import environment
    from nftforge.cli.output import print_json, redacted

    env = environment(Path())
    fact, hint = redacted(fact, env), redacted(hint, env)
    print(f"nftforge: {fact}" + (f"\n  {hint}" if hint else ""), file=sys.stderr)
    if "--json" in sys.argv:
        print_json({"error": {"fact": fact, "hint": hint, "exit_code": code}})
    _exit(code)


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
