"""Where the secrets of back-ends go: to hosts that the environment names, or nftforge itself.

A collection file travels with its art, so an address in it is its author's wish and no consent of
whoever runs it. It may be used without a secret. With one only if it names an origin (scheme, host
and port) that a variable beside the secret names too, or one of nftforge's own list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nftforge.core.errors import ConfigError
from nftforge.core.loopback import is_this_machine
from nftforge.core.urls import instead_of_url, origin, without_secrets

if TYPE_CHECKING:  # the command line asks SECRET_OF without loading pydantic
    from nftforge.config.load import CollectionFile
    from nftforge.config.models import Pin


@dataclass(frozen=True)
class Address:
    """What `variable` says; where it is not set, what stands in the collection file."""

    variable: str
    section: str  # of `pin:`
    key: str

    def url(self, pin: Pin, env: Mapping[str, str]) -> str | None:
        given: str | None = getattr(getattr(pin, self.section), self.key)
        return env.get(self.variable, "").strip() or given


@dataclass(frozen=True)
class Access:
    """A back-end's addresses, and the variable of the secret that is sent there."""

    secret: str
    addresses: tuple[Address, ...]
    known: frozenset[str] = frozenset()  # addresses that the secret is made for


ACCESS: Mapping[str, Access] = {
    "kubo": Access("KUBO_RPC_TOKEN", (Address("KUBO_RPC_URL", "kubo", "url"),)),
    "pinata": Access(
        "PINATA_JWT",
        (
            Address("PINATA_API_URL", "pinata", "api_url"),
            Address("PINATA_UPLOADS_URL", "pinata", "uploads_url"),
        ),
        frozenset({"https://api.pinata.cloud", "https://uploads.pinata.cloud"}),
    ),
    "pinning-service": Access(
        "PINNING_SERVICE_TOKEN", (Address("PINNING_SERVICE_URL", "pinning_service", "url"),)
    ),
}

SECRET_OF: Mapping[str, str] = {  # by the variable that says where it goes
    address.variable: access.secret for access in ACCESS.values() for address in access.addresses
} | {"ETHERSCAN_URL": "ETHERSCAN_API_KEY", "OPENSEA_API_URL": "OPENSEA_API_KEY"}


def addresses(name: str, pin: Pin, env: Mapping[str, str]) -> list[str | None]:
    """The URLs of a back-end, None where nothing names one. Raises ConfigError (as below)."""
    for address, url in _misdirected(name, pin, env):
        fact, hint = _complaint(name, address, url)
        raise ConfigError(fact, hint=hint)
    return [address.url(pin, env) for address in ACCESS[name].addresses]


def check_destinations(file: CollectionFile, env: Mapping[str, str]) -> None:
    """Before anything is sent to any back-end: raises ConfigError with the line of an address that
    would be given a secret and that nobody but the file names."""
    pin = file.collection.pin
    for name in dict.fromkeys(pin.to):
        for address, url in _misdirected(name, pin, env) if name in ACCESS else ():
            fact, hint = _complaint(name, address, url)
            raise file.error(("pin", address.section, address.key), fact, hint=hint)


def _misdirected(name: str, pin: Pin, env: Mapping[str, str]) -> Iterator[tuple[Address, str]]:
    """The addresses of a back-end that its secret, if there is one, must not go to."""
    access = ACCESS[name]
    if not env.get(access.secret, "").strip():
        return
    named = {env.get(address.variable, "").strip() for address in access.addresses}
    trusted = {origin(url) for url in access.known | named}
    for address in access.addresses:
        url = address.url(pin, env)
        if url and (whose := origin(url)) and whose not in trusted:
            yield address, url


def _complaint(name: str, address: Address, url: str) -> tuple[str, str]:
    secret, where = ACCESS[name].secret, without_secrets(url)
    return (
        f"{secret} would be sent to {where}, which the environment does not name",
        f"put {address.variable}={where} beside {secret} (in .env) if that is where it may go; "
        "nothing was sent",
    )


def safe_url(url: str, secret: str | None, name: str) -> str:
    """`url`, where a secret may go to it. Raises ConfigError."""
    whose = origin(url)
    if whose is None:
        raise ConfigError(f"{name}: {instead_of_url(url)}", hint=f"mend {_variable(name)} in .env")
    scheme, host, _ = whose
    if secret and scheme == "http" and not is_this_machine(host):
        raise ConfigError(
            f"{name}: {without_secrets(url)} is plain http: anyone on the way could read the key",
            hint="use its https address",
        )
    return url


def _variable(name: str) -> str:
    """What says where `name` is."""
    known = (address.variable for address in ACCESS[name].addresses) if name in ACCESS else ()
    return " or ".join(known) or f"{name.upper()}_API_URL"
