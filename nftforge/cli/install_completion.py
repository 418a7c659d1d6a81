"""`--install-completion` and `--show-completion`: what makes a shell ask `completion`.

A copy of the shell's function is kept where fish looks for such, for the others beside the data of
programs, with one line in the file that they read when they start.
"""

from __future__ import annotations

import os
import sys
from importlib import resources
from pathlib import Path

from nftforge.cli.output import show
from nftforge.core.errors import ConfigError

SHELLS = ("bash", "zsh", "fish")
INSTALL, SHOW = "--install-completion", "--show-completion"


def answer_about_completion(option: str, shell: str | None) -> None:
    """Do what `option` says. Raises ConfigError for a shell that is not one of three."""
    shell = shell or _shell_here()
    if shell not in SHELLS:
        raise ConfigError(
            f"there is completion for {', '.join(SHELLS)}, not for {shell or 'an unknown shell'}",
            hint=f"name one: nftforge {option} {SHELLS[0]}",
        )
    if option == SHOW:
        sys.stdout.write(script(shell))  # as it is, however narrow the terminal
        return
    for path in install(shell):
        show(str(path))
    show(f"new {shell} terminals complete nftforge; in this one: source {home_of(shell)}")


def script(shell: str) -> str:
    return (resources.files("nftforge.cli") / "shells" / f"nftforge.{shell}").read_text("utf-8")


def install(shell: str) -> list[Path]:
    """Write the function, and name it where the shell starts; what was written or changed."""
    kept = home_of(shell)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(script(shell), encoding="utf-8")
    start = start_of(shell)
    line = f"source '{kept}'  # nftforge completion\n"
    if start is None:
        return [kept]
    text = start.read_text(encoding="utf-8") if start.exists() else ""
    if line in text:
        return [kept]
    with start.open("a", encoding="utf-8") as file:
        file.write(f"{'' if text.endswith(chr(10)) or not text else chr(10)}{line}")
    return [kept, start]


def home_of(shell: str) -> Path:
    """Where a shell's function is kept."""
    if shell == "fish":
        return _xdg("CONFIG", ".config") / "fish" / "completions" / "nftforge.fish"
    return _xdg("DATA", ".local/share") / "nftforge" / f"nftforge.{shell}"


def start_of(shell: str) -> Path | None:
    """The file that a shell reads when it starts; None where it need not be told."""
    if shell == "zsh":
        return Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
    if shell == "bash":  # macOS opens login shells, which read no .bashrc
        return Path.home() / (".bash_profile" if sys.platform == "darwin" else ".bashrc")
    return None


def _xdg(kind: str, usual: str) -> Path:
    return Path(os.environ.get(f"XDG_{kind}_HOME") or Path.home() / usual)


def _shell_here() -> str:
    """The shell that this was typed into, else the one of this user."""
    from shellingham import ShellDetectionFailure, detect_shell

    try:
        return str(detect_shell()[0])
    except ShellDetectionFailure:
        return Path(os.environ.get("SHELL", "")).name
