"""nftforge.ipfs.pinning_service against npm's mock-ipfs-pinning-service, the API's reference mock.

There a pin's state follows the name it was asked for with: "pinned-..", "failed-..", else queued.
"""

from __future__ import annotations

import json

import pytest
from support.faults import HTML, WRONG_SCHEMA, Faults, half_json, lose_answer, status, truncate
from support.ipfs_node import pinning_service

from nftforge.core.errors import MissingError, ServiceError
from nftforge.core.retry import Patience
from nftforge.ipfs.backend import Pinnable, PinState
from nftforge.ipfs.pinning_service import PinningServiceBackend
from nftforge.ipfs.service import Service
from nftforge.ipfs.unixfs import PROFILES, import_path

pytestmark = pytest.mark.ipfs

QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, give_up_s=60, stall_s=30)
ABSENT, PENDING, PINNED = PinState.ABSENT, PinState.PENDING, PinState.PINNED


@pytest.fixture(scope="module")
def mock():
    with pinning_service("t0ken") as url:
        yield url


@pytest.fixture
def service(mock):
    faults = Faults(mock)
    with faults.running() as url:
        made = Service("pinning-service", url, secret="t0ken", patience=QUICK)
        yield PinningServiceBackend(made, origins=["/ip4/127.0.0.1/tcp/4001"]), faults


@pytest.fixture
def make(tmp_path, request):
    def make(name):
        path = tmp_path / "file"
        path.write_text(f"{name} {request.node.name}")
        return Pinnable(name, import_path(path, PROFILES["kubo-v1"]), path)

    return make


def held(backend, *items):
    states = backend.states([item.entry.cid for item in items])
    return [states[item.entry.cid] for item in items]


def nothing(count):
    pass


def test_what_is_asked_for_is_pending_until_the_service_holds_it(service, make):
    backend, faults = service
    backend.prove()
    slow = make("one/painting.gif")
    assert held(backend, slow) == [ABSENT]
    assert backend.pin(slow, nothing) is PENDING
    assert held(backend, slow) == [PENDING]
    quick = make("pinned-one")
    assert backend.pin(quick, nothing) is PINNED
    assert held(backend, quick, slow) == [PINNED, PENDING]
    sent = [json.loads(r.body) for r in faults.seen if r.method == "POST"]
    assert sent[0] == {
        "cid": str(slow.entry.cid),
        "name": "one/painting.gif",
        "origins": ["/ip4/127.0.0.1/tcp/4001"],
    }


def test_what_was_asked_for_is_not_asked_for_again(service, make):
    backend, faults = service
    item = make("one")
    backend.pin(item, nothing)
    assert backend.pin(item, nothing) is PENDING
    assert faults.count("POST", "/pins") == 1


def test_what_failed_is_said_and_asked_for_anew_the_next_time(service, make):
    backend, faults = service
    item = make("failed-one")
    for _ in range(2):
        with pytest.raises(ServiceError, match="could not pin failed-one") as error:
            backend.pin(item, nothing)
        assert "find the content somewhere" in error.value.hint
        assert held(backend, item) == [ABSENT]
    paths = [r.path for r in faults.seen if r.method == "POST"]
    assert paths[0] == "/pins" and paths[1].startswith("/pins/req-")


def test_more_than_ten_are_looked_up_ten_at_a_time(service, tmp_path):
    backend, faults = service
    cids = []
    for number in range(23):
        path = tmp_path / str(number)
        path.write_text(f"many {number}")
        cids.append(import_path(path, PROFILES["kubo-v1"]).cid)
    assert set(backend.states(cids).values()) == {ABSENT}
    assert len(faults.seen) == 3


@pytest.mark.parametrize("fault", [lose_answer, truncate, half_json])
def test_an_answer_lost_is_looked_up_and_not_asked_again(service, make, fault):
    backend, faults = service
    faults.next("POST", "/pins", fault)
    assert backend.pin(make("one"), nothing) is PENDING
    assert faults.count("POST", "/pins") == 1


@pytest.mark.parametrize("fault", [status(429), status(503), HTML, WRONG_SCHEMA])
def test_what_passes_is_waited_out(service, make, fault):
    backend, faults = service
    faults.next("POST", "/pins", fault)
    faults.next("GET", "/pins", fault)
    assert backend.pin(make("pinned-one"), nothing) is PINNED


def test_a_conflict_means_that_it_is_there(service, make):
    backend, faults = service
    item = make("one")

    def conflict(go_on, request):
        go_on(request)
        return status(409, b'{"error":{"reason":"DUPLICATE_OBJECT"}}')(go_on, request)

    faults.next("POST", "/pins", conflict)
    assert backend.pin(item, nothing) is PENDING


def test_a_wrong_token_is_found_out_before_the_first_request(mock):
    backend = PinningServiceBackend(Service("pinning-service", mock, secret="wr0ng"))
    with pytest.raises(MissingError, match="access token is invalid") as error:
        backend.prove()
    assert "wr0ng" not in str(error.value)
