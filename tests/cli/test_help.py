"""Help and the version, however somebody is used to asking for them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import typer
from support import nftforge

from nftforge.cli.app import app
from nftforge.cli.help import SECTIONS

ROOT = typer.main.get_command(app)


def every_command(node, path=()):
    yield path, node
    for name, below in getattr(node, "commands", {}).items():
        yield from every_command(below, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in every_command(ROOT)])
def test_every_command_has_the_short_option_too(path, capsys):
    """In this process: all of them, one by one, would take a minute."""
    texts = []
    for option in ("-h", "--help"):
        ROOT.main([*path, option], "nftforge", standalone_mode=False)
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] and texts[0].startswith("Usage: nftforge")
    assert "-h, --help" in texts[0]


def test_help_is_a_command_too():
    usual = nftforge("--help").out
    assert [nftforge(word).out for word in ("help", "-h")] == [usual, usual]
    assert nftforge("help", "run").out == nftforge("run", "--help").out
    assert nftforge("help", "wallet", "new").out == nftforge("wallet", "new", "-h").out


def test_so_is_the_version():
    said = {nftforge(*words).out for words in (["version"], ["--version"], ["-v", "--version"])}
    assert len(said) == 1 and re.fullmatch(r"nftforge \d+\.\d+\.\d+\n", said.pop())


def test_help_lists_each_command_once_by_what_it_is_for():
    text = nftforge("--help").out
    places = [text.index(f"\n{title}:\n") for title in SECTIONS]
    assert places == sorted(places) and "\nCommands:" not in text
    for name, command in ROOT.commands.items():
        assert len(re.findall(rf"^  {name} ", text, re.MULTILINE)) == 1
        assert command.rich_help_panel in SECTIONS and "..." not in command.get_short_help_str(56)


def test_help_loads_next_to_nothing():
    code = (
        "import sys; sys.argv = ['nftforge', '--help']\n"
        "from nftforge.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'typer', 'pathlib', 'json', 're', 'nftforge.cli'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("HEAVY []\n"), done


def test_every_help_tells_of_what_stands_anywhere(capsys):
    for _, command in every_command(ROOT):
        if not hasattr(command, "commands"):
            assert "--log" in command.epilog and "-q" in command.epilog
