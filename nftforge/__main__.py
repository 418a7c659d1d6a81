"""Where the process starts and ends: every error becomes one message and one exit code.

With `--json` an error is a document too: `{"error": {"fact", "hint", "exit_code"}}`.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import NoReturn

import typer

from nftforge.cli import app, environment
from nftforge.errors import NftforgeError
from nftforge.screen import print_json, redacted


def main() -> NoReturn:
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        code = app(arguments, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted", "finished work is kept; run the same command to go on", 130)
    except NftforgeError as error:
        _fail(error.fact, error.hint, error.exit_code)
    except OSError as error:
        _fail(*_explain(error), 3)
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # wrong usage, typer says how
            error.show()
            sys.exit(error.exit_code)
        _fail(
            f"unexpected {type(error).__name__}: {error}", "report it, with what --debug prints", 1
        )
    sys.exit(code if isinstance(code, int) else 0)


def _fail(fact: str, hint: str, code: int) -> NoReturn:
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exc()
    env = environment(Path())
    fact, hint = redacted(fact, env), redacted(hint, env)
    print(f"nftforge: {fact}" + (f"\n  {hint}" if hint else ""), file=sys.stderr)
    if "--json" in sys.argv:
        print_json({"error": {"fact": fact, "hint": hint, "exit_code": code}})
    sys.exit(code)


def _explain(error: OSError) -> tuple[str, str]:
    what = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    if error.errno == errno.ENOSPC:
        return f"the disk is full ({what})", "free some space and run the same command again"
    return what, "finished work is kept; mend this and run the same command again"


if __name__ == "__main__":
    main()
