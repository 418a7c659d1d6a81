import io
import os
import shutil
import signal
import subprocess
import sys
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hostile import car_of_many_blocks
from support.ipfs_node import ipfs_car, ipfs_node

from nftforge.core.errors import LimitError, MismatchError, MissingError, NotFoundError
from nftforge.ipfs import blockstore, dag
from nftforge.ipfs.backend import Pinnable, PinState
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.car import CarFile, read_car, write_car
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.local import LocalBackend
from nftforge.ipfs.unixfs import PROFILES, import_path

KUBO = PROFILES["kubo-v1"]


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    for name, data in {
        "1.json": b"{}",
        "media/big.bin": os.urandom(700_000),
        "media/empty": b"",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture
def car(tree, tmp_path):
    blocks = Blockstore(tmp_path / "blocks")
    root = import_path(tree, KUBO, blocks.put).cid
    path = tmp_path / "tree.car"
    with path.open("wb") as stream:
        write_car(stream, [root], dag.walk(root, blocks.get))
    return path, root


def test_looking_into_an_absent_store_creates_nothing(tmp_path):
    blocks = Blockstore(tmp_path / "none")
    assert not blocks.has(Cid.of(RAW, b"")) and not (tmp_path / "none").exists()
    with pytest.raises(NotFoundError, match="is not in"):
        blocks.get(Cid.of(RAW, b""))


def test_a_damaged_block_is_an_error_and_not_a_wrong_picture(tmp_path):
    blocks = Blockstore(tmp_path)
    cid = Cid.of(RAW, b"paint")
    blocks.put(cid, b"paint")
    (path,) = tmp_path.rglob("*.block")
    path.write_bytes(b"pain7")
    with pytest.raises(MismatchError, match="is damaged") as error:
        blocks.get(cid)
    assert not isinstance(error.value, NotFoundError)


def test_putting_a_block_again_writes_nothing(tmp_path):
    blocks, cid = Blockstore(tmp_path), Cid.of(RAW, b"paint")
    blocks.put(cid, b"paint")
    before = [path.stat().st_mtime_ns for path in tmp_path.rglob("*")]
    blocks.put(cid, b"paint")
    assert [path.stat().st_mtime_ns for path in tmp_path.rglob("*")] == before


def test_blocks_that_did_not_reach_the_disk_read_as_absent(tmp_path, monkeypatch):
    def broken(paths):
        assert [path.read_bytes() for path in paths] == [b"paint", b"glaze"]
        raise OSError(5, "Input/output error")

    blocks, cids = Blockstore(tmp_path), [Cid.of(RAW, data) for data in (b"paint", b"glaze")]
    monkeypatch.setattr(blockstore, "flush_all", broken)
    with (
        pytest.raises(MissingError, match=r"cannot write 2 blocks in .*Input/output error"),
        blocks.batch() as put,
    ):
        put(cids[0], b"paint")
        put(cids[1], b"glaze")
        put(cids[0], b"paint")
    assert not any(blocks.has(cid) for cid in cids)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_every_block_of_a_batch_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    synced = []

    def fsync(descriptor):
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    blocks = Blockstore(tmp_path)
    data = [bytes([number]) for number in range(100)]
    with blocks.batch() as put:
        for block in data:
            put(Cid.of(RAW, block), block)
        assert not list(tmp_path.rglob("*.block"))
    assert len(set(synced)) == 100
    assert [blocks.get(Cid.of(RAW, block)) for block in data] == data


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "blocks").write_text("a file where the folder should be")
    with pytest.raises(MissingError, match=r"cannot write a block of 5 bytes in .*blocks"):
        Blockstore(tmp_path / "blocks").put(Cid.of(RAW, b"paint"), b"paint")


def test_a_full_disk_is_said_so_and_leaves_nothing(tmp_path):
    limited = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from nftforge.core.errors import MissingError\n"
        "from nftforge.ipfs.blockstore import Blockstore\n"
        "from nftforge.ipfs.cid import RAW, Cid\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "block = bytes(5000)\n"
        "try:\n"
        "    Blockstore(Path(sys.argv[1])).put(Cid.of(RAW, block), block)\n"
        "except MissingError:\n"
        "    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "refused\n"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


WRITER = """
import os, sys
from pathlib import Path
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.cid import RAW, Cid
blocks = Blockstore(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    with blocks.batch() as put:
        for _ in range(int(sys.argv[2])):
            data = os.urandom(60_000)
            put(Cid.of(RAW, data), data)
"""


@pytest.mark.parametrize("at_once", [1, 50])
def test_killed_at_any_moment_every_block_is_whole(tmp_path, at_once):
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(at_once)],
            stdout=subprocess.PIPE,
            text=True,
        )
        process.stdout.readline()
        while not list(tmp_path.rglob("*.block")):
            pass
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    blocks = Blockstore(tmp_path)
    for path in tmp_path.rglob("*.block"):
        assert len(blocks.get(Cid.parse(path.stem))) == 60_000


