"""nftforge.ipfs.serve over real HTTP, read back by nftforge.ipfs.gateway and by npm's ipfs-car."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.faults import Faults, says, serve, slow_loris, status, truncate
from support.hostile import Dag
from support.ipfs_node import ipfs_car
from support.raw_http import get as get_raw
from support.raw_http import running

from nftforge.core.errors import MismatchError, PendingError
from nftforge.core.retry import Patience
from nftforge.ipfs import dag
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.car import read_car
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.gateway import Gateway, is_announced
from nftforge.ipfs.serve import GatewayServer
from nftforge.ipfs.service import Service
from nftforge.ipfs.unixfs import PROFILES, import_path

KUBO = PROFILES["kubo-v1"]
QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, give_up_s=0.5, stall_s=20)
MP4 = b"\0\0\0\x18ftypmp42" + os.urandom(900_000)


@contextmanager
def serving(get):
    server = GatewayServer(get, 0)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """(blocks, the folder's CID, the folder)"""
    folder = tmp_path_factory.mktemp("served") / "folder"
    (folder / "many").mkdir(parents=True)
    (folder / "1.json").write_text('{"name": "Größe"}')
    (folder / "video.mp4").write_bytes(MP4)
    (folder / "a <b>.svg").write_text("<svg/>")
    for number in range(7000):  # enough to be sharded
        (folder / "many" / f"{number:05}.json").write_text(str(number))
    blocks = {}
    return blocks, import_path(folder, KUBO, blocks.__setitem__).cid, folder


def get_from(blocks):
    def get(cid):
        if cid not in blocks:
            raise MismatchError(f"the block {cid} is not here")
        return blocks[cid]

    return get


@pytest.fixture(scope="module")
def gateway(stored):
    with serving(get_from(stored[0])) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_a_path_leads_to_a_file_with_its_type(gateway, stored):
    root = stored[1]
    for path, kind, body in (
        ("1.json", "application/json", '{"name": "Größe"}'.encode()),
        ("video.mp4", "video/mp4", MP4),
        ("a%20%3Cb%3E.svg", "image/svg+xml", b"<svg/>"),
        ("many/06999.json", "application/json", b"6999"),
    ):
        answer = gateway.get(f"/ipfs/{root}/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.content == body
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"GIF89a...", "image/gif"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b'\n{"a": 1}', "application/json"),
        (b"just bytes", "application/octet-stream"),
    ],
)
def test_a_file_without_a_name_has_a_type_too(start, kind):
    cid = Cid.of(RAW, start)
    with serving(get_from({cid: start})) as url:
        assert httpx.get(f"{url}/ipfs/{cid}").headers["content-type"] == kind


