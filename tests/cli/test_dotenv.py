"""A `.env` as editors and shells leave it: read, or told which line and how; never quoted."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import nftforge, small_collection

from nftforge.cli.dotenv import VARIABLES, near_misses, read_environment
from nftforge.core.errors import ConfigError

SECRET = "hunter2-hunter2"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("NFTFORGE_KEYSTORE", "NFTFORGE_KEYSTORE_PASSWORD", "SEPOLIA_RPC_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "art").mkdir()
    return tmp_path / "art"


def read(folder, raw):
    (folder / ".env").write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return read_environment(folder)


@pytest.mark.parametrize(
    "line",
    [
        "NFTFORGE_KEYSTORE=the artist",
        "export NFTFORGE_KEYSTORE='the artist'",
        'NFTFORGE_KEYSTORE = "the artist"',
        "  NFTFORGE_KEYSTORE=the artist   # mine",
        "NFTFORGE_KEYSTORE=the artist\r",
        "\ufeffNFTFORGE_KEYSTORE=the artist",
    ],
)
def test_however_a_line_is_written_it_is_read(folder, line):
    found = read(folder, f"{line}\n# a comment\n\nSEPOLIA_RPC_URL=https://a.example\n")
    assert found["NFTFORGE_KEYSTORE"] == "the artist"
    assert found["SEPOLIA_RPC_URL"] == "https://a.example"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (f"NFTFORGE_KEYSTORE_PASSWORD={SECRET}\n".encode("utf-16"), "saved as UTF-16"),
        (f"NFTFORGE_KEYSTORE_PASSWORD={SECRET}\n".encode("utf-16-le"), "saved as UTF-16"),
        (
            f"A=1\nNFTFORGE_KEYSTORE_PASSWORD={SECRET}\xfc\n".encode("cp1252"),
            ":2: this is not UTF-8: byte 0xfc at offset 46 ('\xfc' in Windows-1252)",
        ),
        (f"A=1\nNFTFORGE_KEYSTORE_PASSWORD {SECRET}\n", ":2: this is no NAME=value"),
        (
            f"NFTFORGE_KEYSTORE_PASSWORD: {SECRET}\n",
            ":1: NFTFORGE_KEYSTORE_PASSWORD is followed by",
        ),
        (f'A=1\nNFTFORGE_KEYSTORE_PASSWORD="{SECRET}\nB=2\n', ":2: a quote is opened here and not"),
        (f"NFTFORGE_KEYSTORE_PASSWORD='{SECRET}' x\n", ":1: a quote is opened here and not closed"),
        (f"NFTFORGE_KEYSTORE_PASSWORD=\u201c{SECRET}\u201d\n", "stands in typographic quotes"),
        (f"set NFTFORGE_KEYSTORE_PASSWORD={SECRET}\n", ":1: `set` is for another shell"),
        (f'$env:NFTFORGE_KEYSTORE_PASSWORD="{SECRET}"\n', ":1: `$env:` is for another shell"),
        (SECRET.encode() * 100_000, "has more than 1048576 bytes"),
    ],
)
def test_what_cannot_be_read_is_told_without_what_it_sets(folder, raw, said):
    with pytest.raises(ConfigError) as error:
        read(folder, raw)
    assert said in str(error.value) and ".env" in error.value.fact
    assert error.value.hint or "bytes" in said
    assert SECRET not in str(error.value)


def test_a_folder_of_that_name_is_no_dotenv(folder):
    (folder / ".env").mkdir()
    assert "NFTFORGE_KEYSTORE" not in read_environment(folder)


def test_a_variable_with_two_values_is_refused_with_both_lines(folder):
    raw = f"A=1\n\n# mine\nPINATA_JWT={SECRET}\n\nPINATA_JWT=a{SECRET}\n"
    with pytest.raises(ConfigError) as error:
        read(folder, raw)
    assert ".env:6: PINATA_JWT is set again" in error.value.fact
    assert "line 4" in error.value.fact and SECRET not in str(error.value)


@pytest.mark.parametrize(
    "raw",
    [
        "SEPOLIA_RPC_URL=https://a.example\nexport SEPOLIA_RPC_URL='https://a.example'\n",
        "SEPOLIA_RPC_URL=\nSEPOLIA_RPC_URL=https://a.example\nSEPOLIA_RPC_URL=\n",
        "THEIRS=1\nTHEIRS=2\nSEPOLIA_RPC_URL=https://a.example\n",
    ],
)
def test_the_same_value_twice_an_empty_one_and_others_variables_pass(folder, raw):
    assert read(folder, raw)["SEPOLIA_RPC_URL"] == "https://a.example"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PRIVATE_KEY", "NFTFORGE_PRIVATE_KEY"),
        ("NFTFORGE_PRIVATEKEY", "NFTFORGE_PRIVATE_KEY"),
        ("nftforge_private_key", "NFTFORGE_PRIVATE_KEY"),
        ("NFTFORGE_KEYSTOR", "NFTFORGE_KEYSTORE"),
        ("KEYSTORE_PASSWORD", "NFTFORGE_KEYSTORE_PASSWORD"),
        ("NFTFORGE_PINATA_JWT", "PINATA_JWT"),
        ("PINATA_JTW", "PINATA_JWT"),
        ("PINATA_API_KEY", "PINATA_JWT"),
        ("SEPOLIA_URL", "SEPOLIA_RPC_URL"),
        ("BASE_SEPOLIA_RPC", "BASE_SEPOLIA_RPC_URL"),
        ("NFTFORGE_SEPOLIA_RPC_URL", "SEPOLIA_RPC_URL"),
    ],
)
def test_a_name_that_is_not_read_and_near_to_one_that_is_is_told(folder, name, meant):
    (folder / ".env").write_text(f"\n# a comment\n{name}={SECRET}\n")
    (miss,) = near_misses(folder)
    assert (miss.line, miss.name, miss.meant) == (3, name, meant)
    assert SECRET not in str(miss)
    (folder / ".env").write_text(f"{name}={SECRET}\n{meant}=another-{SECRET}\n")
    assert near_misses(folder) == []


def test_what_is_read_and_what_is_anothers_is_near_to_nothing(folder):
    others = ("OPENAI_API_KEY", "DATABASE_URL", "HOME", "DEBUG", "LAB_RPC_URL", "MNEMONIC", "A")
    (folder / ".env").write_text("".join(f"{name}=1\n" for name in (*VARIABLES, *others)))
    assert near_misses(folder) == []


def test_every_variable_of_the_example_is_known():
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    named = {line.partition("=")[0] for line in example.splitlines() if "=" in line[:40]}
    named = {name for name in named if name.isupper() and not name.endswith("_RPC_URL")}
    assert len(named) > 10 and named <= set(VARIABLES)


def test_near_misses_are_said_where_they_matter(tmp_path):
    path = small_collection(tmp_path, "sepolia")
    (tmp_path / ".env").write_text(f"PRIVATE_KEY={SECRET}\nPINATA_JTW={SECRET}\n")
    env = {"NFTFORGE_PRIVATE_KEY": "", "SEPOLIA_RPC_URL": "", "PINATA_JWT": ""}
    public = nftforge("status", path, env=env)
    assert (
        ".env:1: nftforge does not read PRIVATE_KEY; did you mean NFTFORGE_PRIVATE_KEY?"
        in public.err
    )
    assert "no RPC URL is known for sepolia; no key to sign with on sepolia" in public.err
    rehearsed = nftforge("status", path, "--network", "embedded", env=env)
    assert "NFTFORGE_PRIVATE_KEY" not in rehearsed.err and "PINATA_JWT" in rehearsed.err
    assert SECRET not in public.err + rehearsed.err
    looked = nftforge("doctor", cwd=tmp_path, env=env).err
    assert "did you mean NFTFORGE_PRIVATE_KEY?" in looked and "did you mean PINATA_JWT?" in looked


def test_key_and_keystore_at_once_it_is_said_who_signs(tmp_path):
    path = small_collection(tmp_path, "sepolia")
    env = {"NFTFORGE_PRIVATE_KEY": "0x" + "42" * 32, "NFTFORGE_KEYSTORE": "mine"}
    env |= {"SEPOLIA_RPC_URL": ""}
    told = "NFTFORGE_PRIVATE_KEY (0x"
    both = nftforge("plan", path, env=env)
    assert told in both.err and "signs, not NFTFORGE_KEYSTORE" in both.err, both.err
    assert told not in nftforge("plan", path, env={**env, "NFTFORGE_KEYSTORE": ""}).err
    ledger = nftforge(
        "run",
        path,
        env={**env, "NFTFORGE_LEDGER": "default", "SEPOLIA_RPC_URL": "http://127.0.0.1:9"},
    )
    assert (
        ledger.code == 2 and "NFTFORGE_LEDGER and NFTFORGE_PRIVATE_KEY are both set" in ledger.err
    )
    assert "take one of them out" in ledger.err and not list(
        tmp_path.glob(".nftforge/store/paint/*")
    )
