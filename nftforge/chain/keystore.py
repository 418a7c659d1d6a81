"""Keystore files: Web3 Secret Storage version 3, as geth, Foundry and MetaMask write them.

What a file asks for is done only after it was looked at: how much memory and work its key
derivation takes stands in the file, and 400 bytes can ask for 256 GiB or for a year. Every part
must be what the format says, for the library that decrypts takes anything and fails anyhow.
Source: https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from nftforge.core.errors import ConfigError, LimitError
from nftforge.core.limits import (
    KEYSTORE_MEMORY,
    KEYSTORE_ROUNDS,
    KEYSTORE_WORK,
    SECRET_BYTES,
    read_bounded,
)

DERIVED_BYTES = (32, 64)  # least and most of a derived key; 32 are used


def read_keystore(path: Path) -> dict[str, Any]:
    """What stands in a keystore, its names in lower case; nothing is derived or decrypted.

    Raises ConfigError if it is none, or asks for more than `core.limits` allow; OSError.
    """
    try:
        found: dict[str, Any] = _lower(json.loads(read_bounded(path, SECRET_BYTES)))
        _check(found)
        costs = _costs(found["crypto"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, LimitError):
        raise ConfigError(f"{path} is no version 3 keystore") from None
    for what, value, most in costs:
        if value > most:
            raise ConfigError(
                f"{path} asks for {what}: {value}, where {most} is the most; no wallet makes such "
                "a keystore",
                hint="export the key again from the wallet that it is in",
            )
    return found


def decrypted(path: Path, password: str) -> LocalAccount:
    """The account in a keystore. Raises ConfigError if the password or the file is wrong."""
    keystore = read_keystore(path)
    check_password(password)
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(keystore, password))
    except ValueError as error:
        if "MAC" in str(error):
            raise ConfigError(f"wrong password for {path}") from None
        raise ConfigError(f"{path} holds no private key") from None
    except MemoryError:
        raise ConfigError(f"{path} takes more memory than there is") from None
    return account


def check_password(password: str) -> None:
    """Raises ConfigError if it is no text: a variable of the environment may hold any bytes."""
    try:
        password.encode()
    except UnicodeEncodeError:
        raise ConfigError(
            "the password of the keystore is not UTF-8",
            hint="is the variable or file the right one?",
        ) from None


def _lower(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    return {str(name).lower(): _lower(value) for name, value in found.items()}


def _check(found: Any) -> None:
    """Every part is of its kind. Raises ValueError, KeyError, TypeError, AttributeError."""
    crypto = found["crypto"]
    if type(found["version"]) is not int or found["version"] != 3:
        raise ValueError
    if crypto["cipher"] != "aes-128-ctr":
        raise ValueError
    address = found.get("address")
    if address is not None:
        _hex(address, 20)
    _hex(crypto["cipherparams"]["iv"], 16)
    _hex(crypto["ciphertext"], 32)
    _hex(crypto["mac"], 32)
    _hex(crypto["kdfparams"]["salt"])


def _hex(text: Any, length: int | None = None) -> None:
    digits = re.fullmatch(r"(?:0x)?((?:[0-9a-fA-F]{2})+)", text)
    if not digits or (length is not None and len(digits[1]) != 2 * length):
        raise ValueError


def _costs(crypto: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """What the derivation of the key takes: (what, how much, the most). Raises ValueError."""
    params = crypto["kdfparams"]
    if not DERIVED_BYTES[0] <= _positive(params["dklen"]) <= DERIVED_BYTES[1]:
        raise ValueError
    if crypto["kdf"] == "pbkdf2" and params["prf"] == "hmac-sha256":
        return [("pbkdf2 rounds", _positive(params["c"]), KEYSTORE_ROUNDS)]
    n, r, p = (_positive(params[name]) for name in "nrp")
    if crypto["kdf"] != "scrypt" or n < 2 or n & (n - 1):
        raise ValueError
    return [
        ("bytes of memory", 128 * n * r, KEYSTORE_MEMORY),
        ("scrypt work", n * r * p, KEYSTORE_WORK),
    ]


def _positive(number: Any) -> int:
    if type(number) is not int or number < 1:
        raise ValueError
    return number