@given(first=st.integers(0, 900_020), length=st.integers(0, 600_000), tail=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_range_of_a_video_is_those_bytes(gateway, stored, first, length, tail):
    asked = f"bytes=-{length}" if tail else f"bytes={first}-{first + length}"
    answer = gateway.get(f"/ipfs/{stored[1]}/video.mp4", headers={"Range": asked})
    expected = MP4[len(MP4) - length :] if tail else MP4[first : first + length + 1]
    if (tail and length == 0) or (not tail and first >= len(MP4)):
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{len(MP4)}"
    else:
        assert answer.status_code == 206 and answer.content == expected
        start = len(MP4) - len(expected) if tail else first
        named = f"bytes {start}-{start + len(expected) - 1}/{len(MP4)}"
        assert answer.headers["content-range"] == named


def test_a_range_reads_only_the_blocks_that_hold_it(stored):
    read = []

    def get(cid):
        read.append(cid)
        return stored[0][cid]

    video = dag.resolve(stored[1], "video.mp4", stored[0].__getitem__)
    assert b"".join(dag.read_file(video, get, 300_000, 300_010)) == MP4[300_000:300_010]
    assert len(read) == 2  # the root and one of four


def test_the_block_itself(gateway, stored):
    root = stored[1]
    by_query = gateway.get(f"/ipfs/{root}?format=raw")
    by_header = gateway.get(f"/ipfs/{root}", headers={"Accept": "application/vnd.ipld.raw"})
    for answer in (by_query, by_header):
        assert answer.content == stored[0][root]
        assert answer.headers["content-type"] == "application/vnd.ipld.raw"
    unchanged = gateway.get(
        f"/ipfs/{root}?format=raw", headers={"If-None-Match": by_query.headers["etag"]}
    )
    assert unchanged.status_code == 304 and not unchanged.content
    head = gateway.head(f"/ipfs/{root}?format=raw")
    assert head.headers["content-length"] == str(len(stored[0][root])) and not head.content


def cars(client, target):
    answer = client.get(target)
    assert answer.headers["content-type"].startswith("application/vnd.ipld.car; version=1")
    import io

    roots, blocks = read_car(io.BytesIO(answer.content))
    return roots, [cid for cid, _ in blocks]


def test_a_car_holds_what_its_scope_says_and_the_way_there(gateway, stored):
    blocks, root, _ = stored
    many = dag.resolve(root, "many", blocks.__getitem__)
    file = dag.resolve(root, "many/00001.json", blocks.__getitem__)
    roots, everything = cars(gateway, f"/ipfs/{root}?format=car")
    assert roots == [root] and set(everything) == set(blocks)
    _, entity = cars(gateway, f"/ipfs/{root}/many?format=car&dag-scope=entity")
    shards = {cid for cid, _ in dag.walk_directory(many, blocks.__getitem__)}
    assert set(entity) == {root} | shards
    _, block = cars(gateway, f"/ipfs/{root}/many?format=car&dag-scope=block")
    assert block == [root, many]
    _, path = cars(gateway, f"/ipfs/{root}/many/00001.json?format=car")
    assert path[0] == root and path[-1] == file and set(path) <= {root, file} | shards


@pytest.mark.ipfs
def test_ipfs_car_unpacks_what_it_serves(gateway, stored, tmp_path):
    _, root, folder = stored
    (tmp_path / "out.car").write_bytes(gateway.get(f"/ipfs/{root}?format=car").content)
    ipfs_car("unpack", tmp_path / "out.car", "--output", tmp_path / "out")
    for name in ("1.json", "video.mp4", "many/00042.json"):
        assert (tmp_path / "out" / name).read_bytes() == (folder / name).read_bytes()


def test_a_directory_is_listed_and_names_are_escaped(gateway, stored):
    answer = gateway.get(f"/ipfs/{stored[1]}")
    assert answer.headers["content-type"].startswith("text/html")
    assert "a &lt;b&gt;.svg" in answer.text and "<b>" not in answer.text
    assert answer.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/", 404),
        ("/ipfs/", 404),
        ("/ipfs/nonsense", 400),
        ("/ipfs/bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4", 404),
        ("/ipfs/{root}/missing.json", 404),
        ("/ipfs/{root}?format=tar", 400),
        ("/../etc/passwd", 404),
    ],
)
def test_what_is_not_there_is_said_so(gateway, stored, target, code):
    assert gateway.get(target.format(root=stored[1])).status_code == code


def test_a_page_from_elsewhere_cannot_reach_it(gateway, stored):
    answer = gateway.get(f"/ipfs/{stored[1]}", headers={"Host": "evil.example"})
    assert answer.status_code == 403


def test_a_block_that_is_damaged_ends_the_answer_before_it_lies(tmp_path):
    blocks = Blockstore(tmp_path / "blocks")
    path = tmp_path / "video.mp4"
    path.write_bytes(MP4)
    cid = import_path(path, KUBO, blocks.put).cid
    leaf = dag.links(cid, blocks.get(cid))[2].cid
    (damaged,) = (tmp_path / "blocks").rglob(f"{leaf}.block")
    damaged.write_bytes(b"other bytes")
    with serving(blocks.get) as url, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{url}/ipfs/{cid}")


# --- what an enemy asks, and what one has pinned -------------------------------------------------


@pytest.fixture
def server(stored):
    with running(GatewayServer(get_from(stored[0]), 0)) as server:
        yield server


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/ipfs/{root}/video.mp4", ["Range: bytes=0-" + "9" * 5000], 200),
        ("/ipfs/{root}/video.mp4", ["Range: bytes=" + "9" * 5000 + "-"], 200),
        ("/ipfs/{root}/video.mp4", ["Range: bytes=9-0"], 200),
        ("/ipfs/{root}/video.mp4", ["Range: bytes=0-1", "Range: bytes=2-3"], 200),
        ("/ipfs/{root}/video.mp4", ["Host: evil.example"], 400),
        ("//[", [], 400),
        ("/ipfs/{root}/[::1", [], 404),
        ("/ipfs/{root}/%ff%fe", [], 404),
        ("/ipfs/{root}/%ED%A0%80", [], 404),
        ("/ipfs/{root}/%00", [], 404),
        ("/ipfs/{root}/many/%00%ff", [], 404),
        ("/ipfs/{root}/" + "a/" * 5000, [], 404),
        ("/ipfs/" + "z" * 9000, [], 400),
        ("/ipfs/{root}?format=" + "%ff" * 100, [], 400),
        ("/ipfs/{root}?dag-scope=%0d%0aX-Evil:1&format=car", [], 400),
        ("/ipfs/{root}/%0d%0aX-Evil:%201", [], 404),
    ],
)
def test_no_request_makes_it_print_a_traceback(server, stored, capfd, target, headers, status):
    got, head, _ = get_raw(server, target.format(root=stored[1]), *headers)
    assert got == status and b"X-Evil" not in head
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("claimed", [0, 1, 9, 11, 1 << 62])
def test_a_file_that_lies_about_its_length_never_sends_more_than_content_length(claimed, capfd):
    made = Dag()
    root = made.file([(made.lying(claimed, b"0123456789"), claimed)])
    with running(GatewayServer(get_from(made.blocks), 0)) as server:
        _, head, body = get_raw(server, f"/ipfs/{root}")
        assert len(body) <= claimed or b" 404 " in head
        status, head, body = get_raw(server, f"/ipfs/{root}", "Range: bytes=0-8")
        assert len(body) <= min(claimed, 9) or status in (404, 416)
    assert capfd.readouterr().err == ""


