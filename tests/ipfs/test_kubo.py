"""nftforge.ipfs.kubo against a real node (js-ipfs), with a fault-injecting proxy in front of it."""

from __future__ import annotations

import base64
import os
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.faults import (
    HTML,
    WRONG_SCHEMA,
    Faults,
    Response,
    as_json,
    half_json,
    lose_answer,
    other_cid,
    reset_upload,
    serve,
    slow_loris,
    status,
    truncate,
)
from support.ipfs_node import ipfs_node

from nftforge.core.errors import MismatchError, MissingError, ServiceError
from nftforge.core.retry import Patience
from nftforge.ipfs.backend import Pinnable, PinState
from nftforge.ipfs.kubo import KuboBackend
from nftforge.ipfs.service import Service
from nftforge.ipfs.unixfs import PROFILES, import_path

pytestmark = pytest.mark.ipfs

KUBO = PROFILES["kubo-v1"]
QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, give_up_s=60, stall_s=30)
ABSENT, PINNED = PinState.ABSENT, PinState.PINNED


@pytest.fixture(scope="module")
def node():
    with ipfs_node() as url:
        yield url


@pytest.fixture
def proxied(node):
    """(a back-end, the faults between it and the node)"""
    with kubo(node) as made:
        yield made


@contextmanager
def kubo(upstream, profile=KUBO, patience=QUICK):
    faults = Faults(upstream)
    with faults.running() as url:
        yield KuboBackend(Service("kubo", url, patience=patience), profile), faults


@pytest.fixture
def item(tmp_path):
    path = tmp_path / "painting.gif"
    path.write_bytes(os.urandom(700_000))
    return Pinnable("one/painting.gif", import_path(path, KUBO), path)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "files"
    for name in ("1", "2.json", "deep/er/3.json"):  # names of one letter, which js-ipfs loses
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(os.urandom(20))
    return Pinnable("tokens 1-3", import_path(root, KUBO), root)


def pin(backend, item):
    sent = []
    return backend.pin(item, sent.append), sum(sent)


def held(backend, item):
    return backend.states([item.entry.cid])[item.entry.cid]


def test_a_file_is_chunked_by_the_node_and_has_our_cid(proxied, item):
    backend, faults = proxied
    backend.prove()
    assert held(backend, item) is ABSENT
    assert pin(backend, item) == (PINNED, item.entry.size)
    assert held(backend, item) is PINNED
    (request,) = [r for r in faults.seen if r.path == "/api/v0/add"]
    for said in ("cid-version=1", "raw-leaves=true", "chunker=size-262144", "pin=true"):
        assert said in request.query
    assert {r.method for r in faults.seen} == {"POST"}


def test_a_folder_arrives_whole_as_a_car(proxied, folder):
    backend, faults = proxied
    assert pin(backend, folder)[0] is PINNED
    assert held(backend, folder) is PINNED
    assert faults.count("POST", "/api/v0/dag/import") == 1


def test_a_profile_the_node_does_not_chunk_by_arrives_as_a_car(node, tmp_path):
    profile = PROFILES["unixfs-v1-2025"]
    path = tmp_path / "big"
    path.write_bytes(os.urandom(2_500_000))
    item = Pinnable("big", import_path(path, profile), path)
    with kubo(node, profile) as (backend, _):
        assert pin(backend, item)[0] is PINNED
        assert held(backend, item) is PINNED


def test_many_are_looked_up_in_one_list(proxied, item, folder, monkeypatch):
    backend, faults = proxied
    pin(backend, item)
    monkeypatch.setattr("nftforge.ipfs.kubo.FEW", 1)
    faults.seen.clear()
    states = backend.states([item.entry.cid, folder.entry.cid])
    assert states == {item.entry.cid: PINNED, folder.entry.cid: ABSENT}
    assert len(faults.seen) == 1


def test_an_empty_node_holds_nothing(item, monkeypatch):
    with ipfs_node() as url:
        backend = KuboBackend(Service("kubo", url), KUBO)
        assert held(backend, item) is ABSENT
        monkeypatch.setattr("nftforge.ipfs.kubo.FEW", 0)  # asked for as a list, which is empty
        assert held(backend, item) is ABSENT


