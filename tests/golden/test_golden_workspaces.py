"""What v0.1.0 left on the disk is read, resumed, verified and revealed; nothing is done twice.

Strokes and pictures are committed with it, so all of this is the same on every machine: CIDs,
metadata, calldata, signed transactions, block by block.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

from golden.golden import goldens, kept
from golden.subjects import HIDDEN, small

FILE = "collection.yaml"


def frozen_run(golden, story, desk, name, *arguments):
    """Run a command and compare all that it says."""
    said = desk.run(*arguments)
    golden.check(f"{story}/{name}.json", said.row)
    return said


def disk(golden, story, desk):
    """Compare store, journals, and the name and bytes of every file."""
    golden.check(f"{story}/store.json", desk.store())
    for path in sorted((desk.work / "journal").glob("*.jsonl")):
        golden.check(f"{story}/journal-{path.name}", desk.journal(path.stem))
    golden.check(f"{story}/files.json", desk.files())


def events(desk):
    return [json.loads(line) for line in desk.journal("embedded").splitlines()[1:]]


def mints(desk):
    """(event, hash) of every mint in the journal."""
    return [
        (row["event"], row["data"].get("tx") or row["data"]["transactions"][-1]["hash"])
        for row in events(desk)
        if row["data"]["kind"] == "mint"
    ]


def all_cached(said):
    return [all(piece["cached"].values()) for piece in said.json["pieces"]]


def test_a_finished_collection_is_read_and_nothing_is_done_again(tmp_path):
    desk = kept("finished", tmp_path)
    journals, store = desk.journal("embedded"), desk.store()
    with goldens() as golden:
        for name in ("status", "plan", "verify"):
            assert frozen_run(golden, "finished", desk, name, name, FILE, "--json").code == 0
        again = frozen_run(golden, "finished", desk, "run", "run", FILE, "--json")
        assert all_cached(again) == [True, True]
        assert desk.journal("embedded") == journals and desk.store() == store
        frozen_run(golden, "finished", desk, "gallery", "gallery", FILE, "--json")
        frozen_run(golden, "finished", desk, "status-plain", "status", FILE)
        frozen_run(golden, "finished", desk, "verify-plain", "verify", FILE)
        contract = again.json["contract"]
        with desk.serving() as url:
            said = desk.run("verify", "--contract", contract, "--network", "embedded",
                            "--gateway", url, "--json")  # fmt: skip
        assert said.code == 0, said
        said = replace(said, out=said.out.replace(url, "<url>"))
        golden.check("finished/verify-contract.json", said.row)
        disk(golden, "finished", desk)


def test_the_owner_of_a_finished_collection(tmp_path):
    """A new name published, the contract offered, the metadata frozen; a fresh folder is pinned."""
    desk = kept("finished", tmp_path)
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(text.replace("name: Two", "name: Twice"), encoding="utf-8")
    other = "0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0"
    with goldens() as golden:
        for name, *arguments in (
            ("plan", "plan", FILE, "--json"),
            ("status", "status", FILE, "--json"),
            ("update", "update", FILE, "--json"),
            ("transfer", "transfer-ownership", FILE, other, "--json"),
            ("freeze", "freeze", FILE, "--json"),
            ("freeze-again", "freeze", FILE),
            ("update-frozen", "update", FILE, "--json"),
        ):
            frozen_run(golden, "owner", desk, name, *arguments)
        disk(golden, "owner", desk)
        shutil.copy(desk.work / "ipfs" / "collection.car", tmp_path / "backup.car")
        desk.work.rename(tmp_path / "old")
        frozen_run(golden, "owner", desk, "pin-from", "pin", "--from", "backup.car", "--to",
                   "local", "--json")  # fmt: skip
        golden.check("owner/pinned-files.json", desk.files())


def test_what_was_painted_is_minted_as_ever(tmp_path):
    """From the same strokes the same CIDs, calldata, transactions and gallery, in a fresh chain."""
    desk = painted(tmp_path)
    with goldens() as golden:
        for name, *arguments in (
            ("plan", "plan", FILE, "--json"),
            ("plan-plain", "plan", FILE),
            ("dry-run", "run", FILE, "--dry-run", "--json"),
            ("until-pin", "run", FILE, "--until", "pin", "--json"),
            ("only-two", "run", FILE, "--only", "two", "--json"),
            ("run", "run", FILE),
        ):
            assert frozen_run(golden, "painted", desk, name, *arguments).code == 0
        disk(golden, "painted", desk)


def flat(text):
    """A collection painted and drawn as v0.1.0 did: what is not minted yet would be lit by now."""
    return text.replace("canvas: white}", "canvas: white, relief: 0, flow: 0}")


def painted(folder):
    """The small collection, with its paintings and renderings only."""
    desk = kept("finished", folder)
    (folder / FILE).write_text(flat((folder / FILE).read_text()))
    for name in ("chain", "journal", "ipfs", "gallery", "store/address", "store/metadata"):
        shutil.rmtree(desk.work / name)
    return desk


def test_an_interrupted_mint_is_finished_with_the_very_hash_that_was_journaled(tmp_path):
    desk = kept("interrupted", tmp_path)
    (signed,) = mints(desk)
    assert signed[0] == "intent"
    with goldens() as golden:
        frozen_run(golden, "interrupted", desk, "status", "status", FILE, "--json")
        frozen_run(golden, "interrupted", desk, "plan", "plan", FILE, "--json")
        resumed = frozen_run(golden, "interrupted", desk, "run", "run", FILE, "--json")
        assert resumed.code == 0
        assert mints(desk) == [signed, ("outcome", signed[1])]
        assert {piece["tx"] for piece in resumed.json["pieces"]} == {signed[1]}
        assert [piece["token_id"] for piece in resumed.json["pieces"]] == [1, 2]
        verified = frozen_run(golden, "interrupted", desk, "verify", "verify", FILE, "--json")
        assert verified.code == 0 and verified.json["ok"]
        assert all_cached(desk.run("run", FILE, "--json")) == [True, True]
        assert mints(desk) == [signed, ("outcome", signed[1])]
        disk(golden, "interrupted", desk)


def test_a_mint_killed_now_leaves_what_it_left_then(tmp_path):
    then, now = kept("interrupted", tmp_path / "then"), painted(tmp_path / "now")
    now.killed_before_sending("mint", "run", FILE)
    assert now.events("embedded") == then.events("embedded")
    assert now.journal("pin") == then.journal("pin")
    assert now.files(".nftforge/ipfs") == then.files(".nftforge/ipfs")


def test_what_a_placeholder_hides_is_revealed_as_it_was_committed_to(tmp_path):
    desk = kept("hidden", tmp_path)
    with goldens() as golden:
        for name, *arguments in (
            ("status", "status", FILE, "--json"),
            ("verify", "verify", FILE, "--json"),
            ("verify-plain", "verify", FILE),
            ("plan", "plan", FILE, "--json"),
            ("run", "run", FILE, "--json"),
            ("reveal", "reveal", FILE, "--json"),
            ("run-revealed", "run", FILE, "--json"),
            ("verify-revealed", "verify", FILE, "--json"),
            ("freeze", "freeze", FILE, "--json"),
        ):
            assert frozen_run(golden, "hidden", desk, name, *arguments).code == 0
        disk(golden, "hidden", desk)


def test_a_placeholder_is_committed_to_and_minted_as_ever(tmp_path):
    desk = painted(tmp_path)
    small(tmp_path, flat(HIDDEN))
    with goldens() as golden:
        for name in ("plan", "run"):
            frozen_run(golden, "veiled", desk, name, name, FILE, "--json")
        disk(golden, "veiled", desk)
    assert desk.events("embedded") == kept("hidden", tmp_path / "then").events("embedded")
