"""The main job through the real command line, on real chains."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
from eth_utils import keccak
from support import nftforge, small_collection, snapshot
from support.anvil import anvil

from nftforge.chain import contract
from nftforge.chain.connection import connect
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import DEV_ADDRESS, dev_signer
from nftforge.ipfs.car import read_car

PIECE_KEYS = {
    "id", "name", "token_id", "strokes", "psnr", "image_cid", "animation_cid", "metadata_cid",
    "token_uri", "owner", "tx", "links", "state", "cached",
}  # fmt: skip


def settled(document):
    """The document without `cached`, the only thing that may differ between two runs."""
    return json.loads(
        json.dumps(document), object_hook=lambda d: {k: v for k, v in d.items() if k != "cached"}
    )


def run_json(*arguments, **options):
    result = nftforge("run", *arguments, "--json", **options)
    assert result.code == 0, result.err
    return result.json


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small collection after its first run; tests must leave it as it is."""
    path = small_collection(tmp_path_factory.mktemp("finished"))
    return path, run_json(path, afresh=True)  # another hash seed than all that follow


@pytest.fixture
def collection(tmp_path):
    """Nothing done yet."""
    return small_collection(tmp_path)


@pytest.fixture
def minted(finished, tmp_path):
    """A copy of what `finished` left, for tests that change it."""
    path, _ = finished
    return shutil.copytree(path.parent, tmp_path / "minted") / path.name


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_pictures_become_tokens(finished):
    _, document = finished
    assert set(document) == {
        "collection", "network", "chain_id", "contract", "links", "pieces", "totals",
    }  # fmt: skip
    assert document["links"] == {}  # nobody else sees a rehearsal
    assert document["network"] == "embedded" and document["contract"].startswith("0x")
    for token_id, piece in enumerate(document["pieces"], start=1):
        assert set(piece) == PIECE_KEYS
        assert piece["token_id"] == token_id and piece["state"] == "minted"
        assert piece["token_uri"].endswith(f"/{token_id}.json")
        assert piece["strokes"] == 12 and piece["psnr"] > 10
        assert piece["cached"] == dict.fromkeys(("paint", "render", "pin", "mint"), False)
    assert document["totals"]["minted"] == 2


def test_a_second_run_does_nothing_writes_nothing_and_says_the_same(finished):
    path, first = finished
    before = snapshot(path.parent)
    second = run_json(path)
    assert snapshot(path.parent) == before
    assert settled(second) == settled(first)
    for piece in second["pieces"]:
        assert all(piece["cached"].values())


def test_a_run_that_finds_nothing_to_do_is_three_lines(finished):
    path, document = finished
    result = nftforge("run", path)
    assert result.code == 0 and result.err == ""
    assert result.out.splitlines() == [
        f"Small on embedded: {document['contract']}",
        "nothing to do: 2 pieces painted, rendered, pinned and minted before",
        f"files: {path.parent / 'out'}, "
        f"gallery: {path.parent / '.nftforge' / 'gallery' / 'embedded' / 'index.html'}",
    ]


def test_a_plan_that_finds_nothing_to_do_has_no_bill(finished):
    path, _ = finished
    planned = nftforge("plan", path)
    assert planned.code == 0 and "  nothing to do" in planned.out.splitlines()
    assert "pin to local            nothing to send" in planned.out
    last = planned.out.splitlines()[-1]
    assert last.startswith(f"  no gas to pay: {DEV_ADDRESS} has") and "gwei" not in planned.out
    rehearsed = nftforge("run", path, "--dry-run")
    assert rehearsed.code == 0 and "no gas to pay" in rehearsed.out.splitlines()[-1]


def test_a_plan_of_what_is_not_painted_sends_nothing_yet(collection):
    planned = nftforge("plan", collection).out
    assert "pin to local            nothing yet" in planned and "about 0.0" in planned