def test_what_a_kill_left_is_swept_away_and_nothing_else(tmp_path):
    blocks = Blockstore(tmp_path / "blocks")
    blocks.sweep()
    assert not blocks.root.exists()  # looking creates nothing
    cid = Cid.of(RAW, b"whole")
    blocks.put(cid, b"whole")
    (blocks.root / "tmp" / ("81c2" * 8)).write_bytes(b"half")
    blocks.sweep()
    assert list((blocks.root / "tmp").iterdir()) == [] and blocks.get(cid) == b"whole"
    blocks.put(Cid.of(RAW, b"after"), b"after")


def test_the_local_back_end_holds_what_it_pinned(tree, tmp_path):
    backend = LocalBackend(Blockstore(tmp_path / "blocks"), KUBO)
    item = Pinnable("tree", import_path(tree, KUBO), tree)
    assert backend.states([item.entry.cid]) == {item.entry.cid: PinState.ABSENT}
    sent = []
    assert backend.pin(item, sent.append) is PinState.PINNED
    assert backend.states([item.entry.cid]) == {item.entry.cid: PinState.PINNED}
    assert sum(sent) == item.entry.dag_size


def test_interrupted_half_way_nothing_counts_as_pinned(tree, tmp_path):
    backend = LocalBackend(Blockstore(tmp_path / "blocks"), KUBO)
    item = Pinnable("tree", import_path(tree, KUBO), tree)

    def interrupt(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backend.pin(item, interrupt)
    assert backend.states([item.entry.cid]) == {item.entry.cid: PinState.ABSENT}


def test_a_block_lost_after_pinning_is_noticed_and_brought_back(tree, tmp_path):
    backend = LocalBackend(Blockstore(tmp_path / "blocks"), KUBO)
    item = Pinnable("tree", import_path(tree, KUBO), tree)
    backend.pin(item, lambda count: None)
    for path in (tmp_path / "blocks").rglob("*.block"):
        path.unlink()
        assert backend.states([item.entry.cid]) == {item.entry.cid: PinState.ABSENT}
        backend.pin(item, lambda count: None)
        assert backend.states([item.entry.cid]) == {item.entry.cid: PinState.PINNED}


def test_a_file_that_changes_while_it_is_pinned_is_refused(tree, tmp_path):
    backend = LocalBackend(Blockstore(tmp_path / "blocks"), KUBO)
    item = Pinnable("tree", import_path(tree, KUBO), tree)
    (tree / "1.json").write_bytes(b"[]")
    with pytest.raises(MismatchError, match="changed while it was pinned"):
        backend.pin(item, lambda count: None)


@given(st.lists(st.binary(max_size=100), max_size=30), st.integers(0, 30))
def test_a_car_reads_back(payloads, roots):
    blocks = {Cid.of(RAW, data): data for data in payloads}
    names = (list(blocks) * 31)[:roots] if blocks else []
    stream = io.BytesIO()
    write_car(stream, names, blocks.items())
    found_roots, found = read_car(io.BytesIO(stream.getvalue()))
    assert found_roots == names and dict(found) == blocks


@given(cut=st.integers(1, 1000))
def test_a_cut_off_car_is_never_taken_for_whole(cut):
    stream = io.BytesIO()
    blocks = {Cid.of(RAW, bytes([i]) * 50): bytes([i]) * 50 for i in range(10)}
    write_car(stream, list(blocks)[:1], blocks.items())
    raw = stream.getvalue()[: -min(cut, len(stream.getvalue()) - 1)]
    try:
        found = dict(read_car(io.BytesIO(raw))[1])
    except MismatchError:
        return
    assert found != blocks  # cut exactly between two blocks: completeness shows it


def test_a_car_with_a_flipped_bit_is_refused(car):
    raw = bytearray(car[0].read_bytes())
    raw[len(raw) // 2] ^= 1
    with pytest.raises(MismatchError):
        list(read_car(io.BytesIO(raw))[1])


@pytest.mark.parametrize("count", [0, 1, 23, 24, 255, 256, 300])
def test_a_header_of_any_number_of_roots_reads_back(count):
    roots = [Cid.of(RAW, b"%d" % i) for i in range(count)]
    stream = io.BytesIO()
    write_car(stream, roots, [])
    stream.seek(0)
    assert read_car(stream)[0] == roots


def test_a_header_that_miscounts_its_roots_is_refused():
    stream = io.BytesIO()
    write_car(stream, [Cid.of(RAW, b"a"), Cid.of(RAW, b"b")], [])
    for wrong in (b"\x81", b"\x83"):
        raw = stream.getvalue().replace(b"roots\x82", b"roots" + wrong)
        with pytest.raises(MismatchError, match="header is damaged"):
            read_car(io.BytesIO(raw))


def test_a_car_cut_off_inside_a_block_says_so(car):
    raw = car[0].read_bytes()
    with pytest.raises(MismatchError, match="cut off"):
        list(read_car(io.BytesIO(raw[:-1]))[1])


@given(st.binary(max_size=120))
def test_any_bytes_as_a_car_are_read_or_refused(junk):
    header = io.BytesIO()
    write_car(header, [], [])
    for start in (b"", header.getvalue(), b"\x20\xa2\x65roots"):
        try:
            list(read_car(io.BytesIO(start + junk))[1])
        except MismatchError:
            continue


def test_a_car_that_names_a_huge_block_is_refused_before_it_is_read():
    with pytest.raises(MismatchError, match="names a block of"):
        read_car(io.BytesIO(b"\xff\xff\xff\xff\x7f"))


def test_a_car_is_read_by_cid_and_what_it_lacks_is_named(car):
    path, _ = car[:2]
    with path.open("rb") as stream:
        held = CarFile(stream)
        stream.seek(0)
        roots, blocks = read_car(stream)
        assert held.roots == roots
        for cid, block in list(blocks):
            assert held.get(cid) == block
        with pytest.raises(NotFoundError, match="lacks the block"):
            held.get(Cid.of(RAW, b"never"))


def test_a_car_of_more_blocks_than_any_is_refused(monkeypatch):
    monkeypatch.setattr("nftforge.ipfs.car.CAR_BLOCKS", 100)
    CarFile(io.BytesIO(car_of_many_blocks(100)))
    with pytest.raises(LimitError, match="more than 100 blocks"):
        CarFile(io.BytesIO(car_of_many_blocks(101)))


@pytest.mark.ipfs
def test_ipfs_car_unpacks_our_car(car, tree, tmp_path):
    path, root = car
    assert ipfs_car("roots", path) == str(root)
    ipfs_car("unpack", path, "--output", tmp_path / "out")
    for original in (path for path in tree.rglob("*") if path.is_file()):
        copy = tmp_path / "out" / original.relative_to(tree)
        assert copy.read_bytes() == original.read_bytes()


@pytest.mark.ipfs
def test_a_real_node_gives_our_cids_and_takes_our_car(car, tree):
    path, root = car
    query = urlencode(
        {
            "cid-version": 1,
            "raw-leaves": "true",
            "chunker": "size-262144",
            "cid-base": "base32",
            "pin": "true",
        }
    )
    big = tree / "media" / "big.bin"
    with ipfs_node() as api, httpx.Client(base_url=api, timeout=60) as node:
        added = node.post(f"/api/v0/add?{query}", files={"file": ("big.bin", big.read_bytes())})
        assert added.json()["Hash"] == str(import_path(big, KUBO).cid)
        imported = node.post("/api/v0/dag/import", files={"file": ("tree.car", path.read_bytes())})
        assert imported.status_code == 200, imported.text
        for name in ("1.json", "media/big.bin"):
            answer = node.post(f"/api/v0/cat?arg=/ipfs/{root}/{name}")
            assert answer.content == (tree / name).read_bytes()


def test_what_is_no_block_is_written_anew_and_never_waited_for(tmp_path):
    blocks, cid = Blockstore(tmp_path / "blocks"), Cid.of(RAW, b"whole")
    blocks.put(cid, b"whole")
    (path,) = blocks.root.rglob("*.block")
    for make in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        path.unlink()
        make(path)
        assert not blocks.has(cid)
        with pytest.raises(MismatchError, match="is damaged"):
            blocks.get(cid)
        blocks.put(cid, b"whole")
        assert blocks.get(cid) == b"whole"


def test_a_file_without_end_is_no_block(tmp_path):
    blocks, cid = Blockstore(tmp_path / "blocks"), Cid.of(RAW, b"whole")
    blocks.put(cid, b"whole")
    (path,) = blocks.root.rglob("*.block")
    with path.open("r+b") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(MismatchError, match="is damaged"):
        blocks.get(cid)


def test_the_sweep_takes_no_name_but_its_own_and_follows_no_link(tmp_path):
    blocks, victim = Blockstore(tmp_path / "blocks"), tmp_path / "victim"
    victim.mkdir()
    (victim / ("81c2" * 8)).write_text("precious")
    (blocks.root / "tmp").mkdir(parents=True)
    (blocks.root / "tmp" / "notes.txt").write_text("mine")
    blocks.sweep()
    assert (blocks.root / "tmp" / "notes.txt").exists()
    shutil.rmtree(blocks.root / "tmp")
    (blocks.root / "tmp").symlink_to(victim)
    blocks.sweep()
    assert (victim / ("81c2" * 8)).exists()