PASSING = {
    "429": status(429, Retry_After="0"),
    "500 on the way": status(500, b"Internal Server Error"),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "reset in the upload": reset_upload,
    "HTML": HTML,
    "wrong schema": WRONG_SCHEMA,
    "nothing": status(200),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_passes_is_waited_out(proxied, item, fault):
    backend, faults = proxied
    faults.next("POST", "/api/v0/add", fault)
    assert pin(backend, item) == (PINNED, item.entry.size)


def test_an_answer_that_trickles_in_is_left_behind(node, item):
    with kubo(node, patience=replace(QUICK, stall_s=4)) as (backend, faults):
        faults.next("POST", "/api/v0/add", slow_loris)
        assert pin(backend, item) == (PINNED, item.entry.size)


@pytest.mark.parametrize("fault", [lose_answer, truncate, half_json])
@pytest.mark.parametrize("name", ["item", "folder"])
def test_an_answer_lost_after_the_upload_is_not_sent_again(proxied, fault, name, request):
    backend, faults = proxied
    thing = request.getfixturevalue(name)
    path = "/api/v0/add" if name == "item" else "/api/v0/dag/import"
    faults.next("POST", path, fault)
    assert pin(backend, thing)[0] is PINNED
    assert faults.count("POST", path) == 1


def test_another_cid_is_an_error_with_both(proxied, item):
    backend, faults = proxied
    wrong = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    faults.next("POST", "/api/v0/add", other_cid(wrong))
    with pytest.raises(MismatchError) as error:
        pin(backend, item)
    assert wrong in str(error.value) and str(item.entry.cid) in str(error.value)


def test_a_command_that_fails_is_told_with_the_nodes_own_words_and_not_repeated(proxied, item):
    backend, faults = proxied
    said = b'{"Message":"no space left on device","Code":0,"Type":"error"}'
    faults.next("POST", "/api/v0/add", status(500, said), 99)
    with pytest.raises(ServiceError, match=r"refused: 500 .no space left on device"):
        pin(backend, item)
    assert faults.count("POST", "/api/v0/add") == 1


def test_an_error_in_the_last_line_is_no_success(node, item):
    line = b'{"Name":"x","Hash":"%s"}\n{"Message":"gone","Type":"error"}\n'
    fault = status(200, line % str(item.entry.cid).encode())
    with kubo(node, patience=replace(QUICK, give_up_s=1)) as (backend, faults):
        faults.next("POST", "/api/v0/add", fault, times=10_000)
        with pytest.raises(ServiceError, match="failed half-way: gone"):
            pin(backend, item)


def test_a_node_that_is_not_there_says_where_it_was_looked_for(item, monkeypatch):
    monkeypatch.setattr("nftforge.ipfs.service.UNREACHABLE_S", 1.0)
    backend = KuboBackend(Service("kubo", "http://user:pw@127.0.0.1:1", patience=QUICK), KUBO)
    with pytest.raises(ServiceError, match="cannot be reached: nothing listens there;") as error:
        backend.prove()
    assert "Errno" not in str(error.value) and "online" in error.value.hint
    assert "http://127.0.0.1:1" in str(error.value) and "pw" not in str(error.value)


def test_a_host_that_does_not_exist_is_said_so(item, monkeypatch):
    monkeypatch.setattr("nftforge.ipfs.service.UNREACHABLE_S", 1.0)
    backend = KuboBackend(Service("kubo", "http://nowhere.invalid", patience=QUICK), KUBO)
    with pytest.raises(
        ServiceError, match=r"kubo \(http://nowhere.invalid\) cannot be reached"
    ) as e:
        backend.prove()
    assert "host" in e.value.fact and "Errno" not in e.value.fact


def test_tls_that_fails_is_not_tried_again(item):
    with serve(lambda request: as_json({"Version": "1"})) as url:
        service = Service("kubo", url.replace("http:", "https:"), patience=QUICK)
        with pytest.raises(ServiceError, match=r"SSL.*; tried once"):
            KuboBackend(service, KUBO).prove()


def test_what_is_no_node_is_said_so(monkeypatch):
    with serve(lambda request: as_json({"hello": "world"})) as url:
        patience = Patience(first_wait_s=0.01, give_up_s=0.1)
        with pytest.raises(ServiceError, match="is no IPFS node"):
            KuboBackend(Service("kubo", url, patience=patience), KUBO).prove()


@pytest.mark.parametrize("way", ["bearer", "basic"])
def test_a_user_and_password_or_a_token_let_us_in_and_stay_hidden(way):
    expected = {
        "bearer": "Bearer s3cret",
        "basic": "Basic " + base64.b64encode(b"user:s3cret").decode(),
    }[way]

    def guard(request):
        if request.headers.get("authorization") != expected:
            return Response(401, b"who is s3cret?")
        return as_json({"Version": "0.40.0"})

    with serve(guard) as url:
        userinfo = url.replace("http://", "http://user:s3cret@")
        good = (
            Service("kubo", url, secret="s3cret") if way == "bearer" else Service("kubo", userinfo)
        )
        KuboBackend(good, KUBO).prove()
        bad = Service("kubo", url.replace("http://", "http://user:other@"), key_hint="check .env")
        with pytest.raises(MissingError, match="refused: 401") as error:
            KuboBackend(bad, KUBO).prove()
    assert "other" not in str(error.value) and "check .env" in str(error.value)


@given(st.binary(max_size=600_000) | st.integers(1, 700_000).map(os.urandom))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_file_has_the_cid_that_the_node_gives(node, tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content)
    item = Pinnable("any", import_path(path, KUBO), path)
    assert pin(KuboBackend(Service("kubo", node), KUBO), item)[0] is PINNED
