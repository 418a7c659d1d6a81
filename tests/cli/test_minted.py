"""What is minted stays what it is: files renamed, dropped, moved and repainted after the mint."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from eth_utils import to_checksum_address
from PIL import Image
from support import Result, nftforge, picture, small_collection, snapshot
from support.anvil import anvil, rpc
from support.fault_proxy import FaultProxy, say
from support.terminal import terminal

from nftforge.chain.connection import connect
from nftforge.chain.contract import interface
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import Call, quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import DEV_ADDRESS, dev_signer

COLLECTOR = to_checksum_address("0x" + "b0" * 20)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Minted on the embedded chain; tests must leave it as it is."""
    path = small_collection(tmp_path_factory.mktemp("finished"))
    ran(path)
    return path


@pytest.fixture
def minted(finished, tmp_path):
    return shutil.copytree(finished.parent, tmp_path / "minted") / finished.name


def ran(path, *options, env=None):
    result = nftforge("run", path, "--json", *options, env=env)
    assert result.code == 0, result.err
    return result


def edit(path, *changes):
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def rename(path, old, new):
    (path.parent / "images" / f"{old}.png").rename(path.parent / "images" / f"{new}.png")
    edit(path, (f"images/{old}.png", f"images/{new}.png"))


def locked(path, name="pieces.lock.csv"):
    with (path.parent / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def tokens(result):
    return {piece["id"]: piece["token_id"] for piece in result.json["pieces"]}


def give_away(path, token_id, to=COLLECTOR, network="embedded", url=None):
    """Token `token_id` to somebody else, by a transfer of its owner's."""
    address = nftforge("status", path, "--json", "--network", network, env=url and {
        f"{network.upper()}_RPC_URL": url
    }).json["contract"]  # fmt: skip
    chain_file = path.parent / ".nftforge" / "chain" / "embedded.sqlite"
    with connect(find_network(network), rpc_url=url, embedded_path=chain_file) as chain:
        data = interface().encode("transferFrom", DEV_ADDRESS, to, token_id)
        call = Call(address, data)
        bill, nonce = quote(chain, DEV_ADDRESS, call), chain.nonce(DEV_ADDRESS)
        confirm(chain, [sign(chain, dev_signer(), call, bill, nonce)])


def on_a_terminal(answers, *arguments, env):
    """Run with a terminal, and answer each question with these keys once it stands there."""
    with terminal("-m", "nftforge", *arguments, columns=120, env=env) as person:
        for question, keys in answers.items():
            person.wait_for(question)
            person.type(keys)
        return Result(person.finish(), "", "\n".join(person.lines))


# --- the lock file ------------------------------------------------------------------------------


def test_the_lock_file_says_which_piece_is_which_token(finished):
    one, two = locked(finished)
    assert (one["id"], one["image"], one["token_id"]) == ("one", "images/one.png", "1")
    assert (two["id"], two["chain_id"], two["token_id"]) == ("two", "616261", "2")
    assert one["contract"].startswith("0x") and len(one["sha256"]) == 64


def test_looking_writes_no_lock_file(minted):
    (minted.parent / "pieces.lock.csv").unlink()
    before = snapshot(minted.parent)
    for command in ("status", "plan", "verify"):
        assert nftforge(command, minted).code == 0
    assert snapshot(minted.parent) == before
    ran(minted)
    assert len(locked(minted)) == 2


def test_a_line_that_the_chain_contradicts_is_told_and_put_right(minted):
    lock = minted.parent / "pieces.lock.csv"
    right = lock.read_text()
    assert right.endswith(",2,2\n")  # the token and its defaults
    lock.write_text(right.removesuffix("2,2\n") + "7,2\n")
    assert "pieces.lock.csv:3: on embedded 'two' is token 2" in ran(minted).err
    assert lock.read_text() == right


def test_a_damaged_line_is_told_before_anything_is_done(minted):
    lock = minted.parent / "pieces.lock.csv"
    lock.write_text(lock.read_text() + "three,images\n")
    result = nftforge("run", minted)
    assert result.code == 2 and "pieces.lock.csv:4: 2 cells" in result.err


# --- renamed ------------------------------------------------------------------------------------


def test_a_renamed_picture_is_recognised_and_costs_nothing(minted):
    rename(minted, "one", "uno")
    result = ran(minted)
    assert "images/uno.png is the piece 'one': same picture, new name" in result.err
    assert tokens(result) == {"one": 1, "two": 2}
    assert all(all(piece["cached"].values()) for piece in result.json["pieces"])
    assert [row["image"] for row in locked(minted)] == ["images/uno.png", "images/two.png"]
    assert nftforge("verify", minted).code == 0


def test_it_is_recognised_with_the_lock_file_lost(minted):
    (minted.parent / "pieces.lock.csv").unlink()
    rename(minted, "one", "uno")
    assert tokens(ran(minted)) == {"one": 1, "two": 2}


@pytest.mark.parametrize("lost", [("journal",), ("journal", "store")])
def test_with_lock_file_and_journal_lost_no_third_token_is_minted(minted, lost):
    (minted.parent / "pieces.lock.csv").unlink()
    for name in lost:
        shutil.rmtree(minted.parent / ".nftforge" / name)
    rename(minted, "one", "uno")
    for command in ("plan", "run"):
        refused = nftforge(command, minted)
        assert refused.code == 7, refused.err
        assert "collection.yaml:8: pieces[0]: this " in refused.err
        assert "give it `id: one`" in refused.err
    assert "paint uno" not in refused.err
    edit(minted, ("name: One", "id: one, name: One"))
    assert tokens(ran(minted)) == {"one": 1, "two": 2}


def test_a_new_picture_beside_a_token_of_unknown_origin_is_minted_once_that_is_written(minted):
    (minted.parent / "pieces.lock.csv").unlink()
    for name in ("journal", "store"):
        shutil.rmtree(minted.parent / ".nftforge" / name)
    picture(minted.parent / "images" / "new.png", 7)
    edit(minted, ("images/one.png", "images/new.png"))
    refused = nftforge("run", minted)
    head, line = refused.err.split("write `")[1].split("` into")[0].split("` and `")
    (minted.parent / "pieces.lock.csv").write_text(f"{head}\n{line}\n")
    assert tokens(ran(minted)) == {"new": 3, "two": 2}


def test_another_id_for_the_same_picture_is_refused_with_the_line(minted):
    edit(minted, ("name: Two}", "name: Two, id: zwei}"))
    refused = nftforge("run", minted)
    assert refused.code == 7
    assert "yaml:9: pieces[1]: this is the picture of token 2, minted as 'two'" in refused.err


# --- dropped, moved away ------------------------------------------------------------------------


def drop_one(path):
    text = path.read_text()
    path.write_text("".join(line for line in text.splitlines(True) if "name: One" not in line))


def test_a_token_whose_piece_was_dropped_is_told_everywhere(minted):
    drop_one(minted)
    told = "token 1 was minted from 'one', which this file no longer names"
    for command in ("status", "plan", "verify", "run"):
        result = nftforge(command, minted)
        assert result.code == 0 and told in result.out, command
    row = {"piece": "one", "token_id": 1, "owner": DEV_ADDRESS}
    for command in ("status", "run", "verify", "plan"):
        found = nftforge(command, minted, "--json").json
        assert found["not_in_file"] == [row], command
        assert [piece["id"] for piece in found.get("pieces", ())] in ([], ["two"])
    gallery = nftforge("gallery", minted, "--json")
    assert any(told[1:] in note for note in gallery.json["notes"])
    assert [row["id"] for row in locked(minted)] == ["one", "two"]


def test_an_airdrop_may_name_a_minted_piece_that_was_dropped(minted):
    holders = f"piece,address\none,{COLLECTOR}\ntwo,{COLLECTOR}\n"
    (minted.parent / "holders.csv").write_text(holders)
    edit(minted, ("embedded}", "embedded, to: holders.csv}"))
    drop_one(minted)
    assert nftforge("status", minted).code == 0


def test_verify_of_one_piece_misses_no_files_of_the_others(minted):
    result = nftforge("verify", minted, "--only", "two", "--json")
    assert result.code == 0 and "not_in_file" not in result.json


def test_verify_notices_a_token_that_says_it_is_another_piece(minted):
    lock = minted.parent / "pieces.lock.csv"
    lock.write_text(lock.read_text().replace("one,", "uno,", 1))
    drop_one(minted)
    result = nftforge("verify", minted)
    assert result.code == 6 and "this is 'uno' by the lock file, and 'one' by its" in result.out


def test_a_picture_that_is_gone_is_needed_for_painting_only(minted):
    (minted.parent / "images" / "one.png").unlink()
    for command in ("status", "plan", "verify", "gallery"):
        assert nftforge(command, minted).code == 0, command
    edit(minted, ("name: One", "name: Eins"))
    updated = nftforge("update", minted, "--json")
    assert updated.code == 0 and updated.json["pieces"][0]["cached"]["paint"]
    edit(minted, ("seed: 3", "seed: 4"))
    refused = nftforge("run", minted)
    assert refused.code == 2 and "yaml:8: pieces[0].image: there is no picture" in refused.err
    assert "'one' has to be painted" in refused.err


# --- other art ----------------------------------------------------------------------------------


def test_art_that_a_collector_owns_is_not_replaced_unasked(minted):
    give_away(minted, 1)
    edit(minted, ("seed: 3", "seed: 5"))
    told = f"token 1 ('one', NOT YOURS, it belongs to {COLLECTOR}) would show other art: seed"
    planned = nftforge("plan", minted, "--json").json
    assert [row["token_id"] for row in planned["art_changes"]] == [1, 2]
    assert told in nftforge("plan", minted).out
    refused = nftforge("run", minted)
    assert refused.code == 7 and told in refused.err and "--change-sold" in refused.err
    assert "token 2 ('two', yours) would show other art" in refused.err
    assert "paint one: seed" not in refused.err  # refused before it is painted
    assert nftforge("update", minted, "--yes").code == 7
    nftforge("render", minted)
    seen = nftforge("run", minted)
    assert seen.code == 7
    sheet = Path(seen.err.split("before and after: ")[1].splitlines()[0])
    with Image.open(sheet) as both:
        assert both.format == "PNG" and min(both.size) > 300
    replaced = ran(minted, "--change-sold").json
    assert [piece["state"] for piece in replaced["pieces"]] == ["minted", "minted"]
    assert nftforge("verify", minted).code == 0


def test_a_name_or_trait_of_a_sold_token_is_published_as_ever(minted):
    give_away(minted, 1)
    edit(minted, ("Kind: first", "Kind: last"), ("name: One", "name: Eins"))
    assert "would show other art" not in ran(minted).err


def test_other_media_of_a_sold_token_are_other_art_too(minted):
    give_away(minted, 2)
    edit(minted, ("frames: 6", "frames: 4"))
    refused = nftforge("run", minted)
    assert refused.code == 7 and "token 2 ('two', NOT YOURS" in refused.err
    assert "gif changed" in refused.err


def test_the_same_files_under_other_addresses_are_no_other_art(tmp_path):
    path = small_collection(tmp_path)
    edit(path, ("brush: tape", "brush: oil"), ("size: 64", "size: 1024"))
    before = [piece["metadata_cid"] for piece in ran(path).json["pieces"]]
    edit(path, ("mint:", "pin: {profile: unixfs-v1-2025}\nmint:"))
    result = ran(path)  # files of over 256 KiB are in other pieces by that profile
    assert [piece["metadata_cid"] for piece in result.json["pieces"]] != before
    assert "would show other art" not in result.err


@pytest.mark.anvil
def test_on_a_test_network_ones_own_art_needs_a_yes_and_sold_art_the_option(tmp_path):
    path = small_collection(tmp_path)
    with anvil("--chain-id", "11155111", "--block-time", "1") as url:
        key = "0x" + "42" * 32
        owner = "0x17c5185167401eD00cF5F5b2fc97D9BBfDb7D025"
        env = {"SEPOLIA_RPC_URL": url, "NFTFORGE_PRIVATE_KEY": key}
        rpc(url, "anvil_setBalance", owner, hex(10**19))
        network = ("--network", "sepolia")
        address = ran(path, *network, "--yes", env=env).json["contract"]
        edit(path, ("seed: 3", "seed: 5"))
        asked = nftforge("run", path, *network, env=env)
        assert asked.code == 7 and "art of 2 tokens would be replaced, and nobody" in asked.err
        no = on_a_terminal({"Replace": "n\n"}, "run", path, *network, env=env)
        assert no.code == 7 and "Replace the art of 2 tokens? [y/N]" in no.err
        yes = on_a_terminal({"Replace": "y\n", "Send to": "y\n"}, "run", path, *network, env=env)
        assert yes.code == 0 and yes.err.index("Replace") < yes.err.index("Send to sepolia?")
        transfer = interface().encode("transferFrom", owner, COLLECTOR, 1)
        rpc(url, "anvil_impersonateAccount", owner)
        sent = {"from": owner, "to": address, "data": "0x" + transfer.hex()}
        rpc(url, "eth_sendTransaction", sent)
        rpc(url, "evm_mine")
        edit(path, ("seed: 5", "seed: 6"))
        sold = nftforge("run", path, *network, "--yes", env=env)
        assert (
            sold.code == 7
            and f"1 token that others own would show other art: 1 of {COLLECTOR}" in sold.err
        )
        options = (*network, "--yes", "--change-sold")
        assert ran(path, *options, env=env).json["totals"]["minted"] == 2


# --- the contract -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Small", "name: Large", "name was Small, is Large"),
        ("symbol: SML", "symbol: OTHER", "symbol was SML, is OTHER"),
        ("mint:", "contract: {royalty_percent: 5}\nmint:", "royalty_bps was 0, is 500"),
        ("mint:", "contract: {max_supply: 9}\nmint:", "max_supply was 281474976710655, is 9"),
    ],
)
@pytest.mark.parametrize("lost", [(), ("journal",), ("journal", "../pieces.lock.csv")])
def test_a_rehearsal_refuses_a_changed_contract_before_it_paints(minted, old, new, said, lost):
    for name in lost:
        place = minted.parent / ".nftforge" / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    edit(minted, (old, new), ("seed: 3", "seed: 4"))
    refused = nftforge("run", minted)
    assert refused.code == 7 and "is deployed and cannot change: " in refused.err
    assert said in refused.err and "paint one" not in refused.err
    assert "delete " in refused.err and ".nftforge/chain" in refused.err


