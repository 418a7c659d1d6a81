"""Several back-ends side by side: who counts as holding what, and what stops before it is sent."""

from __future__ import annotations

import pytest
from support import RecordedReport

from nftforge.core.errors import GuardError, MismatchError, MissingError, ServiceError
from nftforge.core.journal import Journal
from nftforge.ipfs.backend import Pinnable, PinState
from nftforge.ipfs.unixfs import PROFILES, import_bytes
from nftforge.pipeline.pinning.effect import Holding, PinBatch, Stop, pin_everywhere

ABSENT, PENDING, PINNED = PinState.ABSENT, PinState.PENDING, PinState.PINNED


class Service:
    """A service on the internet, in short. `result`: a state, or what it raises, by file name."""

    where, parallel = "somewhere", 1

    def __init__(self, name="far", result=PINNED, held=(), complaints=(), proof=None):
        self.name, self.result, self.held = name, result, held
        self.complaints, self.proof, self.sent = list(complaints), proof, []

    def prove(self):
        if self.proof:
            raise self.proof

    def states(self, cids):
        return {cid: PINNED if cid in self.held else ABSENT for cid in cids}

    def to_send(self, item):
        return item.entry.size

    def problems(self, items):
        return self.complaints

    def pin(self, item, on_bytes):
        self.sent.append(item.name)
        result = self.result.get(item.name, PINNED) if isinstance(self.result, dict) else (
            self.result
        )  # fmt: skip
        if isinstance(result, Exception):
            raise result
        return result


def item(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(name.encode())
    return Pinnable(name, import_bytes(name.encode(), PROFILES["kubo-v1"]), path)


@pytest.fixture
def batches(tmp_path):
    return [PinBatch(name, [item(name, tmp_path)]) for name in ("one", "two")]


@pytest.fixture
def pin(tmp_path, batches):
    def everywhere(*services):
        journal = Journal(tmp_path / "pin.jsonl", {"journal": "pin"})
        return pin_everywhere(services, batches, journal, RecordedReport(), stop=Stop())

    return everywhere


def test_what_is_there_is_not_sent_again(pin, batches):
    service = Service(held=[batches[0].items[0].entry.cid])
    assert pin(service) == {"one": True, "two": False} and service.sent == ["two"]


def test_what_is_only_accepted_is_not_held_though_this_disk_has_it(pin):
    with pytest.raises(ServiceError, match="far accepted but has not pinned yet: one, two"):
        pin(Service(result=PENDING), Service("local"))
    assert pin(Service(result=PENDING), Service("further"), Service("local"))
    assert pin(Service("local"))


def test_a_service_that_cannot_take_it_all_is_sent_nothing(pin):
    service = Service(complaints=["two is too large"])
    with pytest.raises(GuardError, match="cannot take it: two is too large"):
        pin(service)
    assert service.sent == []


def test_a_service_whose_key_may_not_pin_is_sent_nothing_and_the_others_everything(pin):
    service, other = Service(proof=MissingError("this key may not pin")), Service("further")
    with pytest.raises(MissingError, match="this key may not pin"):
        pin(service, other)
    assert service.sent == [] and other.sent == ["one", "two"]


def test_a_wrong_cid_is_told_before_all_else_and_stops_its_piece_only(pin):
    service = Service(result={"one": MismatchError("another CID")})
    with pytest.raises(MismatchError, match="down; another CID"):
        pin(Service("first", ServiceError("down")), service)
    assert service.sent == ["one", "two"]


def test_a_back_end_holds_a_piece_if_it_holds_all_of_it(batches):
    one, two = (batch.items[0].entry.cid for batch in batches)
    assert Holding("far", "", {one: PINNED, two: PINNED}).holds([one, two])
    for other in (PENDING, ABSENT):
        assert not Holding("far", "", {one: PINNED, two: other}).holds([one, two])
    assert not Holding("far", "", {}, why="down").holds([])
