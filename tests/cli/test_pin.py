"""Pinning through the real command line, to several back-ends at once."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from support import RecordedReport, nftforge, picture, small_collection, snapshot
from support.fake_pinata import READ, FakePinata, jwt
from support.faults import Faults, other_cid, reset_upload, slow_loris, status
from support.ipfs_node import ipfs_node, pinning_service

from nftforge.cli.context import open_job
from nftforge.core.errors import GuardError
from nftforge.ipfs.cid import Cid
from nftforge.pipeline import owner
from nftforge.pipeline import run as pipeline
from nftforge.pipeline.verify import verify

KEY = jwt()


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A small collection, ready to be pinned; tests take copies."""
    path = small_collection(tmp_path_factory.mktemp("rendered"))
    assert nftforge("run", path, "--dry-run").code == 0
    shutil.rmtree(path.parent / ".nftforge" / "chain", ignore_errors=True)
    return path.parent


@pytest.fixture
def folder(rendered, tmp_path):
    shutil.copytree(rendered, tmp_path / "collection")
    return tmp_path / "collection"


@contextmanager
def collection_at_pinata(folder, also=""):
    """(collection file, the fake Pinata, the faults before it)"""
    fake = FakePinata()
    faults = Faults(fake)
    with faults.running() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PINATA_API_URL", url)
        patch.setenv("PINATA_UPLOADS_URL", url)
        path = folder / "collection.yaml"
        to = f"pinata, {also}" if also else "pinata"
        path.write_text(path.read_text() + f"pin: {{to: [{to}], give_up_s: 30}}\n")
        yield path, fake, faults


def run(path, command="pin", key=KEY, **env):
    return nftforge(command, path, "--json", env={"PINATA_JWT": key, **env})


def uploads(faults):
    return faults.count("POST", "/v3/files") - faults.count("POST", "/v3/files/sign")


def test_a_collection_is_pinned_once_and_found_the_next_time(folder):
    with collection_at_pinata(folder) as (path, fake, faults):
        result = run(path)
        assert result.code == 0, result.err
        assert "pin one: done (pinata)" in result.err and "pin one: done (local)" in result.err
        names = {stored.name for stored in fake.files}
        assert {"one/painting.gif", "one/metadata.json", "two/still.png"} <= names
        assert [stored.name for stored in fake.folders] == ["contract"]
        sent, before = uploads(faults), snapshot(folder)
        second = run(path)
        assert uploads(faults) == sent == fake.stored - 1
        assert snapshot(folder) == before
        assert all(piece["cached"]["pin"] for piece in second.json["pieces"])


def test_before_a_reveal_no_back_end_is_given_what_the_placeholder_hides(folder, monkeypatch):
    monkeypatch.setenv("PINATA_JWT", KEY)

    def refuse(bill):
        raise GuardError("not today")

    with collection_at_pinata(folder) as (path, fake, _):
        picture(folder / "hidden.png", 9)
        text = path.read_text().replace("embedded}", "embedded, placeholder: hidden.png}")
        path.write_text(text)
        job = open_job(path, None, None)
        planned = pipeline.plan(job, RecordedReport())
        assert [row["kind"] for row in planned["bill"]["transactions"]][:2] == ["deploy", "commit"]
        assert [row["files"] for row in planned["pin"]] == [1, 1]
        with pytest.raises(GuardError, match="--only"):
            pipeline.run(replace(job, only=frozenset({"two"})), RecordedReport(), refuse)

        assert run(path, "run").code == 0
        public = {stored.cid for stored in fake.files}
        secret = {cid for piece in planned["cids"].values() for cid in piece.values()}
        assert {stored.name for stored in fake.files} == {"placeholder/hidden.png"}
        assert {stored.name for stored in fake.folders} == {"contract", "tokens-1-2"}
        assert not secret & public
        assert not any(job.blocks.has(Cid.parse(cid)) for cid in secret)
        assert verify(job)["provenance"]["state"] == "not revealed"
        with pytest.raises(GuardError, match="not what was committed to before the reveal"):
            owner.freeze(job, RecordedReport(), refuse)

        with pytest.raises(GuardError, match="not today"):
            owner.reveal(job, RecordedReport(), refuse)
        path.write_text(text.replace("name: Two", "name: Twice"))
        with pytest.raises(GuardError, match="was changed since"):
            owner.reveal(open_job(path, None, None), RecordedReport(), lambda bill: None)
        assert {stored.cid for stored in fake.files} == public

        path.write_text(text)
        revealed = run(path, "reveal")
        assert revealed.code == 0 and secret <= {stored.cid for stored in fake.files}
        found = verify(job)
        assert found["ok"] and found["provenance"]["state"] == "kept"
        again = run(path, "run").json["pieces"]
        assert [p["token_uri"] for p in again] == [p["token_uri"] for p in revealed.json["pieces"]]
        assert all(piece["cached"]["mint"] and piece["cached"]["pin"] for piece in again)