def test_a_run_until_a_stage_tells_of_no_other(finished):
    result = nftforge("run", finished[0], "--until", "render")
    assert result.out.splitlines() == [
        "Small",
        "nothing to do: 2 pieces painted and rendered before",
        f"files: {finished[0].parent / 'out'}",
    ]


def test_the_pictures_lie_beside_the_file_under_the_names_of_the_pieces(finished):
    folder = finished[0].parent
    copies = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    made = {
        f"{path.parent.parent.name}{path.suffix}": path.read_bytes()
        for path in (folder / ".nftforge" / "store" / "render").rglob("*.*")
        if path.suffix != ".json"
    }
    assert copies == made and set(copies) == {"one.gif", "one.png", "two.gif", "two.png"}


def test_status_says_what_run_said(finished):
    path, first = finished
    before = snapshot(path.parent)
    assert settled(nftforge("status", path, "--json").json) == settled(first)
    assert snapshot(path.parent) == before


def test_status_leads_to_where_the_pictures_are_looked_for(finished):
    shown = nftforge("status", finished[0]).out
    assert str(finished[0].parent / "out" / "one.*") in "".join(shown.split("\n"))
    assert ".nftforge/store" not in shown


def test_status_needs_no_chain(finished):
    result = nftforge("status", finished[0], "--network", "sepolia", "--json")
    assert result.code == 0 and "SEPOLIA" not in result.out
    assert "the chain was not asked: no RPC URL is known for sepolia" in result.err
    assert [piece["state"] for piece in result.json["pieces"]] == ["pinned", "pinned"]


def test_the_same_collection_elsewhere_gives_the_same_everything(finished, tmp_path):
    assert run_json(small_collection(tmp_path)) == finished[1]


def test_verify_goes_from_the_chain_to_the_bytes(finished):
    result = nftforge("verify", finished[0], "--json")
    assert result.code == 0 and result.json["ok"]
    assert [token["piece"] for token in result.json["tokens"]] == ["one", "two"]


def test_the_car_holds_everything(finished):
    path, document = finished
    with (path.parent / ".nftforge" / "ipfs" / "collection.car").open("rb") as stream:
        roots, blocks = read_car(stream)
        cids = {str(cid) for cid, _ in blocks}
    assert len(roots) == 1
    for piece in document["pieces"]:
        directory = piece["token_uri"].removeprefix("ipfs://").split("/")[0]
        assert {piece["image_cid"], piece["metadata_cid"], directory} <= cids


def test_plan_tells_what_run_would_do_and_writes_nothing(collection):
    before = snapshot(collection.parent)
    planned = nftforge("plan", collection, "--json").json
    assert snapshot(collection.parent) == before
    assert [step["stage"] for step in planned["steps"]].count("paint") == 2
    assert [row["kind"] for row in planned["bill"]["transactions"]] == ["deploy", "mint"]
    assert planned["bill"]["gas"] > 1_000_000 and planned["bill"]["missing"] == 0


def test_plan_knows_the_contract_and_dry_run_the_token_uris(collection):
    planned = nftforge("run", collection, "--dry-run", "--json").json
    assert nftforge("status", collection, "--json").json["contract"] is None
    document = run_json(collection)
    assert document["contract"] == planned["contract"]
    for before, after in zip(planned["pieces"], document["pieces"], strict=True):
        assert before["state"] == "planned" and before["tx"] is None
        for key in ("token_id", "token_uri", "owner", "image_cid", "metadata_cid"):
            assert before[key] == after[key]
    assert planned["totals"]["minted"] == 0
    gas = [row["gas"] for row in planned["bill"]["transactions"]]
    assert len(gas) == 2 and all(gas)


def test_another_brush_repaints_that_piece_only_and_says_why(minted):
    edit(minted, "name: Two}", "name: Two, brush: oil}")
    result = nftforge("run", minted, "--json")
    one, two = result.json["pieces"]
    assert "paint two: brush changed from tape to oil" in result.err
    assert "render two: relief changed" in result.err  # oil lies thicker than tape
    assert "paint one" not in result.err
    assert one["cached"]["paint"] and not two["cached"]["paint"]
    assert result.json["totals"]["minted"] == 2
    assert sorted(path.name for path in (minted.parent / "out").iterdir()) == [
        "one.gif", "one.png", "two.gif", "two.png", "two~1.gif", "two~1.png",
    ]  # fmt: skip
    assert nftforge("verify", minted).code == 0


