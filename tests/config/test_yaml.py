import os
import re

import pytest
from support.hostile import YAML

from nftforge.config.load import load_collection
from nftforge.config.yaml import read_yaml
from nftforge.core.errors import ConfigError


def complaint(folder, raw):
    path = folder / "given.yaml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as error:
        read_yaml(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"name: caf\xe9\n", "not UTF-8: byte 0xe9 at offset 9"),
        (b"name: [1\nx: 2", "not YAML"),
        (b"\x00\x01\x02", "not YAML"),
        (b"a: &a [*a]\n", "too many or too deeply nested"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "not YAML"),
        (b"name: " + b"9" * 5000, "no number that fits"),
        (b"? [a, b]\n: 1\n", "a key must be a word"),
    ],
)
def test_what_is_not_plain_yaml_gets_one_clear_error(tmp_path, raw, said):
    assert said in complaint(tmp_path, raw)


def test_a_yaml_bomb_is_refused_quickly(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "too many" in complaint(tmp_path, "\n".join(lines).encode())


def test_a_bomb_of_merge_keys_is_refused(tmp_path):
    lines = ["x-0: &a0 {k: 1}"]
    lines += [f"x-{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]
    assert "too many" in complaint(tmp_path, "\n".join(lines).encode())


@pytest.mark.parametrize("kind", YAML)
def test_what_an_enemy_writes_ends_in_one_line_that_names_its_place(tmp_path, kind):
    path = tmp_path / "given.yaml"
    path.write_text(YAML[kind])
    with pytest.raises(ConfigError) as error:
        load_collection(path)
    assert re.match(rf"{path}:\d+: ", error.value.fact)
    assert all(len(fact) < 300 for fact in error.value.facts)


def test_a_character_that_json_wrote_in_two_halves_is_one(tmp_path):
    path = tmp_path / "given.yaml"
    path.write_text('{"\\ud83c\\udfa8": "\\ud83d\\ude00"}')
    assert read_yaml(path)[0] == {"🎨": "😀"}


def test_merges_of_people_still_work(tmp_path):
    path = tmp_path / "given.yaml"
    lines = ["a0: &a0 {k0: 0}"] + [
        f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: {n}}}" for n in range(1, 10)
    ]
    path.write_text("\n".join(lines))
    assert read_yaml(path)[0]["a9"] == {f"k{n}": n for n in range(10)}


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ConfigError, match="is a device or a pipe"):
        read_yaml(tmp_path / "pipe.yaml")
