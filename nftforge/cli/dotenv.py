"""The environment and the `.env` files, each trusted as far as it is ours.

A `.env` beside a collection may have come with it. It may say anything of itself, but not where a
secret goes that it does not hold itself. And it is read as it stands, without ${NAMES} of the
environment filled in, which would put our secrets into addresses of its choice.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nftforge.cli.near import distance
from nftforge.cli.redaction import learn
from nftforge.core.errors import ConfigError, LimitError
from nftforge.core.limits import DOTENV_BYTES, read_bounded
from nftforge.core.text import decoded
from nftforge.pipeline.pinning.destinations import SECRET_OF

if TYPE_CHECKING:
    from dotenv.parser import Binding

OURS = re.compile(r"NFTFORGE_|PINATA_|KUBO_|PINNING_|ETHERSCAN_|OPENSEA_|\w+_RPC_URL$")
KEY_VARIABLES = ("NFTFORGE_PRIVATE_KEY", "NFTFORGE_KEYSTORE")  # as `chain.wallet`, which is slow
SIGNS = (
    *KEY_VARIABLES, "NFTFORGE_KEYSTORE_PASSWORD",
    "NFTFORGE_KEYSTORE_PASSWORD_FILE", "NFTFORGE_LEDGER",
)  # fmt: skip
VARIABLES = (  # that nftforge reads, beside the RPC URLs of networks
    *SIGNS, "NFTFORGE_HOME", "NFTFORGE_THREADS", "NFTFORGE_DEVICE", "NFTFORGE_TOGETHER",
    *SECRET_OF, *dict.fromkeys(SECRET_OF.values()),
    "ETHERSCAN_API_KEY", "ETHERSCAN_URL", "SOURCIFY_URL", "OPENSEA_API_KEY", "OPENSEA_API_URL",
)  # fmt: skip
OTHER_NAMES = {  # that other tools read
    **{name.removeprefix("NFTFORGE_"): name for name in SIGNS},
    **dict.fromkeys(
        ("ETH_PRIVATE_KEY", "WALLET_PRIVATE_KEY", "DEPLOYER_PRIVATE_KEY", "OWNER_PRIVATE_KEY",
         "ACCOUNT_PRIVATE_KEY", "NFTFORGE_KEY"), "NFTFORGE_PRIVATE_KEY",
    ),
    "NFTFORGE_PASSWORD": "NFTFORGE_KEYSTORE_PASSWORD", "NFTFORGE_WALLET": "NFTFORGE_KEYSTORE",
    **dict.fromkeys(
        ("JWT", "PINATA_TOKEN", "PINATA_KEY", "PINATA_API_KEY", "PINATA_API_JWT",
         "PINATA_JWT_TOKEN", "PINATA_JWT_KEY"), "PINATA_JWT",
    ),
    "KUBO_URL": "KUBO_RPC_URL", "IPFS_RPC_URL": "KUBO_RPC_URL", "IPFS_API_URL": "KUBO_RPC_URL",
    "KUBO_TOKEN": "KUBO_RPC_TOKEN", "ETHERSCAN_KEY": "ETHERSCAN_API_KEY",
    "OPENSEA_KEY": "OPENSEA_API_KEY",
}  # fmt: skip
OF_A_NODE = ("{}_RPC", "{}_URL", "{}_NODE", "{}_NODE_URL", "{}_ENDPOINT", "RPC_URL_{}", "RPC_{}")
SLIPS = 2  # letters of a name that may be wrong
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


@dataclass(frozen=True)
class NearMiss:
    """A variable in a `.env` that nftforge does not read, and the one that is most likely meant."""

    path: Path
    line: int
    name: str
    meant: str

    def __str__(self) -> str:
        where, instead = f"{self.path}:{self.line}", f"did you mean {self.meant}?"
        return f"{where}: nftforge does not read {self.name}; {instead}"


def near_misses(folder: Path) -> list[NearMiss]:
    """Those of every `.env` that counts; nothing where the variable that is meant is set too."""
    found, known = read_environment(folder), {name: name for name in VARIABLES} | _of_nodes()
    misses = []
    for path in _files(folder):
        for each in _bindings(path):
            meant = _meant(each.key or "", known) if each.value else ""
            if meant and not found.get(meant):
                misses.append(NearMiss(path, _line(each), str(each.key), meant))
    return misses


def _of_nodes() -> dict[str, str]:
    """Names of RPC URLs, and what they are called elsewhere -> ours."""
    from nftforge.chain.networks import NETWORKS, rpc_variable

    ours = {name.upper().replace("-", "_"): rpc_variable(name) for name in NETWORKS}
    others = {form.format(name): ours[name] for name in ours for form in OF_A_NODE}
    return {**others, **{name: name for name in ours.values()}}


def _meant(name: str, known: Mapping[str, str]) -> str:
    """The variable that is meant by another name; nothing for one that is read, or like none."""
    if known.get(name) == name:
        return ""
    plain = name.upper().replace("-", "_")
    for each in (plain, plain.removeprefix("NFTFORGE_")):
        if meant := known.get(each) or OTHER_NAMES.get(each):
            return meant
    if plain.endswith("_RPC_URL"):  # of a network that a collection file brings
        return ""
    near = {each: distance(plain.replace("_", ""), each.replace("_", "")) for each in known}
    best = min(near, key=lambda each: near[each])
    return known[best] if near[best] <= SLIPS and len(name) > 4 * SLIPS else ""


def _files(folder: Path) -> list[Path]:
    """The `.env` here and the one beside the collection, which may be one."""
    here, beside = Path(".env"), folder / ".env"
    same = here.is_file() and beside.is_file() and here.samefile(beside)
    return [beside] if same else [here, beside]


def _sources(folder: Path) -> _Sources:
    *here, beside = map(_read, _files(folder))
    return _Sources(here[0] if here else {}, beside, os.environ)


def _read(path: Path) -> dict[str, str]:
    """What the file sets, `NAME=value` or `export NAME=value`, in quotes or without."""
    bindings = _bindings(path)
    values = {each.key: each.value for each in bindings if each.key and each.value}
    learn((each.key, each.value) for each in bindings if each.key and each.value)
    for each in bindings:
        if fact := _mistake(each.original.string.strip(), each.key, each.value, each.error):
            fix = "write NAME=value, one a line; what has spaces, in plain quotes"
            raise ConfigError(f"{path}:{_line(each)}: {fact}", hint=fix)
    if twice := next(_set_twice(bindings), None):
        name, first, line = twice
        raise ConfigError(
            f"{path}:{line}: {name} is set again, to something else than in line {first}",
            hint="take one of the two lines out, so that it is clear which one counts",
        )
    return values


def _set_twice(bindings: Sequence[Binding]) -> Iterator[tuple[str, int, int]]:
    """Variables of ours with two values, and the lines; an empty one is none."""
    first: dict[str, tuple[str, int]] = {}
    for each in bindings:
        if each.key and each.value and OURS.match(each.key):
            value, line = first.setdefault(each.key, (each.value, _line(each)))
            if value != each.value:
                yield each.key, line, _line(each)


def _line(binding: Binding) -> int:
    """Where it stands: what is read begins with the empty lines before it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _bindings(path: Path) -> list[Binding]:
    """The lines of a file, none if it is not there. Raises ConfigError if it cannot be read."""
    from dotenv.parser import parse_stream

    if not path.is_file():
        return []
    try:
        text = decoded(read_bounded(path, DOTENV_BYTES), str(path))
    except LimitError as error:
        raise ConfigError(f"{path} is no list of NAME=value: {error.fact}") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    return list(parse_stream(io.StringIO(text)))


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