def test_another_name_pins_metadata_only_and_publishes_it(finished, minted):
    _, first = finished
    edit(minted, "name: Two}", "name: Twice}")
    second = run_json(minted)
    one, two = second["pieces"]
    assert two["cached"] == {"paint": True, "render": True, "pin": False, "mint": False}
    assert one["cached"]["pin"]
    assert two["image_cid"] == first["pieces"][1]["image_cid"]
    assert two["metadata_cid"] != first["pieces"][1]["metadata_cid"]
    assert two["token_uri"] != first["pieces"][1]["token_uri"]
    assert [piece["token_id"] for piece in second["pieces"]] == [1, 2]
    assert nftforge("verify", minted).code == 0


def test_metadata_is_updated_frozen_and_the_contract_offered_each_once(minted):
    edit(minted, "name: Two}", "name: Twice}")
    refused = nftforge("freeze", minted)
    assert refused.code == 7 and "`nftforge update` publishes it" in refused.err
    assert nftforge("update", minted, "--json").json["totals"]["minted"] == 2
    frozen = nftforge("freeze", minted, "--json").json
    assert frozen["action"] == "freeze" and frozen["tx"] and not frozen["cached"]
    assert nftforge("freeze", minted, "--json").json["cached"]
    edit(minted, "name: Twice}", "name: Thrice}")
    stopped = nftforge("run", minted)
    assert stopped.code == 7 and "is frozen" in stopped.err
    bad = nftforge("transfer-ownership", minted, "0x52908400098527886E0F7030069857D2E4169Ee7")
    assert bad.code == 2 and "checksum" in bad.err
    nobody = nftforge("transfer-ownership", minted, "0x" + "00" * 20)
    assert nobody.code == 2 and "is the zero address" in nobody.err
    offer = ("transfer-ownership", minted, "0x52908400098527886E0F7030069857D2E4169EE7")
    assert nftforge(*offer, "--json").json["to"] == offer[-1]


def test_what_was_committed_before_a_reveal_must_be_shown_before_it_is_frozen(finished, minted):
    def send(call):
        path = minted.parent / ".nftforge" / "chain" / "embedded.sqlite"
        with connect(find_network("embedded"), rpc_url=None, embedded_path=path) as chain:
            bill, nonce = quote(chain, DEV_ADDRESS, call), chain.nonce(DEV_ADDRESS)
            confirm(chain, [sign(chain, dev_signer(), call, bill, nonce)])

    address = finished[1]["contract"]
    send(contract.commit_provenance(address, keccak(b"another directory")))
    refused = nftforge("freeze", minted)
    assert refused.code == 7 and "is not what was committed to before the reveal" in refused.err
    send(contract.freeze(address))
    result = nftforge("verify", minted, "--json")
    assert result.code == 6 and not result.json["ok"]
    assert result.json["provenance"]["state"] == "broken"


def test_a_new_piece_is_minted_and_old_tokens_keep_their_ids(minted):
    text = minted.read_text()
    new = "  - {image: images/one.png, id: zero, name: Zero, seed: 9}\n"
    minted.write_text(text.replace("pieces:\n", "pieces:\n" + new))
    document = run_json(minted)
    assert {piece["id"]: piece["token_id"] for piece in document["pieces"]} == {
        "zero": 3, "one": 1, "two": 2,
    }  # fmt: skip


def test_only_works_on_the_pieces_named(collection):
    assert [p["id"] for p in run_json(collection, "--only", "two")["pieces"]] == ["two"]
    document = run_json(collection)
    assert {piece["id"]: piece["token_id"] for piece in document["pieces"]} == {"one": 2, "two": 1}