def test_a_rehearsal_begins_anew_when_its_chain_is_deleted(minted):
    shutil.rmtree(minted.parent / ".nftforge" / "chain")
    edit(minted, ("symbol: SML", "symbol: OTHER"))
    assert tokens(ran(minted)) == {"one": 1, "two": 2}
    assert len({row["contract"] for row in locked(minted)}) == 1


def test_a_changed_description_with_all_lost_finds_the_contract_by_the_lock_file(minted):
    before = nftforge("status", minted, "--json").json["contract"]
    shutil.rmtree(minted.parent / ".nftforge" / "journal")
    edit(minted, ("description: Two small", "description: Two tiny"))
    assert ran(minted).json["contract"] == before


@pytest.mark.anvil
def test_with_all_lost_the_signers_earlier_contract_is_found_on_a_node(tmp_path):
    path = small_collection(tmp_path, "anvil")
    with anvil() as url:
        env = {"ANVIL_RPC_URL": url}
        ran(path, env=env)
        (tmp_path / "pieces.lock.csv").unlink()
        shutil.rmtree(tmp_path / ".nftforge" / "journal")
        edit(path, ("mint:", "contract: {royalty_percent: 5}\nmint:"))
        for command in ("plan", "run"):
            refused = nftforge(command, path, env=env)
            assert refused.code == 7 and "royalty_bps was 0, is 500" in refused.err
            assert "start the node afresh" in refused.err
        narrow = FaultProxy(url)
        narrow.on("eth_getLogs", say("query exceeds max block range 10000"), times=100)
        planned = nftforge("plan", path, env={"ANVIL_RPC_URL": narrow.url})
        assert planned.code == 0 and f"what {DEV_ADDRESS} deployed before" in planned.err
        assert "`contract: {address: 0x...}`" in planned.err


# --- two files in one folder --------------------------------------------------------------------


def test_two_collection_files_in_one_folder_keep_apart(minted):
    gallery = minted.parent / ".nftforge" / "gallery" / "embedded" / "index.html"
    before = snapshot(minted.parent / ".nftforge")
    other = minted.with_name("other.yaml")
    shutil.copy(minted, other)
    edit(other, ("name: Small", "name: Other"), ("name: One", "name: Eins"))
    result = ran(other)
    assert "other.yaml: its work is in .nftforge-other" in result.err
    assert snapshot(minted.parent / ".nftforge") == before and gallery.is_file()
    assert (minted.parent / ".nftforge-other" / "gallery" / "embedded" / "index.html").is_file()
    assert len(locked(other, "other.lock.csv")) == 2
    assert "its work is in" not in ran(other).err
    assert ran(minted).json["collection"] == "Small"
    assert nftforge("verify", minted).code == nftforge("verify", other).code == 0
