"""The domain packages' front doors: small, documented, lazy, and their examples run."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from PIL import Image

PACKAGES = ("ipfs", "media", "gallery", "painting")
HEAVY = ("httpx", "numpy", "numba", "PIL", "mmh3", "requests", "torch", "web3")


def door(name):
    return importlib.import_module(f"nftforge.{name}")


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_named_is_there_and_typed(name):
    package = door(name)
    assert all(getattr(package, each) is not None for each in package.__all__)
    stub = ast.parse(Path(package.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    (listed,) = (node for node in stub.body if isinstance(node, ast.Assign))
    assert sorted(ast.literal_eval(listed.value)) == sorted(package.__all__)


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_named_is_what_is_documented(name):
    package = door(name)
    _, _, door_part = package.__doc__.partition("Its front door:\n\n")
    rows = door_part.split("\n\n")[0].splitlines()
    words = [word for row in rows for word in re.split(r" {2,}", row.strip())[1:]]
    assert sorted(words) == sorted(package.__all__)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_front_door_is_cheap_to_open(name):
    code = f"import sys, nftforge.{name}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", PACKAGES)
def test_the_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.arange(768, dtype=np.uint8).reshape(16, 16, 3)).save("picture.png")
    example = re.search(r"\n\n((?:    .*\n|\n)+)", door(name).__doc__)[1]
    exec(dedent(example), {})
    assert len(list(tmp_path.iterdir())) > 1