@pytest.mark.parametrize(
    ("until", "state"), [("paint", "painted"), ("render", "rendered"), ("pin", "pinned")]
)
def test_it_stops_where_it_is_told(collection, until, state):
    document = run_json(collection, "--until", until)
    assert {piece["state"] for piece in document["pieces"]} == {state}
    assert nftforge(until, collection, "--json").json["pieces"][0]["state"] == state


def test_a_lost_journal_loses_nothing(finished, minted):
    _, first = finished
    for journal in (minted.parent / ".nftforge" / "journal").iterdir():
        journal.unlink()
    assert settled(run_json(minted)) == settled(first)


def test_a_lost_store_is_painted_again_and_nothing_is_minted_twice(finished, minted):
    _, first = finished
    shutil.rmtree(minted.parent / ".nftforge" / "store")
    assert settled(run_json(minted)) == settled(first)


def test_a_file_changed_behind_our_back_is_found_and_made_anew(minted):
    gif = next((minted.parent / ".nftforge" / "store" / "render" / "one").rglob("*.gif"))
    whole = gif.read_bytes()
    gif.write_bytes(whole[:-1] + b"!")
    result = nftforge("verify", minted)
    assert result.code == 6 and "the files of 'one' here are missing or damaged" in result.out
    again = nftforge("run", minted)
    assert "render one: its files are damaged" in again.err
    assert gif.read_bytes() == whole and nftforge("verify", minted).code == 0


def test_a_damaged_block_is_found(finished, minted):
    image = finished[1]["pieces"][0]["image_cid"]
    (block,) = (minted.parent / ".nftforge" / "ipfs" / "blocks").rglob(f"{image}.block")
    block.write_bytes(block.read_bytes() + b"!")
    result = nftforge("verify", minted)
    assert result.code == 6 and "Traceback" not in result.err


def test_two_runs_at_once_one_works_and_one_is_told(collection):
    command = [sys.executable, "-m", "nftforge", "run", str(collection), "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(command, **pipes) for _ in range(2)]
    outputs = [run.communicate() for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 0], [0, 7])
    if codes == [0, 7]:
        loser = next(err for run, (_, err) in zip(runs, outputs, strict=True) if run.returncode)
        assert "another nftforge is working" in loser and "Traceback" not in loser
    assert nftforge("verify", collection).code == 0
    assert run_json(collection)["totals"]["minted"] == 2


