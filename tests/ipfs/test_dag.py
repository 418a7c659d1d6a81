"""nftforge.ipfs.dag and dagpb: what was imported reads back; nonsense is refused."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.errors import MismatchError, NotFoundError
from nftforge.ipfs import dag
from nftforge.ipfs.cid import DAG_PB, RAW, Cid
from nftforge.ipfs.dagpb import Link, decode, encode_directory, encode_file, encode_shard
from nftforge.ipfs.unixfs import PROFILES, Entry, Profile, import_directory, import_file

KUBO = PROFILES["kubo-v1"]

Blocks = dict[Cid, bytes]


@given(data=st.binary(max_size=3000), chunk=st.integers(1, 50), width=st.integers(2, 4))
def test_what_went_in_comes_out(data: bytes, chunk: int, width: int) -> None:
    blocks: Blocks = {}
    profile = Profile("tiny", chunk, width, size_by_block=False)
    entry = import_file(io.BytesIO(data), profile, blocks.__setitem__)
    assert b"".join(dag.read_file(entry.cid, blocks.__getitem__)) == data
    assert entry.size == len(data)
    walked = list(dag.walk(entry.cid, blocks.__getitem__))
    assert {cid for cid, _ in walked} == set(blocks) and len(walked) == len(blocks)
    assert all(Cid.of(cid.codec, block) == cid for cid, block in walked)


def sharded(count: int) -> tuple[Cid, Blocks, dict[str, Cid]]:
    blocks: Blocks = {}
    entries = {
        f"{i}.json": import_file(io.BytesIO(b"%d" % i), KUBO, blocks.__setitem__)
        for i in range(count)
    }
    root = import_directory(entries, KUBO, blocks.__setitem__).cid
    return root, blocks, {name: entry.cid for name, entry in entries.items()}


@pytest.mark.parametrize("count", [0, 1, 3, 7000])
def test_a_directory_lists_every_name(count: int) -> None:
    root, blocks, names = sharded(count)
    assert dag.list_directory(root, blocks.__getitem__) == names


@pytest.mark.parametrize("count", [3, 7000])
def test_a_path_leads_to_its_file(count: int) -> None:
    root, blocks, names = sharded(count)
    outer = import_directory({"inside": Entry(root, 0, 0)}, KUBO, blocks.__setitem__).cid
    assert dag.resolve(outer, "inside/2.json", blocks.__getitem__) == names["2.json"]
    read: list[Cid] = []

    def get(cid: Cid) -> bytes:
        read.append(cid)
        return blocks[cid]

    for name in ("0.json", "2.json"):
        assert dag.resolve(root, name, get) == names[name]
    assert dag.resolve(root, "", get) == root
    assert len(read) <= 6  # the blocks on the way, not the 200 of the whole directory
    with pytest.raises(NotFoundError, match=r"no '7000\.json' in the directory"):
        dag.resolve(root, "7000.json", get)
    with pytest.raises(MismatchError, match="is no directory"):
        dag.resolve(root, "0.json/deeper", get)


def test_walk_meets_the_leaves_of_a_file_in_order() -> None:
    blocks: Blocks = {}
    content = bytes(range(200))
    profile = Profile("tiny", chunk_size=3, width=3, size_by_block=False)
    root = import_file(io.BytesIO(content), profile, blocks.__setitem__).cid
    walked = dag.walk(root, blocks.__getitem__)
    assert b"".join(block for cid, block in walked if cid.codec == RAW) == content


def test_walk_gives_each_block_once_parents_first() -> None:
    root, blocks, _ = sharded(7000)
    walked = list(dag.walk(root, blocks.__getitem__))
    assert walked[0][0] == root
    assert dict(walked) == blocks
    assert len(walked) == len(blocks)
    assert walked == list(dag.walk(root, blocks.__getitem__))


@given(st.binary(max_size=200))
def test_any_bytes_as_a_block_are_read_or_refused(block: bytes) -> None:
    cid = Cid.of(DAG_PB, block)

    def get(_: Cid) -> bytes:
        return block

    for read in (lambda: list(dag.read_file(cid, get)), lambda: dag.list_directory(cid, get)):
        with contextlib.suppress(MismatchError):
            read()


def chain(block: bytes, wrap: Callable[[Cid], bytes], depth: int) -> tuple[Cid, Blocks]:
    """`depth` blocks, each made of a link to the one before by `wrap`."""
    cid = Cid.of(DAG_PB, block)
    blocks = {cid: block}
    for _ in range(depth):
        block = wrap(cid)
        cid = Cid.of(DAG_PB, block)
        blocks[cid] = block
    return cid, blocks


def test_a_file_deeper_than_any_real_one_is_refused() -> None:
    root, blocks = chain(encode_file([]), lambda cid: encode_file([(Link(cid, "", 1), 1)]), 5000)
    with pytest.raises(MismatchError, match="no file"):
        list(dag.read_file(root, blocks.__getitem__))


def test_a_shard_deeper_than_a_hash_is_long_is_refused() -> None:
    root, blocks = chain(
        encode_shard([], b""), lambda cid: encode_shard([Link(cid, "00", 1)], b"\1"), 5000
    )
    with pytest.raises(MismatchError, match="no part of a sharded directory"):
        dag.list_directory(root, blocks.__getitem__)


def test_a_shard_of_an_unknown_fanout_is_refused() -> None:
    block = encode_shard([], b"").replace(b"\x30\x80\x02", b"\x30\x80\x01")
    with pytest.raises(MismatchError, match="sharded 128-fold"):
        decode(block)


def test_a_file_is_no_directory_and_a_directory_is_no_file() -> None:
    file, folder = Cid.of(RAW, b"x"), Cid.of(DAG_PB, encode_directory([]))
    with pytest.raises(MismatchError, match=f"{file} is no directory"):
        dag.list_directory(file, {file: b"x"}.__getitem__)
    with pytest.raises(MismatchError, match=f"{folder} is no file"):
        list(dag.read_file(folder, {folder: encode_directory([])}.__getitem__))
