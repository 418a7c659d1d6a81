"""nftforge.ipfs.dag and dagpb: what was imported reads back; nonsense is refused."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hostile import Dag

from nftforge.core.errors import LimitError, MismatchError, NotFoundError
from nftforge.core.limits import BLOCK_BYTES, Budget, budget_for
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


# --- what only an enemy makes -------------------------------------------------------------------


def read_of(made: Dag) -> tuple[list[Cid], dag.Get]:
    read: list[Cid] = []

    def get(cid: Cid) -> bytes:
        read.append(cid)
        return made.blocks[cid]

    return read, get


def test_a_file_that_names_one_child_170_times_is_measured_by_reading_each_block_once() -> None:
    made = Dag()
    root = made.unfolding(times=170, depth=5, leaf=b"x" * 65536)
    read, get = read_of(made)
    size = 65536 * 170**5
    assert dag.measure(root, get, Budget("it", size, 5000)) == size
    assert len(read) == len(made.blocks) == 6
    with pytest.raises(LimitError, match=f"it is more than {size - 1} bytes"):
        dag.measure(root, get, Budget("it", size - 1, 5000))
    with pytest.raises(LimitError, match="it is more than 1000 bytes"):
        next(dag.read_file(root, get, budget=Budget("it", 1000, 5000)))
    part = b"".join(dag.read_file(root, get, size - 70_000, size))
    assert part == b"x" * 70_000  # a part of it is as quick as of any file


def test_a_file_of_no_bytes_in_a_great_many_parts_ends() -> None:
    made = Dag()
    root = made.unfolding(times=170, depth=5, leaf=b"")
    assert list(dag.read_file(root, made.blocks.__getitem__)) == []
    assert dag.measure(root, made.blocks.__getitem__, budget_for("it", 0)) == 0


def test_a_file_cut_into_crumbs_costs_no_more_than_its_budget() -> None:
    made = Dag()
    root = made.unfolding(times=170, depth=3, leaf=b"x")  # five million leaves of one byte
    got = 0
    with pytest.raises(LimitError, match="is made of more than"):
        for part in dag.read_file(root, made.blocks.__getitem__):
            got += len(part)
    assert got < 300_000


@pytest.mark.parametrize("claimed", [0, 1, 9, 11, 65536, 1 << 62])
def test_a_node_that_lies_about_its_length_never_gives_more_than_it_said(claimed: int) -> None:
    made = Dag()
    root = made.file([(made.lying(claimed, b"0123456789"), claimed)])
    got: list[bytes] = []
    with contextlib.suppress(MismatchError):
        got += dag.read_file(root, made.blocks.__getitem__)
        assert claimed == 0
    assert len(b"".join(got)) <= claimed
    with pytest.raises(MismatchError, match=f"has 10 bytes where {claimed} were promised"):
        dag.measure(root, made.blocks.__getitem__, Budget("it", 1 << 63, 100))


def test_a_node_whose_parts_and_whole_disagree_is_refused() -> None:
    made = Dag()
    leaf = made.raw(b"x")
    honest = made.blocks[made.file([(leaf, 1)])]
    assert b"\x18\x01\x20\x01" in honest  # filesize 1, blocksizes [1]
    for sizes in (b"\x18\x02\x20\x01", b"\x18\x01\x20\x02", b"\x18\x01\x18\x01"):
        block = honest.replace(b"\x18\x01\x20\x01", sizes)
        root = Cid.of(DAG_PB, block)
        with pytest.raises(MismatchError, match="does not tell how long its parts are"):
            list(dag.read_file(root, {**made.blocks, root: block}.__getitem__))


def test_shards_that_unfold_without_end_are_refused() -> None:
    made = Dag()
    root = made.wide_shards(depth=7)
    with pytest.raises(LimitError, match="is made of more than"):
        dag.list_directory(root, made.blocks.__getitem__)
    assert len(list(dag.walk_directory(root, made.blocks.__getitem__))) == 8
    deep = Dag()
    bottom = deep.deep_shards(5000)
    with pytest.raises(MismatchError, match="no part of a sharded directory"):
        list(dag.walk_directory(bottom, deep.blocks.__getitem__))


def test_a_folder_is_measured_with_all_that_is_named_twice() -> None:
    made = Dag()
    file = made.file([(made.raw(b"x" * 100), 100)] * 3)
    inner = made.folder({"a": file, "b": file})
    root = made.folder({"1": inner, "2": inner, "3": made.raw(b"yy")})
    found = dag.extent(root, made.blocks.__getitem__, budget_for("it", 10_000))
    assert (found.bytes, found.names) == (4 * 300 + 2, 1 + 2 * 3 + 1)
    read, get = read_of(made)
    wide = made.wide_folders(times=200, depth=5)
    assert dag.extent(wide, get, budget_for("it", 0)).names > 200**5
    assert set(read) <= set(made.blocks) and len(read) < 100


@pytest.mark.parametrize(
    ("name", "fact"),
    [("..", "is no file name"), ("a/b", "is no file name"), ("\0", "is no file name"),
     ("é" * 128, "more than 255 bytes")],
)  # fmt: skip
def test_names_that_no_disk_has_are_refused_before_anything_is_written(
    name: str, fact: str
) -> None:
    made = Dag()
    root = made.folder({"sound": made.folder({name: made.raw(b"x")})})
    with pytest.raises(MismatchError, match=fact):
        dag.extent(root, made.blocks.__getitem__, budget_for("it", 0))


def test_folders_in_folders_have_an_end() -> None:
    made = Dag()
    root = made.deep_folders(3000)
    with pytest.raises(LimitError, match="64 deep"):
        dag.extent(root, made.blocks.__getitem__, budget_for("it", 0))
    with pytest.raises(LimitError, match="a path of 3000 folders"):
        dag.resolve(root, "a/" * 3000, made.blocks.__getitem__)


def test_a_name_twice_or_half_a_character_is_no_traceback() -> None:
    made = Dag()
    leaf = made.raw(b"x")
    block = encode_directory([Link(leaf, "a", 0), Link(leaf, "a", 0)])
    root = Cid.of(DAG_PB, block)
    with pytest.raises(MismatchError, match="has the name 'a' twice"):
        dag.list_directory(root, {root: block}.__getitem__)
    folder, sharded_ = made.folder({"a": leaf}), made.shard({"00a": leaf})
    for cid in (folder, sharded_):
        with pytest.raises(NotFoundError, match=r"no '\\ud800'"):
            dag.resolve(cid, "\ud800", made.blocks.__getitem__)


def test_a_block_larger_than_any_and_one_of_nothing_but_links_are_refused() -> None:
    leaf = Cid.of(RAW, b"")
    with pytest.raises(LimitError, match="larger than IPFS carries"):
        decode(b"\0" * (BLOCK_BYTES + 1))
    with pytest.raises(LimitError, match="more than 65536 links"):
        decode(encode_directory([Link(leaf, "", 0)] * 65_537))
