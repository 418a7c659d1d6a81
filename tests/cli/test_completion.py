"""Completion: the table is that of the real commands; the three shells themselves ask for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from support import ROOT, nftforge, small_collection
from support.completion_table import table
from support.terminal import terminal

BASH = ROOT / "nftforge" / "cli" / "shells" / "nftforge.bash"
TABLE = ROOT / "nftforge" / "cli" / "completion.json"
SHELLS = ("bash", "zsh", "fish")
NETWORKS = "networks: {moonbase: {chain_id: 1287, kind: testnet}}\n"


def test_the_table_is_that_of_the_real_commands():
    """NFTFORGE_GOLDEN=overwrite writes it."""
    text = json.dumps(table(), indent=1) + "\n"
    if os.environ.get("NFTFORGE_GOLDEN") == "overwrite":
        TABLE.write_text(text)
    assert TABLE.read_text() == text


@pytest.fixture(scope="module")
def art(tmp_path_factory):
    """A folder to stand in: a collection, another one, pictures, and `nftforge` on the PATH."""
    folder = tmp_path_factory.mktemp("art")
    path = small_collection(folder)
    path.write_text(path.read_text().replace("name: Two", "name: 'Zwei: 2', id: second") + NETWORKS)
    small_collection(folder / "my art").rename(folder / "my art" / "summer set.yaml")
    (folder / "leaf.png").touch()
    (folder / "notes.txt").touch()
    programs = folder / "bin"
    programs.mkdir()
    (programs / "nftforge").write_text(f'#!/bin/sh\nexec {sys.executable} -m nftforge "$@"\n')
    (programs / "nftforge").chmod(0o755)
    return folder


def asked(folder, *words, shell="fish"):
    """The lines of the answer, split at the tab."""
    done = nftforge(*words, cwd=folder, env={"_NFTFORGE_COMPLETE": shell})
    assert done.code == 0 and done.err == ""
    patterns, *lines = done.out.split("\n")[:-1]
    return patterns, dict(line.split("\t") for line in lines)


# --- what is offered ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["sta"], {"status"}),
        (["wallet", ""], {"new", "import", "address", "ledger"}),
        (["-q", "wal"], {"wallet"}),
        (["run", "--net"], {"--network"}),
        (["run", "--lo"], {"--log"}),
        (["run", "--network", "s"], {"sepolia"}),
        (["run", "--network", "m"], {"mainnet", "moonbase"}),
        (["run", "--only", ""], {"one", "second"}),
        (["run", "--only", "one,"], {"one,second"}),
        (["status", ".", "--only", "s"], {"second"}),
        (["status", "my art/summer set.yaml", "--only", ""], {"one", "two"}),
        (["run", "--until", "p"], {"paint", "pin"}),
        (["run", "--until=r"], {"--until=render"}),
        (["pin", "--from", "x.car", "--to", "local,k"], {"local,kubo"}),
        (["stroke", "x.png", "--brush", "t"], {"tape"}),
        (["cid", "x", "--profile", "k"], {"kubo-v1"}),
        (["--color", "a"], {"auto", "always"}),
        (["help", "wallet", "n"], {"new"}),
        (["--install-completion", "z"], {"zsh"}),
        (["lis"], {"list", "listings"}),
        (["de"], {"delist"}),
        (["list", "--o"], {"--on-chain", "--only", "--orders"}),
        (["list", "--pr"], {"--price-is-right"}),
        (["list", "--network", "moon"], {"moonbase"}),
        (["listings", "--co"], {"--color", "--contract"}),
        (["delist", "--re"], {"--revoke"}),
        (["delist", "--only", "one,"], {"one,second"}),
        (["offers", "--f"], {"--from"}),
        (["accept", ".", ""], {"one", "second"}),
        (["accept", "s"], {"second"}),
        (["accept", "one", ""], set()),
        (["transfer", "my art/summer set.yaml", "t"], {"two"}),
        (
            [
                "transfer",
                "",
            ],
            {"one", "second"},
        ),
        (["transfer", ".", "one", ""], set()),
        (["draw", "x.npz", "--surface", "p"], {"paper"}),
        (["run", "--yes", "--y"], set()),
        (["transfer-ownership", ".", ""], set()),
        (["nonsense", ""], set()),
    ],
)
def test_what_may_come_next(art, words, offered):
    found = asked(art, *words)[1]
    assert set(found) == offered


@pytest.mark.parametrize(
    ("words", "patterns"),
    [
        (["run", ""], "*.yaml *.yml */"), (["run", "--log", ""], "*"), (["stroke", ""], "*"),
        (["gallery", "--out", ""], "*/"), (["stroke", "x", "--brush", ""], "*.png"),
        (["run", "--seed", ""], "*.yaml *.yml */"), (["run", "a.yaml", ""], ""), ([""], ""),
        (["transfer", ""], "*.yaml *.yml */"), (["transfer", ".", ""], ""),
        (["list", ""], "*.yaml *.yml */"), (["list", "--orders", ""], "*"),
        (["offers", "--from", ""], "*"), (["transfer-ownership", ""], "*.yaml *.yml */"),
        (["pin", "--from", ""], "*"),
    ],
)  # fmt: skip
def test_which_files_the_shell_shall_offer(art, words, patterns):
    assert asked(art, *words)[0] == patterns


def test_each_has_a_word_about_it(art):
    assert asked(art, "run", "--only", "")[1] == {"one": "One", "second": "Zwei: 2"}
    assert asked(art, "run", "--network", "moon")[1] == {"moonbase": "in this collection"}
    assert asked(art, "stat")[1]["status"] == "Where each piece stands."


def test_keystores_are_offered_by_their_names(art, tmp_path, monkeypatch):
    monkeypatch.setenv("NFTFORGE_HOME", str(tmp_path))
    (tmp_path / "keystores").mkdir()
    for name in ("artist", "$(touch hacked)", "two words"):
        (tmp_path / "keystores" / f"{name}.json").touch()
    assert asked(art, "wallet", "address", "")[1] == {"artist": ""}


STRANGE = {
    "not YAML": "pieces: [",
    "no pieces": "name: x\nsymbol: X\n",
    "a list": "- one\n",
    "an evil id": "pieces: [{image: a.png, id: '$(touch hacked)'}]\n",
    "a tab in an id": 'pieces: [{image: b.png, id: "a\\tb"}]\n',
    "an evil name": 'pieces: [{image: a.png, name: "\\e[2J\\nb"}]\n',
    "aliases that multiply": "a: &a [x, x]\nb: &b [*a, *a]\npieces: [{image: *b}]\n",
    "too deep": "a: " + "[" * 5_000,
    "nothing": "",
    "not text": "\0\1",
}  # fmt: skip


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_a_file_that_is_none_says_nothing_on_a_prompt(tmp_path, text):
    (tmp_path / "collection.yaml").write_text(text)
    assert set(asked(tmp_path, "run", "--only", "")[1].items()) <= {("a", "")}
    assert set(asked(tmp_path, "run", "--network", "sep")[1]) == {"sepolia"}


def test_a_table_that_is_gone_says_nothing_either(tmp_path):
    code = (
        "import sys; from nftforge.cli import completion\n"
        "completion.TABLE = 'gone.json'\n"
        "completion.answer('bash', [''])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_answer_loads_nothing_heavy(art):
    """40 ms of processor time, 80 with the pieces of a file; Python alone has 13."""
    code = (
        "import os, sys; os.environ['_NFTFORGE_COMPLETE'] = 'zsh'\n"
        "sys.argv = ['nftforge', 'run', '--only', '']\n"
        "from nftforge.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'typer', 'torch', 'web3', 'pydantic', 'numpy', 'httpx', 'rich'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=art, capture_output=True, text=True)
    assert "second" in done.stdout and done.stdout.endswith("HEAVY []\n"), done


# --- in the shells ------------------------------------------------------------------------------


def shell_env(art, home):
    return {
        "HOME": str(home), "ZDOTDIR": str(home), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "",
        "PATH": f"{art / 'bin'}:{os.environ['PATH']}",
    }  # fmt: skip


TYPED = {  # what is typed before the TAB key, and what stands there then, if X is typed next
    "sta": "status X",
    "run --unt": "run --until X",
    "run --until=pa": "run --until=paint X",
    "run --only one,s": "run --only one,second X",
    "run --network moon": "run --network moonbase X",
    "stroke leaf.png --brush ta": "stroke leaf.png --brush tape X",
    "stroke x --brush lea": "stroke x --brush leaf.png X",
    "status col": "status collection.yaml X",
    "status my": "status my\\ art/X",
    "status my\\ art/sum": "status my\\ art/summer\\ set.yaml X",
    "status my\\ art/summer\\ set.yaml --only tw": "set.yaml --only two X",
    "cid not": "cid notes.txt X",
    "listi": "listings X",
    "list col": "list collection.yaml X",
    "list --on-": "list --on-chain X",
    "list --network moon": "list --network moonbase X",
    "delist --only one,s": "delist --only one,second X",
    "delist --rev": "delist --revoke X",
    "offers --from not": "offers --from notes.txt X",
    "accept . sec": "accept . second X",
    "transfer sec": "transfer second X",
    "transfer my\\ art/summer\\ set.yaml tw": "set.yaml two X",
    "wallet addr": "wallet address X",
}
ONLY_IN = {"bash": {"status not": "status notX"}}  # notes.txt is no collection; zsh offers it then


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_tab_key_in_a_shell(art, tmp_path, shell):
    env = shell_env(art, tmp_path)
    assert nftforge("--install-completion", shell, env=env).code == 0
    program = shutil.which(shell)
    assert program, f"these tests press TAB in {shell}: apt-get install {shell}"
    quiet = ["--noprofile"] if shell == "bash" else ["--no-globalrcs"]
    code = f"import os; os.chdir({str(art)!r}); os.execv({program!r}, {[shell, *quiet, '-i']!r})"
    with terminal("-c", code, columns=200, env=env) as seen:
        seen.type("PS1='READY> '\r")
        seen.wait_for("\nREADY>")
        for typed, stands in (TYPED | ONLY_IN.get(shell, {})).items():
            seen.type(f"\x15nftforge {typed}\tX")
            seen.wait_for(stands, 30)
        assert "rror" not in seen.screen and "Traceback" not in seen.screen
        seen.type("\x15exit\r")
        seen.finish(20)


def test_fish_completes_the_same(art, tmp_path):
    env = {**os.environ, **shell_env(art, tmp_path)}
    assert nftforge("--install-completion", "fish", env=env).code == 0
    assert shutil.which("fish"), "these tests complete in fish: apt-get install fish"
    asked = "; ".join(f"echo '== {typed}'; complete -C '{typed}'" for typed in FISH)
    done = subprocess.run(["fish", "-c", asked], cwd=art, env=env, capture_output=True, text=True)
    assert done.stderr == ""
    answers = (block.partition("\n") for block in done.stdout.split("== ")[1:])
    assert {typed: set(rest.split("\n")[:-1]) for typed, _, rest in answers} == FISH


FISH = {
    "nftforge sta": {"status\tWhere each piece stands."},
    "nftforge run --until=pa": {"--until=paint"},
    "nftforge run --only one,s": {"one,second\tZwei: 2"},
    "nftforge run --network moon": {"moonbase\tin this collection"},
    "nftforge stroke x --brush ta": {"tape\tclean tape, one colour"},
    "nftforge status co": {"collection.yaml"},
    "nftforge status my": {"my art/\tDirectory"},
    "nftforge status no": set(),
    "nftforge cid no": {"notes.txt"},
    "nftforge delis": {"delist\tWithdraw what is for sale, on the chain."},
    "nftforge list --network moon": {"moonbase\tin this collection"},
    "nftforge list co": {"collection.yaml"},
    "nftforge delist --only one,s": {"one,second\tZwei: 2"},
    "nftforge accept . sec": {"second\tZwei: 2"},
    "nftforge transfer sec": {"second\tZwei: 2"},
}


# --- its installation ---------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_installing_twice_changes_nothing_more(art, tmp_path, shell):
    env = shell_env(art, tmp_path)
    (tmp_path / ".bashrc").write_text("alias ll='ls -l'")
    first = nftforge("--install-completion", shell, env=env)
    files = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert first.code == 0 and all(
        str(path) in first.out for path in files if "rc" not in path.name
    )
    assert nftforge("--install-completion", shell, env=env).code == 0
    assert {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == files
    assert files[tmp_path / ".bashrc"].startswith("alias ll='ls -l'")
    script = nftforge("--show-completion", shell, env=env).out
    assert script in files.values()


def test_what_is_shown_can_be_installed_from_a_narrow_terminal():
    with terminal("-m", "nftforge", "--show-completion", "bash", columns=40) as seen:
        assert seen.finish() == 0
        assert seen.seen.decode().replace("\r\n", "\n") == BASH.read_text()


def test_the_shell_one_types_in_is_found(art, tmp_path):
    env = {**os.environ, **shell_env(art, tmp_path)}
    done = subprocess.run(
        ["bash", "-c", "nftforge --show-completion; exit"], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout.startswith("# nftforge's completion for bash")


def test_a_shell_that_there_is_none_for_is_told(art):
    done = nftforge("--install-completion", "tcsh")
    assert done.code == 2 and "bash, zsh, fish, not for tcsh" in done.err
