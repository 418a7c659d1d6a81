import io
import json
from pathlib import Path

import aleph_cid
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ipfs_tools import Oracle

from nftforge.errors import ConfigError, MismatchError
from nftforge.ipfs import dag
from nftforge.ipfs.cid import DAG_PB, RAW, Cid
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
    running = Oracle()
    yield running
    running.close()


@pytest.mark.ipfs
@given(tree=TREES, chunk=st.integers(1, 64), width=st.integers(2, 5))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_trees_agree_with_the_npm_importer(oracle, tree, chunk, width):
    profile = Profile("kubo-v1", chunk, width, size_by_block=False)
    rooted = {f"root/{path}": data for path, data in tree.items()}
    ours = _import_tree(rooted, profile)
    assert str(ours) == oracle.cid(rooted, "kubo-v1", chunk, width)


def _import_tree(files, profile):
    def build(prefix):
        inside = {}
        for path, data in files.items():
            if path.startswith(prefix):
                head, slash, _ = path[len(prefix) :].partition("/")
                if not slash:
                    inside[head] = import_file(io.BytesIO(data), profile)
                elif head not in inside:
                    inside[head] = build(f"{prefix}{head}/")
        return import_directory(inside, profile)

    return build("root/").cid


@pytest.mark.ipfs
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("extra", [-1, 0, 1, 2])
def test_directories_are_sharded_at_the_same_size_as_the_npm_importer(oracle, profile, extra):
    """4,096 names of 28 letters weigh 4,096 * (28 + 36) = 262,144 bytes: exactly the limit."""
    chosen = PROFILES[profile]
    per_link = 64 if profile == "kubo-v1" else 74
    count = 262_144 // per_link
    names = [f"{i:028d}" for i in range(count)]
    names[0] += "x" * max(0, 262_144 - count * per_link + extra)
    if extra < 0:
        names[0] = names[0][: 28 + extra + 262_144 - count * per_link]
    files = {f"root/{name}": b"" for name in names}
    ours = import_directory(entries(dict.fromkeys(names, b""), chosen), chosen)
    assert str(ours.cid) == oracle.cid(files, profile, chosen.chunk_size, chosen.width)


@given(st.binary(max_size=2000))
def test_files_agree_with_aleph_cid(data):
    hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    hasher.update(data)
    ours = import_file(io.BytesIO(data), PROFILES["kubo-v1"])
    assert str(ours.cid) == hasher.finalize()


def test_folders_on_disk_agree_with_aleph_cid(tmp_path):
    for name, data in {"a.txt": b"a", "deep/er/b.bin": bytes(300_000), "deep/c": b""}.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    ours = import_path(tmp_path / "folder", PROFILES["kubo-v1"])
    assert str(ours.cid) == aleph_cid.hash_folder(tmp_path / "folder")


@given(data=st.binary(max_size=3000), chunk=st.integers(1, 50), width=st.integers(2, 4))
def test_what_went_in_comes_out(data, chunk, width):
    blocks = {}
    profile = Profile("tiny", chunk, width, size_by_block=False)
    entry = import_file(io.BytesIO(data), profile, blocks.__setitem__)
    assert b"".join(dag.read_file(entry.cid, blocks.__getitem__)) == data
    assert entry.size == len(data)
    walked = list(dag.walk(entry.cid, blocks.__getitem__))
    assert {cid for cid, _ in walked} == set(blocks) and len(walked) == len(blocks)
    assert all(Cid.of(cid.codec, block) == cid for cid, block in walked)


@pytest.mark.parametrize("count", [3, 7000])
def test_directories_can_be_listed_and_followed(count):
    blocks = {}
    profile = PROFILES["kubo-v1"]
    names = [f"{i:06d}.json" for i in range(count)]
    files = {
        name: import_file(io.BytesIO(name.encode()), profile, blocks.__setitem__) for name in names
    }
    inner = import_directory(files, profile, blocks.__setitem__)
    root = import_directory({"inside": inner}, profile, blocks.__setitem__)
    assert sorted(dag.list_directory(inner.cid, blocks.__getitem__)) == names
    found = dag.resolve(root.cid, f"inside/{names[1]}", blocks.__getitem__)
    assert b"".join(dag.read_file(found, blocks.__getitem__)) == names[1].encode()
    with pytest.raises(MismatchError, match="there is no 'none'"):
        dag.resolve(root.cid, "inside/none", blocks.__getitem__)


@given(st.binary(max_size=200))
def test_any_bytes_as_a_block_are_read_or_refused(block):
    cid = Cid.of(DAG_PB, block)
    for read in (
        lambda: list(dag.read_file(cid, lambda _: block, 60)),
        lambda: dag.list_directory(cid, lambda _: block),
    ):
        try:
            read()
        except MismatchError:
            continue


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_names_that_are_no_names_are_refused(name):
    with pytest.raises(ConfigError):
        import_directory(
            {name: import_file(io.BytesIO(b""), PROFILES["kubo-v1"])}, PROFILES["kubo-v1"]
        )


def test_symbolic_links_are_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="symbolic link"):
        import_path(tmp_path, PROFILES["kubo-v1"])


@given(st.binary(min_size=32, max_size=32), st.sampled_from([RAW, DAG_PB]))
def test_cids_read_back_from_text_and_bytes(digest, codec):
    cid = Cid(codec, digest)
    assert Cid.parse(str(cid)) == cid and Cid.from_bytes(cid.to_bytes()) == cid


def test_other_spellings_of_a_cid_are_the_same_cid():
    cid = Cid.parse("bafybeiftikrcddfuv2mjjqon63pe5aap2sz3xstlynzi47ctd5v3svtsdq")
    assert Cid.parse("f01701220" + cid.digest.hex()) == cid
    assert Cid.parse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn").codec == DAG_PB


@pytest.mark.parametrize(
    "text", ["", "b", "hello", "bafy", "Qm" + "0" * 44, "z" * 200, "bafyrei" + "a" * 52]
)
def test_what_is_no_cid_is_refused_with_the_text(text):
    with pytest.raises(ConfigError, match="is no CID"):
        Cid.parse(text)
