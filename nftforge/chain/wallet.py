"""Keys: from the environment, a keystore file, a Ledger, or the public one of rehearsals.

A key never comes from the command line or from YAML, is never printed (`repr` shows the address
only), and the key that every Anvil and Hardhat knows is refused where money is real.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32
from eth_utils import to_checksum_address

from nftforge.chain.keystore import check_password, decrypted, read_keystore
from nftforge.chain.networks import Network
from nftforge.chain.private_key import instead_of_key, is_private_key
from nftforge.chain.signatures import MessageSigner, TypedData
from nftforge.core.errors import ConfigError, GuardError, LimitError, MismatchError, MissingError
from nftforge.core.fsync import atomic_write
from nftforge.core.limits import SECRET_BYTES, read_bounded
from nftforge.core.redaction import hex_in

# Account 0 of "test test test test test test test test test test test junk": public, worthless.
DEV_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
DEV_ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

KEY_VARIABLES = ("NFTFORGE_PRIVATE_KEY", "NFTFORGE_KEYSTORE")
LEDGER_DEFAULT = ("1", "default")
ENV_PLACES = ".env, or of the environment (`unset NAME`)"

AskPassword = Callable[[], str]

# eth_account brings py_ecc, which raises Python's recursion limit a hundredfold: back to the
# default, or hostile JSON and YAML read later would overflow the C stack (as in embedded.py).
sys.setrecursionlimit(1_000)


class Signer(MessageSigner, Protocol):
    """Whatever can sign for one address, transactions too: a key in memory, a Ledger."""

    def prove(self) -> None:
        """Show that it can sign. Raises ConfigError (a wrong password), MissingError (none)."""

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """The raw signed transaction."""


class KeySigner:
    """Signs with a private key held in memory."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"

    @property
    def address(self) -> str:
        return str(self._account.address)

    def prove(self) -> None:
        """A key in memory always can."""

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)

    def sign_typed(self, message: TypedData) -> bytes:
        return bytes(self._account.unsafe_sign_hash(Hash32(message.digest)).signature)

    def keystore(self, password: str) -> dict[str, Any]:
        """This key encrypted, as a version 3 keystore."""
        return dict(self._account.encrypt(password))


class KeystoreSigner:
    """Signs with a keystore, and knows its address before the password is asked for, once."""

    def __init__(self, path: Path, password: Callable[[], str]) -> None:
        self._path, self._password = path, password

    def __repr__(self) -> str:
        return f"KeystoreSigner({self.address})"

    @cached_property
    def address(self) -> str:
        """As the keystore says; of one that says nothing (Foundry's), only the password tells."""
        says = keystore_address(self._path)
        return str(to_checksum_address(says)) if says else self._key.address

    def prove(self) -> None:
        """Raises ConfigError if the password is wrong, or the key not that of the address."""
        _ = self._key

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        return self._key.sign(transaction)

    def sign_typed(self, message: TypedData) -> bytes:
        return self._key.sign_typed(message)

    @cached_property
    def _key(self) -> KeySigner:
        return unlock(self._path, self._password())


def dev_signer() -> KeySigner:
    """The first account of every Anvil and Hardhat."""
    return KeySigner(Account.from_key(DEV_KEY))


def new_signer() -> KeySigner:
    """A fresh key from the system's randomness."""
    return KeySigner(Account.create())


def key_signer(key: str) -> KeySigner:
    """A key as 64 hex digits, with or without 0x. The ConfigError it raises hides it."""
    if not is_private_key(key.strip()):
        raise ConfigError(f"this is no private key: {instead_of_key(key.strip())}")
    try:
        return KeySigner(Account.from_key(key.strip()))
    except ValueError:
        raise ConfigError(
            "this private key is out of range: no account has it",
            hint="`nftforge wallet new NAME` makes one",
        ) from None


def signer_for(
    network: Network,
    env: Mapping[str, str],
    keystores: Path,
    ask_password: AskPassword | None,
    say: Callable[[str], None] = lambda text: None,
) -> Signer:
    """The key to sign with on `network`; `say` is told when a Ledger waits for its owner.

    NFTFORGE_LEDGER, or NFTFORGE_PRIVATE_KEY, else NFTFORGE_KEYSTORE with its password; rehearsals
    use the public key. Raises MissingError if there is none, GuardError for the public key on a
    public network, ConfigError for a Ledger and a key at once: they are different accounts.
    """
    if network.is_rehearsal:
        return dev_signer()
    need_key(network, env)
    signer: Signer
    if path := env.get("NFTFORGE_LEDGER"):
        from nftforge.chain.ledger import DEFAULT_PATH, LedgerSigner

        signer = LedgerSigner(DEFAULT_PATH if path in LEDGER_DEFAULT else path, say)
    elif key := env.get("NFTFORGE_PRIVATE_KEY"):
        signer = key_signer(key)
    else:
        path_of_key = keystore_path(env["NFTFORGE_KEYSTORE"], keystores)
        signer = KeystoreSigner(path_of_key, partial(_password, env, ask_password))
    if signer.address == DEV_ADDRESS:
        raise GuardError(
            f"{DEV_ADDRESS} is the public test account: what it owns on {network.name} is "
            f"anybody's",
            hint="use a key of your own: `nftforge wallet new NAME`",
        )
    return signer


