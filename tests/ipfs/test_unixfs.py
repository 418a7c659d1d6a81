import io
import json
import os
from dataclasses import replace
from pathlib import Path

import aleph_cid
import mmh3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.ipfs_node import Importer, ipfs_car

from nftforge.core.errors import ConfigError
from nftforge.ipfs import dag
from nftforge.ipfs.unixfs import PROFILES, Profile, import_directory, import_file, import_path

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())
SIMPLE = {
    "empty": b"",
    "hello world\\n": b"hello world\n",
    "262144 zero bytes": bytes(262_144),
}


def content(name):
    """What a vector's `input` stands for; P(n) is byte i = i % 251."""
    if name in SIMPLE:
        return SIMPLE[name]
    length = int(name[2:-1])
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def directory(name):
    if name.startswith("three files"):
        return {"0": b"a", "1": b"b", "2": b"c"}
    return {str(i): str(i).encode() for i in range(int(name.split()[-1]))}


def entries(files, profile):
    return {name: import_file(io.BytesIO(data), profile) for name, data in files.items()}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("vector", VECTORS["files"], ids=lambda vector: vector["input"])
def test_files_have_the_cids_that_others_give(vector, profile):
    entry = import_file(io.BytesIO(content(vector["input"])), PROFILES[profile])
    assert str(entry.cid) == vector[profile]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("vector", VECTORS["directories"], ids=lambda vector: vector["input"])
def test_directories_have_the_cids_that_others_give(vector, profile):
    files = entries(directory(vector["input"]), PROFILES[profile])
    assert str(import_directory(files, PROFILES[profile]).cid) == vector[profile]


TREES = st.dictionaries(
    st.lists(
        st.text("abcXYZ0189 _-ßé", min_size=1, max_size=6).filter(lambda name: name.strip()),
        min_size=1,
        max_size=3,
    ).map("/".join),
    st.binary(max_size=300),
    min_size=1,
    max_size=8,
).filter(lambda tree: not any(a != b and b.startswith(f"{a}/") for a in tree for b in tree))


@pytest.fixture(scope="module")
def oracle():
    with Importer() as running:
        yield running


@pytest.mark.ipfs
@given(
    tree=TREES, chunk=st.integers(1, 64), width=st.integers(2, 5), name=st.sampled_from([*PROFILES])
)
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_trees_agree_with_the_npm_importer(oracle, tree, chunk, width, name):
    profile = replace(PROFILES[name], chunk_size=chunk, width=width)
    rooted = {f"root/{path}": data for path, data in tree.items()}
    blocks = {}
    ours = _import_tree(rooted, profile, lambda cid, block: blocks.update({str(cid): block}))
    assert (str(ours), blocks) == oracle(rooted, name, chunkSize=chunk, width=width)


NAMES = st.sets(
    st.text(min_size=1, max_size=12).filter(
        lambda name: (
            name.strip() not in ("", ".", "..")
            and not {"/", "\0"} & set(name)
            and name.isprintable()
        )
    ),
    min_size=2,
    max_size=60,
)