def test_plan_shows_every_cid_and_the_bytes_to_send(folder):
    with collection_at_pinata(folder) as (path, fake, _):
        planned = run(path, "plan").json
        local, pinata = planned["pin"]
        assert not fake.stored and (local["to"], pinata["to"]) == ("local", "pinata")
        assert pinata["files"] == sum(len(cids) for cids in planned["cids"].values()) > 4
        assert pinata["bytes"] == local["bytes"] == planned["bytes_to_pin"] > 0
        assert run(path).code == 0
        cids = {cid for piece in planned["cids"].values() for cid in piece.values()}
        assert cids == {stored.cid for stored in fake.files}
        assert [row["bytes"] for row in run(path, "plan").json["pin"]] == [0, 0]


@pytest.mark.ipfs
def test_one_back_end_that_fails_stops_no_other_and_is_taken_up_later(folder):
    with ipfs_node() as node, collection_at_pinata(folder, "kubo") as (path, fake, faults):
        fake.quota = 4000
        result = run(path, KUBO_RPC_URL=node)
        assert result.code == 4
        error = result.json["error"]["fact"]
        assert "pinata takes no more" in error
        assert "kubo has all 3" in error and "left: " in error
        assert "raise the plan" in result.json["error"]["hint"]
        stored, sent = fake.stored, uploads(faults)
        fake.quota = 10**9
        result = run(path, KUBO_RPC_URL=node)
        assert result.code == 0, result.err
        assert "pin two: done (kubo)" not in result.err and "pin two: done (pinata)" in result.err
        assert fake.stored - stored == uploads(faults) - sent  # what was missing, and no more


def test_another_cid_stops_that_piece_only_and_nothing_is_minted(folder):
    wrong = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    with collection_at_pinata(folder) as (path, fake, faults):

        def spoil(go_on, request):
            spoiled = b'name="name"\r\n\r\none/painting.gif' in request.body
            return (other_cid(wrong) if spoiled else status_quo)(go_on, request)

        def status_quo(go_on, request):
            return go_on(request)

        faults.next("POST", "/v3/files", spoil, times=100)
        result = run(path, "run")
        assert result.code == 6
        fact = result.json["error"]["fact"]
        assert f"gave one/painting.gif the CID {wrong}, ours is baf" in fact
        assert "pinata has 2 of 3, left: one" in fact
        assert "two/painting.gif" in {stored.name for stored in fake.files}
        faults.planned.clear()
        status = nftforge("status", path, "--json", env={"PINATA_JWT": KEY}).json
        assert status["contract"] is None


