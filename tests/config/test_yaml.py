import pytest

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
