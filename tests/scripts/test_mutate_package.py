"""The mutation run for Python: a sample of it, and that it notices what no test notices."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from support import ROOT

SCRIPT = ROOT / "scripts" / "mutate-package"
BLOCK = "# nothing that matters\n@ core/lock.py\n- {old}\n+ {new}\n! tests/core/test_lock.py\n"


def mutate(script, *arguments):
    return subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def other(tmp_path):
    """The script in a tree of its own: one module, one test, and a list to be written."""
    for name in ("pyproject.toml", "scripts/mutate-package", "tests/core/test_lock.py"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place)
    shutil.copytree(ROOT / "nftforge" / "core", tmp_path / "nftforge" / "core")
    (tmp_path / "nftforge" / "__init__.py").touch()
    return tmp_path / "scripts" / "mutate-package"


def test_the_tests_notice_a_sample_of_what_can_break():
    run = mutate(SCRIPT, "--like", "core/", "--sample", "3")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1] == "3 mutants, 3 killed"


def test_every_mutant_of_the_list_still_fits_the_package():
    run = mutate(SCRIPT, "--like", "no mutant is called so")
    assert (run.returncode, run.stdout) == (0, "0 mutants, 0 killed\n"), run.stderr


def test_a_mutant_that_lives_fails_the_run_and_the_tree_stays_as_it_is(other):
    source = (other.parents[1] / "nftforge/core/lock.py").read_bytes()
    other.with_name("mutants.txt").write_text(BLOCK.format(old="exist_ok=True", new="exist_ok=1"))
    run = mutate(other)
    assert run.returncode == 1, run.stderr
    assert run.stdout == "  0  LIVES   nothing that matters\n1 mutants, 0 killed\n"
    assert (other.parents[1] / "nftforge/core/lock.py").read_bytes() == source


def test_a_text_that_stands_nowhere_is_told(other):
    other.with_name("mutants.txt").write_text(BLOCK.format(old="no such text", new="x"))
    run = mutate(other)
    assert run.returncode == 1
    assert "its text stands 0 times in nftforge/core/lock.py" in run.stderr
