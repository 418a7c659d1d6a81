"""What every command has around it: the environment, keys, the job, the screen.

What is printed is in `screen`; what becomes of an error, in `__main__`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nftforge.cli.dotenv import (
    KEY_VARIABLES,
    SIGNS,
    check_dotenv,
    near_misses,
    origins,
    read_environment,
)
from nftforge.cli.home import keystores
from nftforge.cli.output import murmur, show
from nftforge.cli.prompts import ask_secret, can_ask
from nftforge.cli.redaction import learn, redacted
from nftforge.cli.screen import Screen
from nftforge.core.errors import ConfigError
from nftforge.pipeline.pinning.destinations import SECRET_OF

if TYPE_CHECKING:
    from nftforge.pipeline.job import Job

PAINTING = ("NFTFORGE_THREADS", "NFTFORGE_DEVICE", "NFTFORGE_TOGETHER")  # read where it is painted


def environment(folder: Path) -> dict[str, str]:
    """The environment, over the `.env` beside the collection, over the `.env` here."""
    given = read_environment(folder)
    for name in PAINTING:
        if name in given:
            os.environ.setdefault(name, given[name])
    return given


def ask_password() -> str:
    password = ask_secret("Keystore password")
    learn([("NFTFORGE_KEYSTORE_PASSWORD", password)])
    return password


def new_password() -> str:
    from nftforge.chain.wallet import read_password

    if password := read_password(environment(Path())):
        return password
    if not can_ask():
        raise ConfigError("no password", hint="set NFTFORGE_KEYSTORE_PASSWORD_FILE")
    password = ask_secret("New password")
    if ask_secret("The same again") != password:
        raise ConfigError("the two passwords differ; nothing was written", hint="try again")
    return password


def open_screen() -> Screen:
    return Screen(redacted)


def open_job(file: Path, network: str | None, only: str | None, *, give_up: bool = False) -> Job:
    """What a command about the collection in `file` works on, checked. Raises ConfigError."""
    from nftforge.config.load import load_collection
    from nftforge.pipeline.job import Job, check, network_of

    env = environment(file.parent)  # first: what is said of the file may hold a secret
    check_dotenv(file.parent)
    collection_file = load_collection(file)
    job = Job(
        file=collection_file,
        network=network_of(collection_file, network),
        only=frozenset(part.strip() for part in only.split(",")) if only else frozenset(),
        env=env,
        keystores=keystores(),
        ask_password=cache(ask_password) if can_ask() else None,
        give_up=give_up,
    )
    check(job)
    _introduce(job)
    _warn_of_variables(job)
    unused = collection_file.recipients.said if collection_file.recipients else ()
    drawn = collection_file.generated.notes if collection_file.generated else ()
    for text in (*collection_file.renamed, *drawn, *unused):
        show(text, sys.stderr)
    return job


def _introduce(job: Job) -> None:
    """Say what is worked on, and where its settings come from, to who wants to know."""
    murmur(f"{job.file.path}: its work is in {job.file.work_folder}")
    network = job.network
    node = f", {network.rpc_env}" if network.rpc_env else ""
    murmur(f"network {network.name}, chain {network.chain_id}{node}")
    for path, names in origins(job.file.path.parent).items():
        murmur(f"{path}: {', '.join(names) or 'nothing'}")


def _warn_of_variables(job: Job) -> None:
    """Of what is set and not read; a rehearsal reads no key and asks no public node anyway."""
    network = job.network
    for miss in near_misses(job.file.path.parent):
        of_a_node = miss.meant.endswith("_RPC_URL") and miss.meant not in SECRET_OF
        idle = miss.meant in SIGNS or of_a_node
        if miss.name != network.rpc_env and not (network.is_rehearsal and idle):
            show(str(miss), sys.stderr, "warning")
    both = all(map(job.env.get, KEY_VARIABLES)) and not job.env.get("NFTFORGE_LEDGER")
    if both and not network.is_rehearsal:
        from nftforge.chain.wallet import overruled_keystore

        show(overruled_keystore(job.env), sys.stderr, "warning")


Server = TypeVar("Server")


def listening(start: Callable[[], Server], port: int) -> Server:
    """A server that has its port. Raises ConfigError if another has it."""
    try:
        return start()
    except OSError as error:
        raise ConfigError(
            f"port {port} cannot be used: {error.strerror}", hint="choose another with --port"
        ) from None
