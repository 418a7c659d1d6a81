"""The environment and the `.env` files, each trusted as far as it is ours.

A `.env` beside a collection may have come with it. It may say anything of itself, but not where a
secret goes that it does not hold itself. And it is read as it stands, without ${NAMES} of the
environment filled in, which would put our secrets into addresses of its choice.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nftforge.cli.redaction import learn
from nftforge.core.errors import ConfigError, LimitError
from nftforge.core.limits import DOTENV_BYTES, read_bounded
from nftforge.core.text import decoded
from nftforge.pipeline.pinning.destinations import SECRET_OF

OURS = re.compile(r"NFTFORGE_|PINATA_|KUBO_|PINNING_|ETHERSCAN_|OPENSEA_|\w+_RPC_URL$")
CURLY = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"


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
    """What the file sets, `NAME=value` or `export NAME=value`, in quotes or without."""
    from dotenv.parser import parse_stream

    if not path.is_file():
        return {}
    try:
        text = decoded(read_bounded(path, DOTENV_BYTES), str(path))
    except LimitError as error:
        raise ConfigError(f"{path} is no list of NAME=value: {error.fact}") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    bindings = list(parse_stream(io.StringIO(text)))
    values = {each.key: each.value for each in bindings if each.key and each.value}
    learn(values.items())
    for each in bindings:
        if fact := _mistake(each.original.string.strip(), each.key, each.value, each.error):
            fix = "write NAME=value, one a line; what has spaces, in plain quotes"
            raise ConfigError(f"{path}:{each.original.line}: {fact}", hint=fix)
    return values


def _mistake(line: str, name: str | None, value: str | None, is_none: bool) -> str:
    """What is wrong with a line, without anything that it sets."""
    if is_none:
        said = re.match(r"(?:export\s+|set\s+|\$env:)?(\w+)\s*(.?)", line)
        if (said and said[2] in ("'", '"')) or re.search(r"=\s*['\"]", line.partition("\n")[0]):
            return "a quote is opened here and not closed, or text follows its end"
        if said and said[2] == ":":
            return f"{said[1]} is followed by a colon; `=` is needed"
        if line.startswith("set "):
            return "`set` is for another shell"
        return "this is no NAME=value"
    if name and name.startswith("$"):
        return "`$env:` is for another shell"
    if value and OURS.match(name or "") and value[0] in CURLY:
        return f"{name} stands in typographic quotes, which would be a part of it"
    return ""