def need_key(network: Network, env: Mapping[str, str]) -> None:
    """Raises MissingError if nothing says what signs on `network`, ConfigError for a Ledger and a
    key at once; reads no key."""
    keys = [name for name in KEY_VARIABLES if env.get(name)]
    if network.is_rehearsal or (keys and not env.get("NFTFORGE_LEDGER")):
        return
    if keys:
        raise ConfigError(
            f"NFTFORGE_LEDGER and {keys[0]} are both set, and only one can sign on {network.name}",
            hint=f"take one of them out of {ENV_PLACES}; nothing was done",
        )
    if not env.get("NFTFORGE_LEDGER"):
        raise MissingError(
            f"no key to sign with on {network.name}",
            hint="`nftforge wallet new NAME`, then put NFTFORGE_KEYSTORE=NAME into .env; or set "
            "NFTFORGE_LEDGER=default",
        )


def overruled_keystore(env: Mapping[str, str]) -> str:
    """What to tell who set a key and a keystore: the key signs, as .env.example says."""
    try:
        who = f" ({key_signer(env['NFTFORGE_PRIVATE_KEY']).address})"
    except ConfigError:  # it is said when it is to sign
        who = ""
    return (
        f"NFTFORGE_PRIVATE_KEY{who} signs, not NFTFORGE_KEYSTORE, for both are set; for the "
        f"keystore take the key out of {ENV_PLACES}"
    )


def keystore_path(name: str, keystores: Path) -> Path:
    """A keystore given by name or by path. Raises MissingError listing those there are."""
    for path in (Path(name).expanduser(), keystores / f"{name}.json"):
        if path.is_file():
            return path
    there = ", ".join(sorted(path.stem for path in keystores.glob("*.json"))) or "none"
    raise MissingError(f"there is no keystore {name!r} in {keystores}", hint=f"there: {there}")


def save_keystore(signer: KeySigner, name: str, keystores: Path, password: str) -> Path:
    """Encrypt a key into `keystores`. Raises ConfigError if the name is bad or taken."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ConfigError(f"{name!r} cannot name a keystore: letters, digits, . _ -")
    if next(hex_in(name), None):
        raise ConfigError(
            "the name of a keystore is shown; this one looks like a private key",
            hint="`nftforge wallet import NAME` asks for the key, or reads it from stdin",
        )
    if not password:
        raise ConfigError("a keystore needs a password")
    check_password(password)
    keystores.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = keystores / f"{name}.json"
    text = json.dumps(signer.keystore(password))
    try:
        with atomic_write(path, fsync=True, private=True, exclusive=True) as stream:
            stream.write(text.encode())
    except FileExistsError:
        raise ConfigError(
            f"there is a keystore {path} already", hint="choose another name"
        ) from None
    return path


def unlock(path: Path, password: str) -> KeySigner:
    """Decrypt a keystore. Raises ConfigError if the password or the file is wrong, MismatchError if
    its key is not that of the address it names."""
    signer = KeySigner(decrypted(path, password))
    says = keystore_address(path)
    if says and says.lower() != signer.address.lower():
        raise MismatchError(
            f"{path} says that it is of {says}, and its key is that of {signer.address}",
            hint='take "address" out of the file if the key is yours; nothing was signed',
        )
    return signer


def keystore_address(path: Path) -> str | None:
    """The address a keystore says it is of; no password needed. None if it says nothing: Foundry
    writes none, and only its key tells. Raises ConfigError."""
    address = read_keystore(path).get("address")
    return None if address is None else "0x" + str(address).removeprefix("0x")


def read_password(env: Mapping[str, str]) -> str | None:
    """The keystore password from NFTFORGE_KEYSTORE_PASSWORD_FILE or NFTFORGE_KEYSTORE_PASSWORD.

    Raises MissingError if the file cannot be read.
    """
    if file := env.get("NFTFORGE_KEYSTORE_PASSWORD_FILE"):
        try:
            content = read_bounded(Path(file).expanduser(), SECRET_BYTES)
            return content.decode("utf-8").rstrip("\r\n")
        except (OSError, LimitError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or getattr(error, "fact", "it is not UTF-8")
            raise MissingError(f"the password file {file} cannot be read: {why}") from None
    return env.get("NFTFORGE_KEYSTORE_PASSWORD")


def _password(env: Mapping[str, str], ask: AskPassword | None) -> str:
    if password := read_password(env):
        return password
    if ask is None:
        raise MissingError(
            "the keystore needs a password and there is no terminal to ask on",
            hint="set NFTFORGE_KEYSTORE_PASSWORD_FILE",
        )
    return ask()
