"""`ipfs serve`, and `verify` through gateways: with a file, and from an address alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from support import nftforge, small_collection
from support.faults import Faults, says, serve, status


@pytest.fixture(scope="module")
def minted(tmp_path_factory):
    """(collection file, contract) on the embedded chain; tests leave it as it is."""
    path = small_collection(tmp_path_factory.mktemp("minted"))
    result = nftforge("run", path, "--json")
    assert result.code == 0, result.err
    return path, result.json["contract"]


@contextmanager
def served(path):
    """`nftforge ipfs serve`; yields its base URL."""
    arguments = [sys.executable, "-m", "nftforge", "ipfs", "serve", str(path), "--port", "0"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip().removesuffix("/ipfs/<cid>")
        finally:
            process.kill()


@pytest.fixture(scope="module")
def gateway(minted):
    with served(minted[0]) as url:
        yield url


@contextmanager
def spoiled(gateway, fault):
    faults = Faults(gateway)
    faults.next("GET", "/ipfs/", fault, times=10_000)
    with faults.running() as url:
        yield url


def flipped(go_on, request):
    answer = go_on(request)
    return type(answer)(200, answer.body[:-1] + b"!", answer.headers)


def verify(*arguments, **options):
    return nftforge("verify", *arguments, "--json", **options)


def states(found):
    return [token["state"] for token in found["tokens"]]


def test_every_token_comes_whole_through_a_gateway(minted, gateway):
    result = verify(minted[0], "--gateway", gateway)
    assert result.code == 0 and result.json["ok"], result.err
    assert states(result.json) == ["verified", "verified"]
    (row,) = result.json["tokens"][0]["retrieved"]
    assert row["source"] == gateway and row["blocks"] >= 4 and row["bytes"] > 1000
    (local,) = result.json["pinned"]
    assert local["to"] == "local" and local["absent"] == 0 and local["pinned"] > 4
    assert [token["pinned"] for token in result.json["tokens"]] == [["local"], ["local"]]


def test_months_later_the_contracts_address_is_enough(minted, gateway, tmp_path):
    """Nothing is there but the chain and a gateway: no collection file, no pictures, no journal."""
    path, contract = minted
    shutil.copytree(path.parent / ".nftforge" / "chain", tmp_path / ".nftforge" / "chain")
    options = ("--contract", contract, "--network", "embedded", "--gateway", gateway)
    result = verify(*options, cwd=tmp_path)
    assert result.code == 0, result.err
    assert [token["name"] for token in result.json["tokens"]] == ["One", "Two"]
    assert result.json["totals"]["verified"] == 2
    assert nftforge("verify", *options, cwd=tmp_path).out.count("ok\n") == 2


@pytest.mark.parametrize(
    ("fault", "fact"),
    [
        (flipped, "bytes that are not"),
        (says(b"<!DOCTYPE html>Please wait", "text/html"), "an HTML page"),
    ],
)
def test_one_gateway_that_lies_among_good_ones_is_named_and_decides_nothing(
    minted, gateway, fault, fact
):
    with spoiled(gateway, fault) as liar:
        result = verify(minted[0], "--gateway", liar, "--gateway", gateway)
        alone = verify(minted[0], "--gateway", liar)
    assert result.code == 0 and result.json["ok"]
    bad, good = result.json["tokens"][0]["retrieved"]
    assert (bad["state"], good["state"]) == ("failed", "verified")
    assert bad["source"] == liar and fact in bad["why"]
    assert alone.code == 6 and fact in alone.json["tokens"][0]["problems"][0]


def test_what_no_gateway_has_yet_is_pending(minted, gateway):
    with spoiled(gateway, status(404)) as empty:
        result = verify(minted[0], "--gateway", empty)
        assert result.code == 4
        assert states(result.json) == ["pending", "pending"]
        assert result.json["totals"] == {
            "tokens": 2, "verified": 0, "pending": 2, "failed": 0, "announced": 0,
        }  # fmt: skip
        plain = nftforge("verify", minted[0], "--gateway", empty)
        assert plain.code == 4 and "a fresh CID takes a while" in plain.err
        both = verify(minted[0], "--gateway", empty, "--gateway", gateway)
        assert both.code == 0 and states(both.json) == ["verified", "verified"]


def test_announced_is_told_apart_from_pinned_and_retrieved(minted, gateway):
    with serve(lambda request: says(b'{"Providers": []}')(None, request)) as router:
        result = verify(minted[0], "--gateway", gateway, "--routing", router)
    assert [token["announced"] for token in result.json["tokens"]] == [False, False]
    assert result.json["totals"]["verified"] == 2 and result.code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--contract", "0x" + "11" * 20),
        ("--contract", "0x123", "--network", "embedded"),
        ("collection.yaml", "--contract", "0x" + "11" * 20),
    ],
)
def test_verify_says_what_it_needs(arguments, tmp_path):
    assert nftforge("verify", *arguments, cwd=tmp_path).code == 2


def test_serving_what_is_not_pinned_says_what_to_run(tmp_path):
    path = small_collection(tmp_path)
    result = nftforge("ipfs", "serve", path)
    assert result.code == 2 and f"run `nftforge pin {path}` first" in result.err