def test_ctrl_c_leaves_nothing_half_written_and_a_rerun_goes_on(collection):
    edit(collection, "strokes: 12", "strokes: 400")
    process = subprocess.Popen(
        [sys.executable, "-m", "nftforge", "run", str(collection)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a job in the background of a script starts with Ctrl-C switched off
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    work = collection.parent / ".nftforge" / "tmp"
    while not work.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130 and "Traceback" not in err
    assert not work.exists()
    assert run_json(collection)["totals"]["minted"] == 2


@pytest.mark.slow
@pytest.mark.timeout(1200)  # dozens of commands
def test_killed_at_random_moments_it_always_ends_the_same(finished, tmp_path):
    """All is loaded when a command starts, and so each moment is one of work."""
    expected = settled(finished[1])
    chances = random.Random(20261123)
    for attempt in range(6):
        path = small_collection(tmp_path / str(attempt))
        for _ in range(12):
            if nftforge("run", path, kill_after_s=chances.uniform(0.05, 1.2)).code == 0:
                break
        assert settled(run_json(path)) == expected
        assert nftforge("verify", path).code == 0
        assert not (path.parent / ".nftforge" / "tmp").exists()


# --- networks -----------------------------------------------------------------------------------


@pytest.mark.anvil
def test_the_same_on_anvil(finished, tmp_path):
    path = small_collection(tmp_path, "anvil")
    with anvil() as url:
        env = {"ANVIL_RPC_URL": url}
        first = run_json(path, env=env)
        second = run_json(path, env=env)
        assert settled(first) == settled(second)
        assert all(all(piece["cached"].values()) for piece in second["pieces"])
        uris = [piece["token_uri"] for piece in first["pieces"]]
        assert uris == [piece["token_uri"] for piece in finished[1]["pieces"]]
        assert nftforge("verify", path, env=env).code == 0
    with anvil() as url:  # started afresh: a new rehearsal, not an error
        assert run_json(path, env={"ANVIL_RPC_URL": url})["totals"]["minted"] == 2


def test_a_node_that_does_not_answer_is_a_failed_service(collection):
    env = {"ANVIL_RPC_URL": "http://127.0.0.1:9/v2/SECRETSECRET"}
    result = nftforge("run", collection, "--network", "anvil", env=env)
    assert result.code == 4 and "does not answer" in result.err
    assert "SECRET" not in result.err and "Traceback" not in result.err


@pytest.mark.anvil
def test_a_mainnet_is_refused_without_being_asked_for(collection, tmp_path):
    collection.write_text(collection.read_text() + "pin: {to: [local], only_here: true}\n")
    with anvil("--chain-id", "1") as url:
        key = "0x" + "42" * 32
        env = {"MAINNET_RPC_URL": url, "NFTFORGE_PRIVATE_KEY": key}
        poor = nftforge("run", collection, "--network", "mainnet", env=env)
        assert poor.code == 5 and "is needed" in poor.err
        _give_money(url, "0x17c5185167401eD00cF5F5b2fc97D9BBfDb7D025")
        refused = nftforge("run", collection, "--network", "mainnet", env=env)
        assert refused.code == 7 and "--broadcast --confirm-chain 1" in refused.err
        wrong = ["run", collection, "--network", "mainnet", "--broadcast", "--confirm-chain", "5"]
        assert nftforge(*wrong, env=env).code == 7
        _keys_are_nowhere(collection.parent, key, poor, refused)


def _give_money(url, address):
    import httpx

    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "anvil_setBalance",
        "params": [address, hex(10**19)],
    }
    assert "error" not in httpx.post(url, json=body).json()


def _keys_are_nowhere(folder, key, *results):
    bare = key.removeprefix("0x")
    for result in results:
        assert bare not in result.out + result.err
    for path in folder.rglob("*"):
        assert not path.is_file() or bare.encode() not in path.read_bytes()


@pytest.mark.anvil
def test_a_testnet_asks_and_yes_answers(collection):
    with anvil("--chain-id", "11155111", "--block-time", "1") as url:
        env = {"SEPOLIA_RPC_URL": url, "NFTFORGE_PRIVATE_KEY": "0x" + "42" * 32}
        poor = nftforge("run", collection, "--network", "sepolia", "--yes", env=env)
        assert poor.code == 5 and "  Alchemy           https://" in poor.err  # a faucet, by name
        assert "Alchemy" in nftforge("plan", collection, "--network", "sepolia", env=env).out
        _give_money(url, "0x17c5185167401eD00cF5F5b2fc97D9BBfDb7D025")
        asked = nftforge("run", collection, "--network", "sepolia", env=env)
        assert asked.code == 7 and "--yes" in asked.err
        document = run_json(collection, "--network", "sepolia", "--yes", env=env)
        assert document["chain_id"] == 11155111 and document["totals"]["minted"] == 2
        page = f"https://sepolia.etherscan.io/token/{document['contract']}?a="
        assert [row["links"]["explorer"] for row in document["pieces"]] == [page + "1", page + "2"]
        assert "opensea" not in document["pieces"][0]["links"]
        again = nftforge("run", collection, "--network", "sepolia", env=env)
        assert again.code == 0 and not again.err and len(again.out.splitlines()) == 3
        edit(collection, "symbol: SML", "symbol: OTHER")
        changed = nftforge("run", collection, "--network", "sepolia", "--yes", env=env)
        assert changed.code == 7 and "symbol was SML, is OTHER" in changed.err
