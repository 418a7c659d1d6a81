"""nftforge.ipfs.dag and dagpb: what was imported reads back; nonsense is refused."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.errors import MismatchError
from nftforge.ipfs import dag
from nftforge.ipfs.cid import DAG_PB, RAW, Cid
from nftforge.ipfs.dagpb import Link, decode, encode_directory, encode_file, encode_shard
from nftforge.ipfs.unixfs import PROFILES, Profile, import_directory, import_file

TINY = Profile("tiny", chunk_size=5, width=3, size_by_block=True)
KUBO = PROFILES["kubo-v1"]

Blocks = dict[Cid, bytes]


@given(st.binary(max_size=400))
def test_a_file_reads_back_whole(content: bytes) -> None:
    blocks: Blocks = {}
    root = import_file(io.BytesIO(content), TINY, blocks.__setitem__).cid
    assert b"".join(dag.read_file(root, blocks.__getitem__)) == content


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
    read: list[Cid] = []

    def get(cid: Cid) -> bytes:
        read.append(cid)
        return blocks[cid]

    for name in ("0.json", "2.json"):
        assert dag.resolve(root, name, get) == names[name]
    assert dag.resolve(root, "", get) == root
    assert len(read) <= 6  # the blocks on the way, not the 200 of the whole directory
    with pytest.raises(MismatchError, match="no '7000.json' in the directory"):
        dag.resolve(root, "7000.json", get)
    with pytest.raises(MismatchError, match="is no directory"):
        dag.resolve(root, "0.json/deeper", get)


def test_walk_gives_each_block_once_parents_first() -> None:
    root, blocks, _ = sharded(7000)
    walked = list(dag.walk(root, blocks.__getitem__))
    assert walked[0][0] == root
    assert dict(walked) == blocks
    assert len(walked) == len(blocks)
    assert walked == list(dag.walk(root, blocks.__getitem__))


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_a_mismatch(junk: bytes) -> None:
    cid = Cid.of(DAG_PB, junk)
    for read in (dag.list_directory, lambda *a: list(dag.read_file(*a)), lambda *a: dag.links(*a)):
        try:
            read(cid, junk if read.__name__ == "links" else {cid: junk}.__getitem__)
        except (MismatchError, KeyError):
            pass


def chain(block: bytes, wrap: object, depth: int) -> tuple[Cid, Blocks]:
    """`depth` blocks, each made of a link to the one before by `wrap`."""
    assert callable(wrap)
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