def test_folders_that_unfold_without_end_are_refused_in_words(capfd):
    made = Dag()
    with running(GatewayServer(get_from(made.blocks), 0)) as server:
        status, _, body = get_raw(server, f"/ipfs/{made.wide_shards()}")
        assert status == 404 and b"is made of more than" in body
        status, _, body = get_raw(
            server, f"/ipfs/{made.deep_shards(3000)}?format=car&dag-scope=entity"
        )
        assert status == 200 and not body.endswith(b"0\r\n\r\n")  # it breaks off
    assert capfd.readouterr().err == ""


# --- reading through gateways that lie ----------------------------------------------------------


@contextmanager
def through(stored, *faults):
    """A gateway's reader, with faults before a good gateway."""
    with serving(get_from(stored[0])) as url:
        proxy = Faults(url)
        for fault in faults:
            proxy.next("GET", "/ipfs/", fault, times=10_000)
        with proxy.running() as spoiled:
            yield Gateway(Service("gateway", spoiled, patience=QUICK))


def test_everything_comes_back_and_hashes_right(stored):
    with through(stored) as gateway:
        video = dag.resolve(stored[1], "video.mp4", gateway.get)
        assert b"".join(dag.read_file(video, gateway.get)) == MP4


def flipped(go_on, request):
    answer = go_on(request)
    return type(answer)(200, bytes([answer.body[0] ^ 1]) + answer.body[1:], answer.headers)


def shortened(go_on, request):
    answer = go_on(request)
    return type(answer)(200, answer.body[:-1], answer.headers)


@pytest.mark.parametrize(
    ("fault", "fact"),
    [
        (flipped, "that are not baf"),
        (shortened, "that are not baf"),
        (says(b"", "application/vnd.ipld.raw"), "answered 0 bytes that are not"),
        (says(b"<!doctype html><p>Checking your browser", "text/html"), "an HTML page"),
    ],
)
def test_a_gateway_that_lies_is_caught(stored, fault, fact):
    with through(stored, fault) as gateway, pytest.raises(MismatchError, match=fact):
        gateway.get(stored[1])


@pytest.mark.parametrize("fault", [status(404), status(410), status(504), status(429), truncate])
def test_what_does_not_come_is_pending_and_no_lie(stored, fault):
    with through(stored, fault) as gateway, pytest.raises(PendingError):
        gateway.get(stored[1])


def test_a_gateway_that_never_answers_is_not_asked_for_ever(stored):
    patience = Patience(first_wait_s=0.01, give_up_s=0.1, stall_s=0.3)
    with serving(get_from(stored[0])) as url:
        proxy = Faults(url)
        proxy.next("GET", "/ipfs/", slow_loris, times=10_000)
        with proxy.running() as slow:
            gateway = Gateway(Service("gateway", slow, patience=patience))
            for cid in list(stored[0])[:20]:
                with pytest.raises(PendingError):
                    gateway.get(cid)
        assert len(proxy.seen) < 10


def test_announced_means_that_somebody_says_to_have_it():
    cid = Cid.of(RAW, b"x")
    answers = {
        "somebody": says(json.dumps({"Providers": [{"Schema": "peer", "ID": "12D3"}]}).encode()),
        "nobody": says(b'{"Providers": null}'),
        "unknown": status(404),
    }
    for fault, expected in zip(answers.values(), (True, False, False), strict=True):
        with serve(lambda request, fault=fault: fault(None, request)) as url:
            assert is_announced(Service("routing", url, patience=QUICK), cid) is expected
