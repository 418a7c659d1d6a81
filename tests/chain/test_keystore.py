"""A keystore is looked at before anything is derived from it, whoever wrote it."""

import copy
import json
import os
import time

import pytest
from eth_account import Account

from nftforge.chain.keystore import decrypted, read_keystore
from nftforge.chain.wallet import keystore_address, unlock
from nftforge.core.errors import ConfigError

PASSWORD = "correct horse"
MADE = {  # as eth_account makes them, but cheap
    "address": "19e7e376e7c213b7e7e7e46cc70a5dd086daff2a",
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "00" * 16},
        "ciphertext": "00" * 32,
        "kdf": "scrypt",
        "kdfparams": {"dklen": 32, "n": 2, "r": 8, "p": 1, "salt": "00" * 16},
        "mac": "00" * 32,
    },
    "id": "x",
    "version": 3,
}
PBKDF2 = {"dklen": 32, "c": 2, "prf": "hmac-sha256", "salt": "00" * 16}


def with_(path, value):
    """MADE, with another value at `path` (dots); without it, if the value is `...`."""
    made = copy.deepcopy(MADE)
    *parents, name = path.split(".")
    place = made
    for parent in parents:
        place = place[parent]
    if value is ...:
        del place[name]
    else:
        place[name] = value
    return json.dumps(made)


NOT = {
    "text": "hello", "nothing": "", "a number": "5", "a list": "[]", "deep": "[" * 200_000,
    "half": '{"version": 3', "too long": '"' + "a" * (1 << 20) + '"', "utf-16": "\ufeff{}",
    "no version": with_("version", ...), "version 1": with_("version", 1),
    "a list of versions": with_("version", []), "version true": with_("version", True),
    "version 3.0": with_("version", 3.0), "no crypto": with_("crypto", None),
    "crypto of text": with_("crypto", "x"), "no cipher": with_("crypto.cipher", "aes-256-cbc"),
    "cipherparams 5": with_("crypto.cipherparams", 5),
    "no iv": with_("crypto.cipherparams", {}), "a short iv": with_("crypto.cipherparams.iv", "00"),
    "ciphertext 5": with_("crypto.ciphertext", 5), "ciphertext": with_("crypto.ciphertext", "zz"),
    "a long ciphertext": with_("crypto.ciphertext", "00" * 33),
    "no mac": with_("crypto.mac", ...), "kdf 5": with_("crypto.kdf", 5),
    "kdf escapes": with_("crypto.kdf", "\x1b[2J"), "kdfparams list": with_("crypto.kdfparams", []),
    "n text": with_("crypto.kdfparams.n", "2"), "n 2.5": with_("crypto.kdfparams.n", 2.5),
    "n -1": with_("crypto.kdfparams.n", -1), "n 0": with_("crypto.kdfparams.n", 0),
    "n 1": with_("crypto.kdfparams.n", 1), "n 3": with_("crypto.kdfparams.n", 3),
    "n true": with_("crypto.kdfparams.n", True), "r 0": with_("crypto.kdfparams.r", 0),
    "p none": with_("crypto.kdfparams.p", None), "dklen 16": with_("crypto.kdfparams.dklen", 16),
    "dklen 2^31": with_("crypto.kdfparams.dklen", 1 << 31),
    "salt 5": with_("crypto.kdfparams.salt", 5), "no salt": with_("crypto.kdfparams.salt", ...),
    "address escapes": with_("address", "\x1b[2J\u202e"), "address 5": with_("address", 5),
    "a lone surrogate": with_("address", "\ud800"), "a short address": with_("address", "00"),
}  # fmt: skip
TOO_MUCH = {
    "n 2^30": ("n", 1 << 30, {}), "n 2^31": ("n", 1 << 31, {"r": 1}), "n 2^22": ("n", 1 << 22, {}),
    "n 2^20": ("n", 1 << 20, {}), "r 2^29": ("r", 1 << 29, {}), "p 2^29": ("p", 1 << 29, {}),
    "p much": ("p", 1 << 6, {"n": 1 << 18}),
}  # fmt: skip


def refused(tmp_path, content):
    path = tmp_path / "key.json"
    path.write_text(content, encoding="utf-16" if content.startswith("\ufeff") else "utf-8")
    said = []
    for look in (read_keystore, keystore_address, lambda path: unlock(path, PASSWORD)):
        began = time.monotonic()
        with pytest.raises(ConfigError) as error:
            look(path)
        assert time.monotonic() - began < 5
        said.append(str(error.value))
    return said


@pytest.mark.parametrize("name", NOT)
def test_what_is_no_keystore_is_called_that(tmp_path, name):
    said = refused(tmp_path, NOT[name])
    assert all("key.json is no version 3 keystore" in text for text in said)


@pytest.mark.parametrize("name", TOO_MUCH)
def test_a_keystore_that_asks_for_more_than_any_wallet_is_refused_at_once(tmp_path, name):
    field, value, others = TOO_MUCH[name]
    params = {**MADE["crypto"]["kdfparams"], **others, field: value}
    said = refused(tmp_path, with_("crypto.kdfparams", params))
    assert all("no wallet makes such a keystore" in text for text in said)


@pytest.mark.parametrize("rounds", [10_000_001, 1 << 31, 1 << 40])
def test_rounds_without_end_are_refused_at_once(tmp_path, rounds):
    crypto = {**MADE["crypto"], "kdf": "pbkdf2", "kdfparams": {**PBKDF2, "c": rounds}}
    assert "pbkdf2 rounds" in refused(tmp_path, with_("crypto", crypto))[0]


@pytest.mark.parametrize("prf", ["hmac-sha512", "hmac-nonsense", "sha256", 5, None])
def test_another_hash_than_the_format_has_is_no_keystore(tmp_path, prf):
    crypto = {**MADE["crypto"], "kdf": "pbkdf2", "kdfparams": {**PBKDF2, "prf": prf}}
    assert "no version 3 keystore" in refused(tmp_path, with_("crypto", crypto))[0]


def made_by_others(**options):
    return Account.encrypt("0x" + "11" * 32, PASSWORD, **options)


@pytest.mark.parametrize(
    "options", [{"kdf": "scrypt", "iterations": 2}, {"kdf": "pbkdf2", "iterations": 2}]
)
@pytest.mark.parametrize("capitals", [False, True])
def test_what_wallets_make_is_opened(tmp_path, options, capitals):
    keystore = made_by_others(**options)
    if capitals:  # as old ones of geth
        keystore["Crypto"] = keystore.pop("crypto")
    path = tmp_path / "key.json"
    path.write_text(json.dumps(keystore))
    assert decrypted(path, PASSWORD).address == "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
    with pytest.raises(ConfigError, match="wrong password"):
        decrypted(path, "another")


def test_geths_standard_derivation_is_within_the_limits(tmp_path):
    path = tmp_path / "key.json"
    for n, r, p in ((1 << 18, 8, 1), (1 << 12, 8, 6), (1 << 17, 8, 1), (1 << 13, 8, 1)):
        params = {**MADE["crypto"]["kdfparams"], "n": n, "r": r, "p": p}
        path.write_text(with_("crypto.kdfparams", params))
        assert read_keystore(path)["version"] == 3


def test_a_password_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(made_by_others(kdf="pbkdf2", iterations=2)))
    with pytest.raises(ConfigError, match="password of the keystore is not UTF-8"):
        unlock(path, "pass\udcff")


def test_a_device_or_a_pipe_is_no_keystore(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(ConfigError, match="no version 3 keystore"):
            read_keystore(tmp_path / path)
