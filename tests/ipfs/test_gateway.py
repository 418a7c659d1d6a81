"""A gateway is asked and not trusted."""

from __future__ import annotations

import pytest
from support.faults import Response, serve

from nftforge.core.errors import MismatchError, PendingError
from nftforge.core.limits import BLOCK_BYTES
from nftforge.core.retry import Patience
from nftforge.ipfs.cid import DAG_PB, RAW, Cid
from nftforge.ipfs.gateway import GIVEN_UP, Gateway
from nftforge.pipeline.pinning.backends import web_service

QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.01, give_up_s=0.02)


@pytest.fixture
def gateway():
    """(gateway, what it answers, what it was asked for)."""
    answer, asked = [Response(404)], []

    def handle(request):
        asked.append(request.path)
        return answer[0]

    with serve(handle) as url:
        yield Gateway(web_service("gateway", url, QUICK)), answer, asked


def test_a_block_that_hashes_right_is_taken_and_asked_for_once(gateway):
    source, answer, asked = gateway
    answer[0] = Response(200, b"a block")
    cid = Cid.of(RAW, b"a block")
    assert source.get(cid) == source.get(cid) == b"a block"
    assert asked == [f"/ipfs/{cid}"]


@pytest.mark.parametrize(
    ("cid", "body"),
    [
        (Cid.of(RAW, b"a block"), b"a block!"),
        (Cid.of(RAW, b"a block"), b""),
        (Cid.of(RAW, bytes(BLOCK_BYTES + 1)), bytes(BLOCK_BYTES + 1)),
    ],
    ids=["other", "nothing", "huge"],
)
def test_other_bytes_or_too_many_are_a_mismatch(gateway, cid, body):
    source, answer, _ = gateway
    answer[0] = Response(200, body)
    with pytest.raises(MismatchError, match="bytes that are not"):
        source.get(cid)


def test_what_is_not_there_is_pending_and_is_no_failure(gateway):
    source, _, asked = gateway
    for number in range(GIVEN_UP + 2):
        with pytest.raises(PendingError, match="does not have it"):
            source.get(Cid.of(DAG_PB, bytes([number])))
    assert len(asked) == GIVEN_UP + 2


@pytest.mark.parametrize(
    "answer",
    [
        Response(401),
        Response(302, headers={"Location": "http://a..b/"}),
        Response(305, headers={"Location": "http://[bad"}),
        Response(503, headers={"Retry-After": "Mon, 01 Jan 2024 00:00:00 +99999999999999"}),
        Response(200, b"x" * 99, {"Content-Encoding": "gzip, gzip"}),
    ],
    ids=["wants a key", "leads nowhere", "no URL", "an odd zone", "packed twice"],
)
def test_whatever_a_gateway_does_instead_a_block_is_pending(gateway, answer):
    source, given, _ = gateway
    given[0] = answer
    with pytest.raises(PendingError):
        source.get(Cid.of(RAW, b"a block"))


def test_a_gateway_that_fails_again_and_again_is_left(gateway):
    source, answer, asked = gateway
    answer[0] = Response(503)
    for number in range(GIVEN_UP):
        with pytest.raises(PendingError):
            source.get(Cid.of(RAW, bytes([number])))
    before = len(asked)
    with pytest.raises(PendingError, match="was not asked for"):
        source.get(Cid.of(RAW, b"another"))
    assert len(asked) == before