@pytest.mark.ipfs
@given(names=NAMES, profile=st.sampled_from([*PROFILES]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_sharded_directories_agree_with_the_npm_importer(oracle, names, profile):
    """Sharded from the first byte on, so that few names suffice."""
    blocks = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nftforge.ipfs.unixfs.SHARD_BYTES", 1)
        files = {name: name.encode() for name in names}
        inside = entries(files, PROFILES[profile])
        ours = import_directory(inside, PROFILES[profile], blocks.__setitem__).cid
    theirs, _ = oracle(
        {f"root/{name}": data for name, data in files.items()}, profile, shardBytes=1
    )
    assert str(ours) == theirs
    assert dag.list_directory(ours, blocks.__getitem__) == {n: e.cid for n, e in inside.items()}


def _import_tree(files, profile, emit):
    def build(prefix):
        inside = {}
        for path, data in files.items():
            if path.startswith(prefix):
                head, slash, _ = path[len(prefix) :].partition("/")
                if not slash:
                    inside[head] = import_file(io.BytesIO(data), profile, emit)
                elif head not in inside:
                    inside[head] = build(f"{prefix}{head}/")
        return import_directory(inside, profile, emit)

    return build("root/").cid


LINK_BYTES = {  # what a name adds to a directory's size, besides itself; what the rest takes
    "kubo-v1": (36, 0),  # its CID
    "unixfs-v1-2025": (44, 4),  # CID, size and protobuf framing; the UnixFS message
}


@pytest.mark.ipfs
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("letter", ["x", "é"])
@pytest.mark.parametrize(("extra", "sharded"), [(-1, False), (0, False), (1, True), (2, True)])
def test_a_directory_is_sharded_above_256_kib_as_by_the_npm_importer(
    oracle, profile, letter, extra, sharded
):
    per_link, rest = LINK_BYTES[profile]
    count, missing = divmod(262_144 - rest + extra, per_link + 28)
    letters = letter * (20 // len(letter.encode()))  # and eight digits: 28 bytes
    names = [f"{i:08d}{letters}{'y' * (i < missing)}" for i in range(count)]
    blocks = {}
    files = entries(dict.fromkeys(names, b""), PROFILES[profile])
    ours = import_directory(files, PROFILES[profile], blocks.__setitem__).cid
    assert (len(blocks) > 1) is sharded
    assert str(ours) == oracle({f"root/{name}": b"" for name in names}, profile)[0]


@given(st.binary(max_size=2000))
def test_files_agree_with_aleph_cid(data):
    hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    hasher.update(data)
    ours = import_file(io.BytesIO(data), PROFILES["kubo-v1"])
    assert str(ours.cid) == hasher.finalize()


@pytest.mark.parametrize("size", [262_143, 262_144, 262_145, 700_001, 174 * 262_144 + 1])
def test_files_of_many_chunks_agree_with_aleph_cid(size):
    data = os.urandom(1000) * (size // 1000) + bytes(size % 1000)
    hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    hasher.update(data)
    assert str(import_file(io.BytesIO(data), PROFILES["kubo-v1"]).cid) == hasher.finalize()


@pytest.mark.ipfs
def test_a_folder_on_disk_agrees_with_ipfs_car(tmp_path):
    folder = tmp_path / "folder"
    for name, size in {"a.txt": 1, "deep/er/b.bin": 3_000_000, "deep/c": 0}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(os.urandom(size))
    packed = ipfs_car("pack", folder, "--output", tmp_path / "folder.car")
    assert str(import_path(folder, PROFILES["unixfs-v1-2025"]).cid) == packed


def test_folders_on_disk_agree_with_aleph_cid(tmp_path):
    for name, data in {"a.txt": b"a", "deep/er/b.bin": bytes(300_000), "deep/c": b""}.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    ours = import_path(tmp_path / "folder", PROFILES["kubo-v1"])
    assert str(ours.cid) == aleph_cid.hash_folder(tmp_path / "folder")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b", "\udcff"])
def test_names_that_are_no_names_are_refused(name):
    with pytest.raises(ConfigError):
        import_directory(
            {name: import_file(io.BytesIO(b""), PROFILES["kubo-v1"])}, PROFILES["kubo-v1"]
        )


@pytest.mark.parametrize("target", ["file", "folder", "nowhere", "art"])
def test_symbolic_links_are_refused(tmp_path, target):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "art").mkdir()
    (tmp_path / "art" / "link").symlink_to(tmp_path / target)
    for path in (tmp_path / "art", tmp_path / "art" / "link"):
        with pytest.raises(ConfigError, match="link is a symbolic link"):
            import_path(path, PROFILES["kubo-v1"])


def test_pipes_and_devices_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="null is no file or folder"):
        import_path(Path("/dev/null"), PROFILES["kubo-v1"])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="pipe is no file or folder"):
        import_path(tmp_path, PROFILES["kubo-v1"])


def test_an_empty_folder_has_the_well_known_cid_and_hidden_files_count(tmp_path):
    empty = import_path(tmp_path, PROFILES["kubo-v1"]).cid
    assert str(empty) == "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
    (tmp_path / ".hidden").write_bytes(b"")
    assert import_path(tmp_path, PROFILES["kubo-v1"]).cid != empty


@given(st.integers(1, 300), st.integers(2, 5))
def test_blocks_come_children_first_and_their_sizes_add_up(size, width):
    order = []
    profile = Profile("tiny", 4, width, size_by_block=False)
    content = b"".join(i.to_bytes(4, "big") for i in range(size))  # no two leaves are one block
    entry = import_file(io.BytesIO(content), profile, lambda *block: order.append(block))
    seen = set()
    for cid, block in order:
        assert {link.cid for link in dag.links(cid, block)} <= seen
        seen.add(cid)
    assert order[-1][0] == entry.cid
    assert entry.dag_size == sum(len(block) for _, block in order)


def test_names_whose_hashes_differ_in_the_last_byte_only_are_kept_apart(monkeypatch):
    """Collisions of murmur3 can be crafted; here the hash itself is made to collide, nearly."""
    monkeypatch.setattr(mmh3, "hash64", lambda name, **_: (int(name[-4:]) % 256, 0))
    blocks, profile = {}, Profile("always sharded", 9, 9, size_by_block=False)
    names = [f"{i:04096d}" for i in range(200)]
    files = entries(dict.fromkeys(names, b""), profile)
    root = import_directory(files, profile, blocks.__setitem__).cid
    assert len(blocks) == 8
    assert sorted(dag.list_directory(root, blocks.__getitem__)) == names
    assert dag.resolve(root, names[-1], blocks.__getitem__) == files[names[-1]].cid


def test_names_with_one_hash_are_refused_and_none_is_lost(monkeypatch):
    monkeypatch.setattr(mmh3, "hash64", lambda *_, **__: (7, 0))
    files = entries({f"{i:028d}": b"" for i in range(5000)}, PROFILES["kubo-v1"])
    with pytest.raises(ConfigError, match="have one hash"):
        import_directory(files, PROFILES["kubo-v1"])
