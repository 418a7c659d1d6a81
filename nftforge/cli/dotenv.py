"""The environment and the `.env` files, each trusted as far as it is ours.

A `.env` beside a collection may have come with it. It may say anything of itself, but not where a
secret goes that it does not hold itself. And it is read as it stands, without ${NAMES} of the
environment filled in, which would put our secrets into addresses of its choice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nftforge.cli.redaction import learn
from nftforge.core.errors import ConfigError
from nftforge.pipeline.pinning.destinations import SECRET_OF


@dataclass(frozen=True)
class _Sources:
    """Where variables are set, the least first: the later one counts."""

    here: Mapping[str, str]  # the `.env` of this folder
    beside: Mapping[str, str]  # the one beside the collection, which may have come with it
    environment: Mapping[str, str]

    def from_beside(self, name: str) -> bool:
        return name in self.beside and not self.environment.get(name)

    def ours(self, name: str) -> bool:
        """Whether a variable that counts is set where the collection has no say."""
        return not self.from_beside(name) and bool({**self.here, **self.environment}.get(name))


def read_environment(folder: Path) -> dict[str, str]:
    """The environment, over the `.env` in `folder`, over the `.env` here; all learnt as secrets.

    Raises ConfigError for a file that cannot be read.
    """
    found = _sources(folder)
    return {**found.here, **found.beside, **found.environment}


def check_dotenv(folder: Path) -> None:
    """Raises ConfigError if the `.env` in `folder` says where another's secret goes."""
    found = _sources(folder)
    for variable, secret in SECRET_OF.items():
        if found.from_beside(variable) and found.ours(secret):
            other = "the environment" if found.environment.get(secret) else "the .env here"
            raise ConfigError(
                f"{folder / '.env'} says where {secret} goes ({variable}), but {secret} is set in "
                f"{other}",
                hint="that file may have come with the collection: if you trust it, set "
                f"{variable} in {other} too; else take the line out. Nothing was sent",
            )


def origins(folder: Path) -> dict[Path, list[str]]:
    """Every `.env` that counts, and the names in it."""
    found = _sources(folder)
    files = {Path(".env"): found.here, folder / ".env": found.beside}
    return {path: sorted(values) for path, values in files.items() if path.is_file()}


def _sources(folder: Path) -> _Sources:
    here, beside = Path(".env"), folder / ".env"
    same = here.is_file() and beside.is_file() and here.samefile(beside)
    return _Sources({} if same else _read(here), _read(beside), os.environ)


def _read(path: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    try:
        found = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {type(error).__name__}") from None
    values = {name: value for name, value in found.items() if value}
    learn(values.items())
    return values
