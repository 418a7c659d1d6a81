import json
import stat

import pytest
from eth_account import Account

from nftforge.chain.networks import find_network
from nftforge.chain.wallet import (
    DEV_KEY,
    dev_signer,
    key_signer,
    keystore_address,
    keystore_path,
    new_signer,
    save_keystore,
    signer_for,
    unlock,
)
from nftforge.core.errors import ConfigError, GuardError, MismatchError, MissingError

SEPOLIA, EMBEDDED = find_network("sepolia"), find_network("embedded")
KEY = "0x" + "11" * 32


def test_a_keystore_gives_the_same_key_back(tmp_path):
    signer = new_signer()
    path = save_keystore(signer, "artist", tmp_path / "keys", "correct horse")
    assert unlock(path, "correct horse").address == signer.address
    assert keystore_address(path).lower() == signer.address.lower()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["version"] == 3


def test_a_name_that_is_taken_is_refused_and_kept(tmp_path):
    path = save_keystore(new_signer(), "artist", tmp_path, "a")
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="already"):
        save_keystore(new_signer(), "artist", tmp_path, "b")
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a/b", "x" * 100])
def test_names_that_could_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(ConfigError):
        save_keystore(new_signer(), name, tmp_path, "password")


def test_a_wrong_password_and_a_wrong_file_are_told_apart(tmp_path):
    path = save_keystore(new_signer(), "artist", tmp_path, "right")
    with pytest.raises(ConfigError, match="wrong password"):
        unlock(path, "wrong")
    path.write_text("{}")
    with pytest.raises(ConfigError, match="no version 3 keystore"):
        unlock(path, "right")


@pytest.mark.parametrize("key", ["", "0x12", "zz" * 32, "00" * 32, "ff" * 32])
def test_a_bad_key_is_refused_and_never_shown(key):
    with pytest.raises(ConfigError) as error:
        key_signer(key)
    assert not key or key not in str(error.value)


def test_rehearsals_use_the_public_key_whatever_the_environment_says(tmp_path):
    signer = signer_for(EMBEDDED, {"NFTFORGE_PRIVATE_KEY": KEY}, tmp_path, None)
    assert signer.address == dev_signer().address


def test_the_public_key_is_refused_where_money_is_real(tmp_path):
    with pytest.raises(GuardError, match="public test account"):
        signer_for(SEPOLIA, {"NFTFORGE_PRIVATE_KEY": DEV_KEY}, tmp_path, None)


def test_keys_come_from_the_environment_or_a_keystore(tmp_path):
    signer = key_signer(KEY)
    save_keystore(signer, "artist", tmp_path, "pw")
    password = tmp_path / "password"
    password.write_text("pw\n")
    for env in (
        {"NFTFORGE_PRIVATE_KEY": KEY},
        {"NFTFORGE_KEYSTORE": "artist", "NFTFORGE_KEYSTORE_PASSWORD": "pw"},
        {"NFTFORGE_KEYSTORE": "artist", "NFTFORGE_KEYSTORE_PASSWORD_FILE": str(password)},
    ):
        assert signer_for(SEPOLIA, env, tmp_path, None).address == signer.address
    asked = signer_for(SEPOLIA, {"NFTFORGE_KEYSTORE": "artist"}, tmp_path, lambda: "pw")
    assert asked.address == signer.address


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(MissingError, match="wallet new"):
        signer_for(SEPOLIA, {}, tmp_path, None)
    with pytest.raises(MissingError, match="PASSWORD_FILE"):
        save_keystore(new_signer(), "artist", tmp_path, "pw")
        signer_for(SEPOLIA, {"NFTFORGE_KEYSTORE": "artist"}, tmp_path, None).prove()
    with pytest.raises(MissingError, match="there: artist"):
        keystore_path("nobody", tmp_path)


def test_no_repr_shows_a_key():
    assert "11" * 8 not in repr(key_signer(KEY))


def foundry(folder, **more):
    """A keystore as Foundry writes it: without an address; quick to open, password `pw`."""
    stored = Account.encrypt(KEY, "pw", kdf="pbkdf2", iterations=2)
    stored.pop("address")
    path = folder / "foundry.json"
    path.write_text(json.dumps({**stored, **more}))
    return path


def test_a_keystore_that_names_no_address_opens_and_only_its_key_tells_whose_it_is(tmp_path):
    path = foundry(tmp_path)
    assert keystore_address(path) is None
    assert unlock(path, "pw").address == key_signer(KEY).address
    env = {"NFTFORGE_KEYSTORE": str(path), "NFTFORGE_KEYSTORE_PASSWORD": "pw"}
    assert signer_for(SEPOLIA, env, tmp_path, None).address == key_signer(KEY).address


def test_a_keystore_whose_key_is_not_that_of_its_address_signs_nothing(tmp_path):
    other = "52908400098527886E0F7030069857D2E4169EE7"
    path = foundry(tmp_path, address=other)
    with pytest.raises(MismatchError) as error:
        unlock(path, "pw")
    assert f"says that it is of 0x{other}" in error.value.fact
    assert f"its key is that of {key_signer(KEY).address}" in error.value.fact
    assert KEY[2:] not in str(error.value)
    assert unlock(foundry(tmp_path, address=key_signer(KEY).address), "pw")


@pytest.mark.parametrize("text", ["[]", "{}", '"x"', "not json", '{"version": 1, "crypto": {}}'])
def test_what_is_no_keystore_has_no_address(tmp_path, text):
    (tmp_path / "k.json").write_text(text)
    with pytest.raises(ConfigError, match=r"k.json is no version 3 keystore"):
        keystore_address(tmp_path / "k.json")