def test_keys_that_cannot_pin_are_found_out_before_anything_is_sent(folder):
    with collection_at_pinata(folder) as (path, fake, faults):
        result = run(path, key="")
        assert result.code == 3 and "PINATA_JWT is not set" in result.json["error"]["fact"]
        assert "paint one" not in result.err  # said before an hour of painting
        assert not faults.seen
        for key, fact in (
            (jwt((READ,)), "may not write files"),
            (jwt(expires=1_700_000_000), "refused: 401"),
        ):
            result = run(path, key=key)
            assert result.code == 3 and fact in result.json["error"]["fact"]
            assert not fake.stored and uploads(faults) == 0


def test_a_key_in_plain_http_or_in_the_file_is_refused(folder):
    path = folder / "collection.yaml"
    text = path.read_text()
    path.write_text(text + "pin: {to: [kubo]}\n")
    result = run(path, KUBO_RPC_TOKEN="s3cr3t-token", KUBO_RPC_URL="http://node.example:5001")
    assert result.code == 2 and "anyone on the way could read the key" in result.err
    assert "s3cr3t" not in result.err + result.out
    path.write_text(text + "pin: {to: [kubo], kubo: {url: 'https://me:s3cr3t@node.example'}}\n")
    result = run(path)
    assert result.code == 2 and "belong into .env" in result.err


def test_secrets_are_in_no_output_and_in_no_file(folder):
    key = jwt() + "-s3cr3t-signature"
    with collection_at_pinata(folder) as (path, _, faults):
        echo = status(500, f"you sent {key}".encode())
        faults.next("POST", "/v3/files", echo, times=3)
        result = run(path, key=key)
        assert result.code == 0
        faults.next("GET", "/v3/files", status(401, f"bad key {key}".encode()), times=9)
        refused = nftforge("pin", path, "--json", "--debug", env={"PINATA_JWT": key})
        assert refused.code == 3
    everything = result.out + result.err + refused.out + refused.err
    for file in folder.rglob("*"):
        if file.is_file():
            everything += file.read_bytes().decode(errors="replace")
    assert "s3cr3t" not in everything


@pytest.mark.ipfs
def test_what_a_service_has_only_accepted_is_pending_and_does_not_count_alone(folder):
    with pinning_service("t0ken") as url:
        path = folder / "collection.yaml"
        path.write_text(path.read_text() + "pin: {to: [pinning-service], wait_s: 0}\n")
        env = {"PINNING_SERVICE_TOKEN": "t0ken", "PINNING_SERVICE_URL": url}
        result = nftforge("run", path, "--json", env=env)
        assert result.code == 4
        assert "accepted but has not pinned yet" in result.json["error"]["fact"]
        again = nftforge("pin", path, "--json", env=env)
        assert again.code == 4 and "pin one: done" not in again.err


