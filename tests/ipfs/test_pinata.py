"""nftforge.ipfs.pinata against an in-process Pinata that follows its documentation, with faults."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from support.fake_pinata import READ, FakePinata, jwt
from support.faults import (
    HTML,
    WRONG_SCHEMA,
    Faults,
    half_json,
    lose_answer,
    other_cid,
    reset_upload,
    slow_loris,
    status,
    truncate,
)

from nftforge.core.errors import MismatchError, MissingError, ServiceError
from nftforge.core.retry import Patience
from nftforge.ipfs.backend import Pinnable, PinState
from nftforge.ipfs.pinata import PinataBackend, PinataOptions, key_expiry
from nftforge.ipfs.service import Service
from nftforge.ipfs.unixfs import PROFILES, import_path

KUBO = PROFILES["kubo-v1"]
QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, give_up_s=60, stall_s=30)
PIECES = PinataOptions(resumable_from=300_000, piece=100_000)
ABSENT, PENDING, PINNED = PinState.ABSENT, PinState.PENDING, PinState.PINNED


@contextmanager
def pinata(tmp_path, fake=None, key=None, options=PIECES, profile=KUBO, patience=QUICK, **more):
    """(a back-end, the fake behind it, the faults between them)"""
    fake = fake or FakePinata()
    faults = Faults(fake)
    key = key or jwt()
    with faults.running() as url:
        service = Service("pinata", url, secret=key, patience=patience, **more)
        backend = PinataBackend(
            service, url, profile, tmp_path / "uploads", options, key_expiry(key)
        )
        yield backend, fake, faults


@pytest.fixture
def item(tmp_path):
    return file_item(tmp_path, "painting.gif", 120_000)


@pytest.fixture
def large(tmp_path):
    return file_item(tmp_path, "painting.mp4", 350_000)


def file_item(tmp_path, name, size, profile=KUBO):
    path = tmp_path / name
    path.write_bytes(os.urandom(size))
    return Pinnable(f"one/{name}", import_path(path, profile), path)


def folder_item(tmp_path, count=12, profile=KUBO):
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.json").write_text(json.dumps({"name": f"Nº {number}"}))
    return Pinnable("tokens 1-12", import_path(folder, profile), folder)


def pin(backend, item):
    sent = []
    return backend.pin(item, sent.append), sum(sent)


def held(backend, *items):
    states = backend.states([item.entry.cid for item in items])
    return [states[item.entry.cid] for item in items]


def test_a_file_is_sent_once_public_and_found_by_its_cid(tmp_path, item):
    options = replace(PIECES, group="group-1", keyvalues={"collection": "SML"})
    with pinata(tmp_path, options=options) as (backend, fake, _faults):
        assert held(backend, item) == [ABSENT]
        assert pin(backend, item) == (PINNED, item.entry.size)
        assert held(backend, item) == [PINNED]
        (stored,) = fake.files
    assert (stored.network, stored.group_id) == ("public", "group-1")
    assert stored.keyvalues == {"collection": "SML"}
    assert (stored.name, stored.mime_type) == ("one/painting.gif", "image/gif")
    assert (stored.cid, stored.size) == (str(item.entry.cid), 120_000)


def test_an_upload_has_the_documented_fields_and_no_others(tmp_path, item):
    options = replace(PIECES, group="g", keyvalues={"a": "b"})
    with pinata(tmp_path, options=options) as (backend, _, faults):
        pin(backend, item)
        (request,) = [r for r in faults.seen if r.method == "POST"]
    assert request.path == "/v3/files"
    assert request.headers["authorization"] == f"Bearer {jwt()}"
    head = request.body[:2000]
    for name, value in {
        "network": "public",
        "name": "one/painting.gif",
        "cid_version": "v1",
        "group_id": "g",
        "keyvalues": '{"a": "b"}',
    }.items():
        part = f'form-data; name="{name}"\r\n\r\n{value}\r\n'
        assert part.encode() in head
    assert request.body.count(b"form-data; name=") == 6  # these and the file


def test_a_duplicate_is_fine(tmp_path, item):
    with pinata(tmp_path) as (backend, fake, _):
        pin(backend, item)
        assert pin(backend, item)[0] is PINNED
        assert fake.stored == 1


def test_a_folder_goes_through_the_legacy_endpoint_and_is_found_there(tmp_path):
    folder = folder_item(tmp_path)
    with pinata(tmp_path) as (backend, fake, faults):
        assert held(backend, folder) == [ABSENT]
        assert pin(backend, folder) == (PINNED, folder.entry.size)
        assert held(backend, folder) == [PINNED]
        assert fake.folders[0].cid == str(folder.entry.cid)
        assert fake.folders[0].name == "tokens 1-12"
        assert faults.count("POST", "/v3/files") == 0


def test_a_folder_of_more_files_than_can_be_open_is_one_upload(tmp_path):
    import resource

    folder = folder_item(tmp_path, 300)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, before[1]))
    try:
        with pinata(tmp_path) as (backend, _fake, _):
            assert pin(backend, folder)[0] is PINNED
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_large_file_goes_in_pieces_and_answers_its_cid(tmp_path, large):
    with pinata(tmp_path) as (backend, fake, faults):
        assert pin(backend, large) == (PINNED, large.entry.size)
        assert faults.count("PATCH", "/v3/files/tus/") == 4
        (stored,) = fake.files
    assert (stored.cid, stored.network) == (str(large.entry.cid), "public")
    assert (stored.name, stored.mime_type) == ("one/painting.mp4", "video/mp4")


@pytest.mark.parametrize("fault", [reset_upload, lose_answer, status(503), truncate])
def test_a_broken_piece_is_taken_up_where_it_stopped(tmp_path, large, fault):
    with pinata(tmp_path) as (backend, fake, faults):
        faults.next("PATCH", "/v3/files/tus/", fault)
        assert pin(backend, large) == (PINNED, large.entry.size)
        sent = sum(len(r.body) for r in faults.seen if r.method == "PATCH")
    assert sent <= large.entry.size + 100_000  # at most the one piece twice
    assert len(fake.uploads) == 1


def test_killed_in_the_middle_another_process_goes_on_from_there(tmp_path, large):
    def die(count):
        die.sent += count
        if die.sent > 250_000:
            raise KeyboardInterrupt

    die.sent = 0
    with pinata(tmp_path) as (backend, fake, faults):
        with pytest.raises(KeyboardInterrupt):
            backend.pin(large, die)
        faults.seen.clear()
        assert pin(again(backend), large) == (PINNED, large.entry.size)
        sent = sum(len(r.body) for r in faults.seen if r.method == "PATCH")
    assert sent <= 150_000
    assert len(fake.uploads) == 1
    assert not list((tmp_path / "uploads").iterdir())


def again(backend):
    """The back-end as another process makes it: what it knows is on the disk."""
    url = backend.where
    service = Service("pinata", url, secret=jwt(), patience=QUICK)
    return PinataBackend(service, url, KUBO, backend._folder, PIECES)


def test_an_upload_that_the_service_forgot_is_begun_anew(tmp_path, large):
    fake = FakePinata()
    with pinata(tmp_path, fake) as (backend, _, faults):
        faults.next("PATCH", "/v3/files/tus/", status(400, b'{"error":"no"}'))
        with pytest.raises(ServiceError):
            pin(backend, large)
        fake.uploads.clear()
        assert pin(backend, large) == (PINNED, large.entry.size)


def test_the_last_answer_lost_the_cid_is_looked_up(tmp_path, large):
    with pinata(tmp_path) as (backend, _fake, faults):
        for _ in range(3):
            faults.next("PATCH", "/v3/files/tus/", lambda go_on, request: go_on(request))
        faults.next("PATCH", "/v3/files/tus/", lose_answer)
        assert pin(backend, large)[0] is PINNED
        assert faults.count("PATCH", "/v3/files/tus/") == 4


# --- faults -------------------------------------------------------------------------------------

PASSING = {
    "429 with Retry-After": status(429, Retry_After="0"),
    "429 with X-RateLimit-Reset": status(429, X_RateLimit_Reset=str(int(time.time()))),
    "429 with nothing": status(429),
    "500": status(500, b"oops"),
    "502": status(502, b"<html>Bad gateway</html>"),
    "503": status(503),
    "504": status(504),
    "reset in the upload": reset_upload,
    "HTML": HTML,
    "wrong schema": WRONG_SCHEMA,
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_passes_is_waited_out(tmp_path, item, fault):
    with pinata(tmp_path) as (backend, fake, faults):
        faults.next("POST", "/v3/files", fault, times=2)
        assert pin(backend, item) == (PINNED, item.entry.size)
        assert fake.stored == 1


def test_an_answer_that_trickles_in_is_left_behind(tmp_path, item):
    with pinata(tmp_path, patience=replace(QUICK, stall_s=2)) as (backend, _, faults):
        faults.next("POST", "/v3/files", slow_loris)
        assert pin(backend, item) == (PINNED, item.entry.size)


@pytest.mark.parametrize("fault", [lose_answer, truncate, half_json])
@pytest.mark.parametrize("make", [file_item, folder_item], ids=["file", "folder"])
def test_an_answer_lost_after_the_upload_is_not_sent_again(tmp_path, fault, make):
    item = make(tmp_path, "a.gif", 1000) if make is file_item else make(tmp_path)
    path = "/v3/files" if make is file_item else "/pinning"
    with pinata(tmp_path) as (backend, fake, faults):
        faults.next("POST", path, fault)
        assert pin(backend, item)[0] is PINNED
        assert faults.count("POST", path) == 1 and fake.stored == 1


def test_another_cid_is_an_error_with_both(tmp_path, item, large):
    wrong = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    for thing, method in ((item, "POST"), (large, "PATCH")):
        with pinata(tmp_path) as (backend, _, faults):
            faults.next(
                method, "/v3/files/tus" if method == "PATCH" else "/v3/files", other_cid(wrong), 9
            )
            with pytest.raises(MismatchError) as error:
                pin(backend, thing)
        assert wrong in str(error.value) and str(thing.entry.cid) in str(error.value)


def test_a_service_that_stays_away_is_given_up_after_the_whole_time(tmp_path, item):
    clock = [0.0]

    def sleep(seconds):
        clock[0] += seconds

    options = {"patience": Patience(give_up_s=300), "clock": lambda: clock[0], "sleep": sleep}
    with pinata(tmp_path, **options) as (backend, _, faults):
        faults.next("POST", "/v3/files", status(503, b'{"error":"maintenance"}'), times=10_000)
        with pytest.raises(ServiceError) as error:
            pin(backend, item)
        tries = faults.count("POST", "/v3/files")
    assert 240 < clock[0] <= 300 and 10 < tries < 30
    assert f"503 (maintenance); tried {tries} times" in str(error.value)
    assert "run the same command" in str(error.value)


def test_a_wait_longer_than_our_patience_is_not_begun(tmp_path, item):
    with pinata(tmp_path) as (backend, _, faults):
        faults.next("POST", "/v3/files", status(429, Retry_After="3600"))
        with pytest.raises(ServiceError, match="asks to wait 3600 s"):
            pin(backend, item)


@pytest.mark.parametrize("headers", ["retry-after", "reset"])
def test_the_rate_limit_is_kept_when_the_service_names_it(tmp_path, headers):
    slept = []
    clock = [1_700_000_000.0]

    def sleep(seconds):
        slept.append(seconds)
        clock[0] += seconds

    fake = FakePinata(per_minute=3, headers=headers, clock=lambda: clock[0])
    patience = replace(QUICK, give_up_s=300)
    items = [file_item(tmp_path, f"{i}.gif", 100) for i in range(5)]
    with pinata(
        tmp_path, fake, patience=patience, sleep=sleep, now=lambda: clock[0], clock=lambda: clock[0]
    ) as (backend, _, faults):
        for item in items:
            assert pin(backend, item)[0] is PINNED
        refused = faults.count("POST", "/v3/files") - 5
    assert refused == 1 and 55 < sum(slept) < 65


def test_our_own_pace_stays_under_the_plans_limit(tmp_path):
    clock = [1_700_000_000.0]

    def sleep(seconds):
        clock[0] += seconds

    fake = FakePinata(per_minute=60, clock=lambda: clock[0])
    with pinata(tmp_path, fake, per_minute=60, sleep=sleep, clock=lambda: clock[0]) as (
        backend,
        _,
        faults,
    ):
        for i in range(70):
            assert pin(backend, file_item(tmp_path, f"{i}.gif", 10))[0] is PINNED
        assert faults.count("POST", "/v3/files") == 70


# --- keys, quotas, limits -----------------------------------------------------------------------


def test_a_good_key_is_proven_without_sending_anything(tmp_path):
    with pinata(tmp_path) as (backend, fake, faults):
        backend.prove()
        assert fake.stored == 0
        assert {r.path for r in faults.seen} == {"/v3/files/public", "/v3/files/sign"}


@pytest.mark.parametrize(
    ("scopes", "fact"),
    [((), "may not read files"), ((READ,), "may not write files: NO_SCOPES_FOUND")],
)
def test_a_key_that_may_too_little_is_found_out_before_the_first_upload(tmp_path, scopes, fact):
    with (
        pinata(tmp_path, key=jwt(scopes)) as (backend, _, _),
        pytest.raises(MissingError, match=fact) as error,
    ):
        backend.prove()
    assert "org:files:" in error.value.hint


def test_an_expired_key_says_when(tmp_path):
    with pinata(tmp_path, key=jwt(expires=1_700_000_000)) as (backend, _, faults):
        with pytest.raises(MissingError, match="expired on 2023-11-14"):
            backend.prove()
        assert not faults.seen


def test_a_refused_key_is_never_shown(tmp_path, item):
    key = "e30.eyJzY29wZXMiOltdfQ.secret-signature"
    with pinata(tmp_path, key=key) as (backend, _, faults):
        faults.next("GET", "/v3", status(401, json.dumps({"error": f"bad {key}"}).encode()))
        with pytest.raises(MissingError) as error:
            backend.states([item.entry.cid])
    assert "bad ***" in str(error.value) and "secret" not in str(error.value)


def test_a_quota_reached_half_way_says_what_to_do(tmp_path):
    first, second = (file_item(tmp_path, f"{i}.gif", 1000) for i in range(2))
    with pinata(tmp_path, FakePinata(quota=1500)) as (backend, _fake, _faults):
        assert pin(backend, first)[0] is PINNED
        with pytest.raises(
            ServiceError, match="takes no more: FORBIDDEN: Account blocked"
        ) as error:
            pin(backend, second)
        assert "raise the plan" in error.value.hint
        assert held(backend, first, second) == [PINNED, ABSENT]


def test_limits_are_told_before_sending(tmp_path):
    item = file_item(tmp_path, "a.mp4", 400_000)
    huge = replace(item, entry=replace(item.entry, size=26 * 10**9))
    with pinata(tmp_path) as (backend, _, faults):
        assert backend.problems([item]) == []
        assert "at most 25000000000" in backend.problems([huge])[0]
        assert not faults.seen


# --- many, and other profiles -------------------------------------------------------------------


def test_many_are_looked_up_in_pages(tmp_path, monkeypatch):
    monkeypatch.setattr("nftforge.ipfs.pinata.PAGE", 7)
    items = [file_item(tmp_path, f"{i}.gif", 10 + i) for i in range(20)]
    folder = folder_item(tmp_path)
    with pinata(tmp_path) as (backend, _, faults):
        for item in [*items[:15], folder]:
            pin(backend, item)
        faults.seen.clear()
        assert held(backend, *items, folder) == [PINNED] * 15 + [ABSENT] * 5 + [PINNED]
        assert len(faults.seen) == 4  # three pages of files, one of folders


def test_files_chunked_otherwise_go_as_a_car(tmp_path):
    profile = PROFILES["unixfs-v1-2025"]
    large = file_item(tmp_path, "large.gif", 290_000, profile)
    small = file_item(tmp_path, "small.gif", 1000, profile)
    with pinata(tmp_path, profile=profile) as (backend, fake, _):
        assert pin(backend, large)[0] is PINNED
        assert pin(backend, small)[0] is PINNED
        assert [stored.mime_type for stored in fake.files] == [
            "application/vnd.ipld.car",
            "image/gif",
        ]
    options = replace(PIECES, plan="free")
    with pinata(tmp_path, options=options, profile=profile) as (backend, _, _):
        assert "CAR upload, which the free plan has not" in backend.problems([large])[0]


def test_a_key_is_not_sent_to_another_host(tmp_path, large):
    with pinata(tmp_path) as (backend, _, faults):
        elsewhere = status(201, Location="https://elsewhere.example/upload/1")
        faults.next("POST", "/v3/files", elsewhere)
        with pytest.raises(ServiceError, match="key is not sent there"):
            pin(backend, large)
