"""`nftforge wallet address`: what a keystore says of itself, held against its key."""

from __future__ import annotations

import json

import pytest
from eth_account import Account
from typer.testing import CliRunner

from nftforge.chain.wallet import key_signer
from nftforge.cli.app import app

KEY = "0x" + "11" * 32
OURS, OTHER = key_signer(KEY).address, "0x52908400098527886E0F7030069857D2E4169EE7"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NFTFORGE_HOME", str(tmp_path))
    monkeypatch.delenv("NFTFORGE_KEYSTORE_PASSWORD", raising=False)
    monkeypatch.delenv("NFTFORGE_KEYSTORE_PASSWORD_FILE", raising=False)
    (tmp_path / "keystores").mkdir()
    return tmp_path


def keystore(home, name, address):
    stored = Account.encrypt(KEY, "pw", kdf="pbkdf2", iterations=2)
    stored.pop("address")
    more = {"address": address[2:]} if address else {}
    (home / "keystores" / f"{name}.json").write_text(json.dumps({**stored, **more}))


def ask(*arguments, password=None):
    env = {"NFTFORGE_KEYSTORE_PASSWORD": password} if password else {}
    return CliRunner().invoke(app, ["wallet", "address", *arguments], env=env)


def test_a_keystore_without_an_address_is_asked_for_its_key(home):
    keystore(home, "foundry", None)
    assert ask("foundry", password="pw").output == f"{OURS}\n"
    error = ask("foundry").exception
    assert "does not say its address: only its key does" in error.fact
    assert "NFTFORGE_KEYSTORE_PASSWORD_FILE" in error.hint and error.exit_code == 3
    assert "wrong password" in ask("foundry", password="no").exception.fact


def test_an_address_that_is_not_that_of_the_key_is_told(home):
    keystore(home, "wrong", OTHER)
    error = ask("wrong", password="pw").exception
    assert f"is of {OTHER}, and its key is that of {OURS}" in error.fact and error.exit_code == 6


def test_what_is_written_is_shown_without_a_password_and_with_that_of_another(home):
    keystore(home, "mine", OURS)
    for password in (None, "pw", "of another"):
        assert ask("mine", password=password).output.lower() == f"{OURS.lower()}\n"


def test_the_list_says_which_keystore_does_not_name_its_address(home):
    keystore(home, "foundry", None)
    keystore(home, "mine", OURS)
    first, second = ask().output.splitlines()
    assert first.startswith("foundry") and "`nftforge wallet address foundry` asks" in first
    assert second.lower().endswith(OURS.lower())
