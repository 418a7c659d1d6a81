"""Files and folders to CIDs, as `ipfs add` would, in constant memory.

A profile fixes everything a CID depends on besides the bytes. Unusual: nothing is kept but the
links of the unfinished nodes, one short list a level, so a file of any size streams through; each
finished block goes to `emit`, which may store it or drop it.

A directory is sharded when it is larger than 256 KiB, strictly, as Kubo decides since IPIP-499;
older ones, and aleph-cid, shard the kubo-v1 directory of exactly that size too.

Sources: https://specs.ipfs.tech/unixfs/ and https://specs.ipfs.tech/ipips/ipip-0499/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import mmh3

from nftforge.core.errors import ConfigError
from nftforge.core.limits import FOLDER_DEPTH, open_file
from nftforge.ipfs.cid import DAG_PB, RAW, Cid
from nftforge.ipfs.dagpb import Link, encode_directory, encode_file, encode_shard

Emit = Callable[[Cid, bytes], None]

SHARD_BYTES = 256 << 10  # a directory larger than this is sharded


@dataclass(frozen=True)
class Profile:
    """What a CID depends on besides the bytes."""

    name: str
    chunk_size: int  # bytes in a leaf
    width: int  # links in an inner node of a file
    size_by_block: bool  # a directory's size is that of its block; else of its names and CIDs


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "kubo-v1": Profile("kubo-v1", 256 << 10, 174, size_by_block=False),
        "unixfs-v1-2025": Profile("unixfs-v1-2025", 1 << 20, 1024, size_by_block=True),
    }
)


@dataclass(frozen=True)
class Entry:
    """A file or directory: its CID, its bytes, and the bytes of all its blocks (Tsize)."""

    cid: Cid
    size: int
    dag_size: int


def discard(cid: Cid, block: bytes) -> None:
    """An `Emit` for when only the CID is wanted."""


def import_file(stream: BinaryIO, profile: Profile, emit: Emit = discard) -> Entry:
    """Cut `stream` (buffered) into a balanced tree; emits leaves first, the root last.

    Raises OSError, and whatever `emit` does.
    """
    levels: list[list[tuple[Link, int]]] = [[]]  # unfinished nodes, leaves' parents first

    def add(level: int, link: Link, size: int) -> None:
        if level == len(levels):
            levels.append([])
        if len(levels[level]) == profile.width:
            close(level)
        levels[level].append((link, size))

    def close(level: int) -> None:
        block = encode_file(levels[level])
        cid = Cid.of(DAG_PB, block)
        emit(cid, block)
        dag_size = len(block) + sum(link.dag_size for link, _ in levels[level])
        size = sum(size for _, size in levels[level])
        levels[level] = []
        add(level + 1, Link(cid, "", dag_size), size)

    while chunk := stream.read(profile.chunk_size):
        cid = Cid.of(RAW, chunk)
        emit(cid, chunk)
        add(0, Link(cid, "", len(chunk)), len(chunk))
    if not levels[0]:
        empty = Cid.of(RAW, b"")
        emit(empty, b"")
        return Entry(empty, 0, 0)
    level = 0
    while level + 1 < len(levels) or len(levels[level]) > 1:
        close(level)
        level += 1
    link, size = levels[level][0]
    return Entry(link.cid, size, link.dag_size)


def import_directory(entries: Mapping[str, Entry], profile: Profile, emit: Emit = discard) -> Entry:
    """A directory of finished `entries` (name -> entry), sharded if it is large.

    Raises ConfigError for a name that no file can have, or that is not UTF-8.
    """
    links = sorted(
        (Link(entry.cid, name, entry.dag_size) for name, entry in entries.items()),
        key=lambda link: _name_bytes(link.name),
    )
    if _is_large(links, profile):
        root = _shard({link: slots(link.name) for link in links}, 0, emit)
    else:
        root = _emit_node(encode_directory(links), links, emit)
    return Entry(root.cid, sum(entry.size for entry in entries.values()), root.dag_size)


def import_bytes(content: bytes, profile: Profile) -> Entry:
    """The CID of a file with this content."""
    return import_file(BytesIO(content), profile)


def import_files(files: Mapping[str, bytes], profile: Profile) -> Entry:
    """The CID of a directory of small files (name -> content). Raises ConfigError as above."""
    entries = {name: import_bytes(content, profile) for name, content in files.items()}
    return import_directory(entries, profile)


def import_path(path: Path, profile: Profile, emit: Emit = discard) -> Entry:
    """A file, or a folder with all that is in it: hidden files too, as `ipfs add -r --hidden`.

    Raises ConfigError on symbolic links, devices and folders too deep, and OSError.
    """
    return _import_path(path, profile, emit, 0)


def _import_path(path: Path, profile: Profile, emit: Emit, depth: int) -> Entry:
    if depth > FOLDER_DEPTH:
        raise ConfigError(f"{path} is more than {FOLDER_DEPTH} folders deep")
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        kind = "a symbolic link" if path.is_symlink() else "no file or folder"
        raise ConfigError(f"{path} is {kind}", hint="give the file or folder itself")
    if path.is_dir():
        inside = {
            child.name: _import_path(child, profile, emit, depth + 1)
            for child in sorted(path.iterdir())
        }
        return import_directory(inside, profile, emit)
    with open_file(path) as stream:
        return import_file(stream, profile, emit)


def slots(name: str) -> bytes:
    """Where a sharded directory puts `name`: the slot (0-255) at each depth, root first.

    The bytes of murmur3-x64-64, most significant first.
    """
    return mmh3.hash64(name.encode(), x64arch=True, signed=False)[0].to_bytes(8, "big")


# --- directories --------------------------------------------------------------------------------


def _name_bytes(name: str) -> bytes:
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise ConfigError(f"{name!r} cannot be the name of a file in an IPFS directory")
    try:
        return name.encode()
    except UnicodeEncodeError:  # bytes of another encoding, as Python reads them from a folder
        raise ConfigError(f"the file name {name!r} is not UTF-8", hint="rename the file") from None


def _is_large(links: list[Link], profile: Profile) -> bool:
    if profile.size_by_block:
        return len(encode_directory(links)) > SHARD_BYTES
    return sum(len(link.name.encode()) + 36 for link in links) > SHARD_BYTES


def _shard(links: Mapping[Link, bytes], depth: int, emit: Emit) -> Link:
    if depth == 8:
        names = " and ".join(repr(link.name) for link in list(links)[:2])
        raise ConfigError(f"the file names {names} have one hash; IPFS cannot tell them apart")
    by_slot: dict[int, dict[Link, bytes]] = {}
    for link, path in links.items():
        by_slot.setdefault(path[depth], {})[link] = path
    children = []
    for slot, inside in sorted(by_slot.items()):
        if len(inside) == 1:
            (link,) = inside
            children.append(Link(link.cid, f"{slot:02X}{link.name}", link.dag_size))
        else:
            below = _shard(inside, depth + 1, emit)
            children.append(Link(below.cid, f"{slot:02X}", below.dag_size))
    bits = sum(1 << slot for slot in by_slot)
    bitfield = bits.to_bytes((bits.bit_length() + 7) // 8, "big")
    return _emit_node(encode_shard(children, bitfield), children, emit)


def _emit_node(block: bytes, links: list[Link], emit: Emit) -> Link:
    cid = Cid.of(DAG_PB, block)
    emit(cid, block)
    return Link(cid, "", len(block) + sum(link.dag_size for link in links))