@pytest.mark.slow
def test_killed_at_any_moment_only_what_is_missing_is_sent(folder):
    with collection_at_pinata(folder) as (path, fake, faults):
        faults.next("POST", "/v3/files", reset_upload, times=2)
        arguments = [sys.executable, "-m", "nftforge", "pin", str(path)]
        for _ in range(6):
            process = subprocess.Popen(
                arguments, env={**os.environ, "PINATA_JWT": KEY}, stderr=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            time.sleep(random.uniform(0.5, 2.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
        result = run(path)
        assert result.code == 0, result.err
        cids = [stored.cid for stored in fake.files]
        assert len(cids) == len(set(cids)) == fake.stored - len(fake.folders)
        planned = run(path, "plan").json
        assert [row["files"] for row in planned["pin"]] == [0, 0]


def test_status_needs_no_back_end(folder):
    with collection_at_pinata(folder) as (path, _, _):
        assert run(path).code == 0
    path.write_text(path.read_text().replace("give_up_s: 30", "give_up_s: 1"))
    result = run(path, "status", PINATA_API_URL="http://127.0.0.1:9")
    assert result.code == 0 and "pinata was not asked: " in result.err
    assert [piece["state"] for piece in result.json["pieces"]] == ["pinned", "pinned"]
    assert json.dumps(result.json)


def test_a_back_end_that_comes_after_minting_gets_the_token_directories_too(folder):
    path = folder / "collection.yaml"
    minted = nftforge("run", path, "--json").json
    with collection_at_pinata(folder) as (path, fake, _):
        assert run(path, "run").code == 0
        directory = minted["pieces"][0]["token_uri"].removeprefix("ipfs://").split("/")[0]
        assert directory in {stored.cid for stored in fake.folders}
        found = run(path, "verify").json
        assert [token["pinned"] for token in found["tokens"]] == [["local", "pinata"]] * 2
        before = snapshot(folder)
        assert run(path, "run").code == 0
        assert snapshot(folder) == before


def test_ctrl_c_is_answered_while_a_service_keeps_us_waiting(folder):
    with collection_at_pinata(folder) as (path, _, faults):
        faults.next("POST", "/v3/files", slow_loris, times=100)  # the first is the key's proof
        arguments = [sys.executable, "-m", "nftforge", "pin", str(path)]
        process = subprocess.Popen(
            arguments,
            env={**os.environ, "PINATA_JWT": KEY},
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # not ignored
        )
        while not faults.count("POST", "/v3/files") and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130 and "run the same command" in said
        faults.planned.clear()
        assert run(path).code == 0


@pytest.mark.ipfs
def test_a_backup_alone_brings_everything_back_to_every_back_end(folder, tmp_path):
    path = folder / "collection.yaml"
    minted = nftforge("run", path, "--json").json
    car = shutil.copy(folder / ".nftforge" / "ipfs" / "collection.car", tmp_path / "backup.car")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with ipfs_node() as node:
        env = {"KUBO_RPC_URL": node}
        command = ("pin", "--from", car, "--to", "kubo", "--json")
        result = nftforge(*command, env=env, cwd=elsewhere)
        assert result.code == 0, result.err
        assert result.json["to"] == ["local", "kubo"] and not any(result.json["cached"].values())
        for piece in minted["pieces"]:
            directory = piece["token_uri"].removeprefix("ipfs://").split("/")[0]
            for cid in (piece["image_cid"], piece["metadata_cid"], directory):
                listed = httpx.post(f"{node}/api/v0/pin/ls?arg={cid}&type=recursive", timeout=60)
                assert listed.status_code == 200, listed.text
        again = nftforge(*command, env=env, cwd=elsewhere)
        assert all(again.json["cached"].values())
    # and the collection, were it here, would find all of it pinned
    with collection_at_pinata(folder) as (path, fake, _faults):
        assert nftforge("pin", path, "--from", car, env={"PINATA_JWT": KEY}).code == 0
        sent = fake.stored
        assert run(path, "run").code == 0 and fake.stored == sent


def test_a_backup_that_is_damaged_cut_off_or_evil_is_refused(folder, tmp_path):
    assert nftforge("pin", folder / "collection.yaml").code == 0
    whole = (folder / ".nftforge" / "ipfs" / "collection.car").read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for raw, fact in (
        (bytes(flipped), "is damaged"),
        (whole[:-1], "is cut off"),
        (whole[:3000], "is cut off"),
        (evil_car(), "'../evil' in the directory"),
        (b"not a CAR", "CAR"),
    ):
        (tmp_path / "bad.car").write_bytes(raw)
        result = nftforge("pin", "--from", "bad.car", "--to", "local", "--json", cwd=tmp_path)
        assert result.code == 6 and fact in result.json["error"]["fact"]
    assert not list(tmp_path.rglob("evil"))


def evil_car():
    """A directory that names a file outside of it."""
    from nftforge.ipfs.car import write_car
    from nftforge.ipfs.cid import DAG_PB, RAW, Cid
    from nftforge.ipfs.dagpb import Link, encode_directory

    file = Cid.of(RAW, b"evil")
    block = encode_directory([Link(file, "../evil", 4)])
    stream = io.BytesIO()
    root = Cid.of(DAG_PB, block)
    write_car(stream, [root], [(root, block), (file, b"evil")])
    return stream.getvalue()
