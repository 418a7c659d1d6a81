"""A `.env` as editors and shells leave it: read, or told which line and how; never quoted."""

from __future__ import annotations

import pytest

from nftforge.cli.dotenv import read_environment
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
