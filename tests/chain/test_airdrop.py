"""Who receives what: CSV files, checksums, names, and contracts that would lose a token."""

from dataclasses import replace

import pytest
from anvil import anvil, mined, rpc
from machine import Machine

from nftforge.chain.networks import find_network
from nftforge.chain.receivers import ENS_REGISTRY, name_hash
from nftforge.chain.wallet import DEV_ADDRESS, key_signer
from nftforge.errors import ConfigError, GuardError

pytestmark = pytest.mark.anvil
ALICE, BOB = "0x52908400098527886E0F7030069857D2E4169EE7", "0x" + "b0" * 20
REJECTS, SILENT = "0x" + "c0" * 20, "0x" + "c1" * 20
TAKES, DELEGATES = "0x" + "c2" * 20, "0x" + "c3" * 20
RECEIVER_CODE = "0x63150b7a0260e01b60005260206000f3"  # returns the magic value, whatever is asked
FAKE_ENS = "0x73{}60005260206000f3"  # returns one address, whatever is asked


@pytest.fixture(scope="module")
def node():
    with anvil() as url:
        rpc(url, "anvil_setCode", REJECTS, "0x60006000fd")
        rpc(url, "anvil_setCode", SILENT, "0x00")
        rpc(url, "anvil_setCode", TAKES, RECEIVER_CODE)
        rpc(url, "anvil_setCode", DELEGATES, "0xef0100" + "d0" * 20)
        yield url


def machine(folder, node, csv, **options):
    folder.mkdir(exist_ok=True)
    (folder / "holders.csv").write_text(csv)
    options.setdefault("name", folder.name)
    return Machine(folder, node, mint_options={"to": "holders.csv"}, **options)


def test_every_piece_goes_to_its_holder(tmp_path, node):
    csv = f"piece,address\ntwo,{BOB}\none,{ALICE}\nthree,{ALICE.lower()}\n"
    made = machine(tmp_path / "drop", node, csv, pieces=("one", "three", "two"))
    ledger = made.mint()
    owners = {piece: token.owner.lower() for piece, token in ledger.tokens.items()}
    assert owners == {"one": ALICE.lower(), "three": ALICE.lower(), "two": BOB}
    sent = [
        to for to, ok in mined(node, DEV_ADDRESS) if to.lower() == ledger.address.lower() and ok
    ]
    assert len(sent) == 2  # neighbours with one holder share a batch
    again = made.mint()
    assert all(token.cached for token in again.tokens.values())


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ("a,b\n", ":1: the first line must be `piece,address`"),
        ("", ":1: the first line must be"),
        (f"piece,address\none,{ALICE}\n", "no address for two, three"),
        (f"piece,address\nnine,{ALICE}\n", ":2: there is no piece 'nine'"),
        (f"piece,address\none,{ALICE}\none,{BOB}\n", ":3: the piece 'one' has an address already"),
        (f"piece,address\none,{ALICE[:-1]}\n", ":2: '0x5290.*' is no address"),
        (f"piece,address\none,{ALICE[:-3]}eE7\n", ":2: .* wrong checksum"),
        ("piece,address\none\n", ":2: a piece and an address"),
        (
            f"piece,address\none,{ALICE}\ntwo,{ALICE}\nthree,artist.eth\n",
            "artist.eth cannot be resolved on anvil",
        ),
    ],
)
def test_a_wrong_line_is_told_before_anything_is_sent(tmp_path, node, csv, said):
    before = rpc(node, "eth_blockNumber")
    with pytest.raises(ConfigError, match=said):
        machine(tmp_path / "wrong", node, csv).mint()
    assert rpc(node, "eth_blockNumber") == before


@pytest.mark.parametrize("receiver", [REJECTS, SILENT])
def test_contracts_that_would_lose_a_token_are_found_before_sending(tmp_path, node, receiver):
    before = rpc(node, "eth_blockNumber")
    csv = f"piece,address\none,{ALICE}\ntwo,{receiver}\nthree,{BOB}\n"
    with pytest.raises(GuardError, match=f"(?i){receiver} on anvil: a contract that takes no"):
        machine(tmp_path / "lost", node, csv).mint()
    assert rpc(node, "eth_blockNumber") == before


def test_contracts_that_take_tokens_and_delegated_accounts_are_fine(tmp_path, node):
    csv = f"piece,address\none,{TAKES}\ntwo,{DELEGATES}\nthree,{BOB}\n"
    ledger = machine(tmp_path / "takes", node, csv).mint()
    assert [ledger.tokens[p].owner.lower() for p in ("one", "two")] == [TAKES, DELEGATES]


def test_name_hashes_are_those_of_ensip_1():
    assert name_hash("eth").hex() == (
        "93cdeb708b7545dc668eb9280176169d1c33cfd8ed6f04690a0bcc88a93fc4ae"
    )
    assert name_hash("foo.eth").hex() == (
        "de9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f"
    )


def test_ens_names_are_resolved_where_ens_is(tmp_path):
    key = "0x" + "42" * 32
    sepolia = replace(find_network("sepolia"), confirmations=1, block_s=1, timeout_s=5)
    with anvil("--chain-id", "11155111") as url:
        rpc(url, "anvil_setBalance", key_signer(key).address, hex(10**19))
        csv = f"piece,address\none,artist.eth\ntwo,{BOB}\nthree,Künstler.eth\n"
        made = machine(tmp_path / "ens", url, csv, network=sepolia, key=key)
        with pytest.raises(ConfigError, match="is no plain ENS name"):
            made.mint()
        (tmp_path / "ens" / "holders.csv").write_text(csv.replace("Künstler.eth", BOB))
        with pytest.raises(ConfigError, match=r"the ENS name artist\.eth has no address"):
            made.mint()
        rpc(url, "anvil_setCode", ENS_REGISTRY, FAKE_ENS.format("e0" * 20))
        rpc(url, "anvil_setCode", "0x" + "e0" * 20, FAKE_ENS.format(ALICE[2:]))
        assert made.mint().tokens["one"].owner == ALICE
