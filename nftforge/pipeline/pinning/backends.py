"""The back-ends that `pin: {to: [...]}` names, made from the collection file and the environment.

Secrets come from the environment alone and go only where they are meant to (`destinations`): never
over plain HTTP to another machine. `local` is always made, named or not: minting and the backup
read from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from nftforge.config.models import Pin
from nftforge.core.errors import ConfigError, MissingError
from nftforge.core.retry import Patience
from nftforge.core.urls import password, without_secrets
from nftforge.ipfs.backend import Backend
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.kubo import KuboBackend
from nftforge.ipfs.local import LocalBackend
from nftforge.ipfs.pinata import (
    NEW_KEY,
    PER_MINUTE,
    PinataBackend,
    PinataOptions,
    key_expiry,
)
from nftforge.ipfs.pinning_service import PinningServiceBackend
from nftforge.ipfs.service import Service, nothing
from nftforge.ipfs.unixfs import PROFILES
from nftforge.pipeline.pinning.destinations import addresses, safe_url

Make = Callable[[], Backend]

AWAY = {
    "kubo": "is the node running (`ipfs daemon` starts one), and KUBO_RPC_URL its address?",
    "pinning-service": "is this machine online, and PINNING_SERVICE_URL the address?",
}


def back_ends(
    pin: Pin,
    blocks: Blockstore,
    env: Mapping[str, str],
    tick: Callable[[], None] = nothing,
) -> dict[str, Make]:
    """What makes each back-end of `pin.to`, `local` first. Making one may raise MissingError (no
    key) or ConfigError (no address); nothing is sent."""
    makers: dict[str, Make] = {
        "local": lambda: LocalBackend(blocks, PROFILES[pin.profile]),
        "kubo": partial(_kubo, pin, env, tick),
        "pinata": partial(_pinata, pin, blocks, env, tick),
        "pinning-service": partial(_pinning_service, pin, env, tick),
    }
    return {name: makers[name] for name in dict.fromkeys(("local", *pin.to))}


def _kubo(pin: Pin, env: Mapping[str, str], tick: Callable[[], None]) -> Backend:
    url = str(addresses("kubo", pin, env)[0]).rstrip("/").removesuffix("/api/v0")
    service = _service(
        "kubo", url, env.get("KUBO_RPC_TOKEN", ""), "KUBO_RPC_URL and KUBO_RPC_TOKEN", pin, tick
    )
    return KuboBackend(service, PROFILES[pin.profile])


def _pinata(
    pin: Pin, blocks: Blockstore, env: Mapping[str, str], tick: Callable[[], None]
) -> Backend:
    jwt = env.get("PINATA_JWT", "").strip()
    if not jwt:
        raise MissingError("pinata needs a key: PINATA_JWT is not set", hint=f"{NEW_KEY}")
    api, uploads = map(str, addresses("pinata", pin, env))
    chosen = pin.pinata
    per_minute = PER_MINUTE[chosen.plan] if chosen.plan else None
    service = _service("pinata", api, jwt, "PINATA_JWT", pin, tick, per_minute, uploads)
    options = PinataOptions(chosen.plan, chosen.group, chosen.keyvalues)
    return PinataBackend(
        service,
        uploads,
        PROFILES[pin.profile],
        blocks.root.parent / "uploads",
        options,
        key_expiry(jwt),
    )


def _pinning_service(pin: Pin, env: Mapping[str, str], tick: Callable[[], None]) -> Backend:
    (url,) = addresses("pinning-service", pin, env)
    if url is None:
        raise ConfigError(
            "pinning-service has no address",
            hint="put PINNING_SERVICE_URL=https://... into .env, beside PINNING_SERVICE_TOKEN",
        )
    token = env.get("PINNING_SERVICE_TOKEN", "").strip()
    if not token:
        raise MissingError(
            f"the pinning service at {without_secrets(url)} needs a key: PINNING_SERVICE_TOKEN is "
            "not set",
            hint="put it into .env",
        )
    service = _service("pinning-service", url, token, "PINNING_SERVICE_TOKEN", pin, tick)
    return PinningServiceBackend(service, pin.pinning_service.origins)


def _service(
    name: str,
    url: str,
    secret: str,
    variables: str,
    pin: Pin,
    tick: Callable[[], None],
    per_minute: float | None = None,
    *also: str,
) -> Service:
    secret = secret.strip()
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise MissingError(
            f"{name}: the key has characters that no key has", hint=f"copy {variables} anew"
        )
    return Service(
        name,
        safe_url(url, secret or password(url), name),
        secret=secret,
        also=[safe_url(other, secret, name) for other in also],
        key_hint=f"check {variables} in .env",
        away_hint=AWAY.get(name, "is this machine online?"),
        patience=Patience(give_up_s=pin.give_up_s),
        per_minute=per_minute,
        tick=tick,
    )


def web_service(name: str, url: str, patience: Patience) -> Service:
    """A gateway or router, which needs no key. Raises ConfigError."""
    return Service(name, safe_url(url, password(url), name), patience=patience, follow=True)
