"""`nftforge open`: the gallery in the browser, or the results in the file manager."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nftforge.cli.collection_file import HERE
from nftforge.cli.context import open_job, open_screen
from nftforge.cli.help import LOOK
from nftforge.cli.options import File, Json, NetworkName
from nftforge.cli.output import murmur, print_json, show

if TYPE_CHECKING:
    from nftforge.pipeline.job import Job

opening = typer.Typer()

PATIENCE_S = 3.0  # a program that still runs by then has opened it
ON_A_DISPLAY = (["xdg-open"], ["gio", "open"])


@opening.command("open", rich_help_panel=LOOK)
def open_page(
    file: File = HERE,
    network: NetworkName = None,
    folder: Annotated[
        bool, typer.Option("--folder", help="The folder of the results instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Open the gallery in your browser, or say where it is."""
    job = open_job(file, network, None)
    path = _results(job) if folder else _page(job)
    opened = open_with(opener(), path.resolve())
    if as_json:
        print_json({"path": str(path), "opened": opened})
    else:
        show(str(path))


def _page(job: Job) -> Path:
    """The gallery's page, built if there is none."""
    from nftforge.gallery.page import INDEX
    from nftforge.pipeline.gallery.page import build_page, page_folder

    page = page_folder(job) / INDEX
    if page.is_file():
        return page
    with open_screen() as screen:
        return build_page(job, screen).written.index


def _results(job: Job) -> Path:
    from nftforge.pipeline.out import shown_in

    out = shown_in(job.file)
    return out if out and out.is_dir() else job.file.work_folder


def opener(
    env: Mapping[str, str] = os.environ, system: str = sys.platform, release: str = ""
) -> list[str] | None:
    """The program that opens a file as a double click does; None where nobody would see it."""
    if system == "darwin":
        return ["open"]
    programs: list[list[str]] = []
    if env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"):
        programs += ON_A_DISPLAY
    if "microsoft" in (release or platform.release()).lower():  # WSL
        programs += (["wslview"], ["explorer.exe"])
    there = (words for words in programs if shutil.which(words[0], path=env.get("PATH")))
    return next(there, None)


def open_with(program: list[str] | None, path: Path) -> bool:
    """Whether `program` opened `path`."""
    if program is None or not path.exists():
        murmur(f"{path}: there is no display to open it on")
        return False
    # Windows' Explorer knows no path of Linux, but a name in the folder it is started in
    started = subprocess.Popen(
        [*program, path.name if program == ["explorer.exe"] else str(path)],
        cwd=path.parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        code = started.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        code = 0
    if code and program != ["explorer.exe"]:  # which always says 1
        show(f"{' '.join(program)} could not open it (exit code {code})", sys.stderr, "warning")
        return False
    return True
