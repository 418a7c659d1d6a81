"""Networks of one's own in the collection file, several URLs, and the lock on an account."""

import re
import threading
from dataclasses import replace

import pytest
from eth_utils.network import initialize_network_objects
from support import nftforge, small_collection
from support.anvil import anvil, rpc
from support.machine import LAB, Machine

from nftforge.chain.connection import connect
from nftforge.chain.networks import NETWORKS, find_network, public_mainnets
from nftforge.chain.pricing import Call, l1_fee, price
from nftforge.chain.wallet import key_signer
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.lock import locked

KEY = "0x" + "42" * 32


def write(tmp_path, networks):
    path = small_collection(tmp_path, "mine")
    path.write_text(path.read_text() + networks)
    return path


@pytest.mark.anvil
def test_a_network_of_ones_own_is_planned_on_and_asks_like_any_other(tmp_path):
    path = write(
        tmp_path,
        "networks:\n  mine: {chain_id: 4249, kind: testnet, confirmations: 1, currency: MINE}\n",
    )
    missing = nftforge("plan", path)
    assert missing.code == 3 and "MINE_RPC_URL" in missing.err
    with anvil("--chain-id", "4249") as url:
        env = {"MINE_RPC_URL": url, "NFTFORGE_PRIVATE_KEY": KEY}
        planned = nftforge("plan", path, "--json", env=env)
        assert planned.code == 0, planned.err
        assert planned.json["chain_id"] == 4249 and planned.json["bill"]["currency"] == "MINE"
        assert planned.json["bill"]["missing"] > 0
        rpc(url, "anvil_setBalance", key_signer(KEY).address, hex(10**19))
        assert nftforge("plan", path, "--json", env=env).json["bill"]["missing"] == 0


@pytest.mark.parametrize(
    ("networks", "said"),
    [
        ("networks: {mine: {chain_id: 1}}", "chain 1 is mainnet"),
        ("networks: {mine: {chain_id: 8453, kind: testnet}}", "chain 8453 is base"),
        ("networks: {mine: {chain_id: 56, kind: testnet}}", "11: networks.mine: chain 56 is BNB"),
        ("networks: {mine: {chain_id: 43114, kind: dev}}", "not a rehearsal"),
        ("networks: {mine: {chain_id: 100, kind: testnet}}", "write `kind: mainnet`"),
        ("networks: {sepolia: {chain_id: 7}}", "is a network of nftforge's"),
        ("networks: {mine: {chain_id: 0}}", "networks.mine.chain_id"),
        ("networks: {mine: {chain_id: 7, rpc_env: HOME}}", "networks.mine.rpc_env"),
        ("networks: {Mine: {chain_id: 7}}", "networks"),
        ("networks: {other: {chain_id: 7}}", "there is no network 'mine'"),
    ],
)
def test_a_network_that_would_go_round_the_guards_is_refused_with_its_line(
    tmp_path, networks, said
):
    result = nftforge("plan", write(tmp_path, networks + "\n"))
    assert result.code == 2 and said in result.err and "Traceback" not in result.err


def test_every_public_network_has_what_is_needed():
    assert set(NETWORKS) == {
        "embedded", "anvil", "hardhat", "sepolia", "base-sepolia", "mainnet", "base", "optimism",
        "arbitrum", "polygon",
    }  # fmt: skip
    for network in NETWORKS.values():
        if not network.is_rehearsal:
            assert network.explorer and str(network.rpc_env).endswith("_RPC_URL")
            assert network.confirmations >= 2
    assert len({n.chain_id for n in NETWORKS.values()}) == len(NETWORKS) - 1  # anvil = hardhat


@pytest.mark.anvil
def test_one_process_at_a_time_sends_from_an_account(tmp_path):
    with anvil() as url:
        rpc(url, "anvil_setBalance", key_signer(KEY).address, hex(10**19))
        machine = Machine(tmp_path / "a", url, LAB, key=KEY)
        name = f"{LAB.chain_id}-{key_signer(KEY).address.lower()}"
        with (
            locked(machine.job.keystores.parent / "locks" / name, "x"),
            pytest.raises(GuardError, match="another nftforge is working on lab with the account"),
        ):
            machine.mint()
        assert rpc(url, "eth_blockNumber") == "0x0"
        assert len(machine.mint().tokens) == 3


@pytest.mark.anvil
def test_without_a_lock_two_collections_with_one_key_still_end_right(tmp_path):
    with anvil() as url:
        rpc(url, "anvil_setBalance", key_signer(KEY).address, hex(10**19))
        made = [Machine(tmp_path / n, url, LAB, key=KEY, name=f"Lock {n}") for n in "ab"]
        for machine in made:
            machine.folder.mkdir()
            (machine.folder / "home").write_text("a file where the lock's folder should be")
        ledgers = {}
        threads = [
            threading.Thread(target=lambda m=m: ledgers.update({m.name: m.mint()})) for m in made
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {name: len(ledger.tokens) for name, ledger in ledgers.items()} == {
            "Lock a": 3, "Lock b": 3,
        }  # fmt: skip
        assert any("no lock on the account" in text for text in made[0].report.said)


@pytest.mark.anvil
def test_the_l1_fee_of_an_op_stack_is_part_of_what_is_needed():
    """A stand-in for the GasPriceOracle that always answers 7."""
    base = replace(find_network("base-sepolia"), timeout_s=5)
    call = Call("0x" + "00" * 20, b"data")
    with (
        anvil("--chain-id", "84532") as url,
        connect(base, rpc_url=url, embedded_path=None) as chain,
    ):
        assert l1_fee(chain, call) == 0
        oracle = "0x420000000000000000000000000000000000000F"
        rpc(url, "anvil_setCode", oracle, "0x600760005260206000f3")
        assert l1_fee(chain, call) == 7


@pytest.mark.anvil
def test_a_chain_without_eip_1559_is_paid_by_gas_price(tmp_path):
    with anvil("--hardfork", "berlin") as url:
        network = find_network("anvil")
        with connect(network, rpc_url=url, embedded_path=None) as chain:
            assert chain.fees() is None and price(chain, 21_000).priority_fee is None


@pytest.mark.anvil
def test_a_network_of_ones_own_is_a_mainnet_unless_the_file_says_otherwise(tmp_path):
    path = write(tmp_path, "networks: {mine: {chain_id: 4249}}\n")
    with anvil("--chain-id", "4249") as url:
        rpc(url, "anvil_setBalance", key_signer(KEY).address, hex(10**19))
        env = {"MINE_RPC_URL": url, "NFTFORGE_PRIVATE_KEY": KEY}
        path.write_text(path.read_text() + "pin: {to: [local], only_here: true}\n")
        refused = nftforge("run", path, "--yes", env=env)
        assert refused.code == 7 and "mine is a mainnet" in refused.err
        assert rpc(url, "eth_getTransactionCount", key_signer(KEY).address, "latest") == "0x0"


def test_a_network_where_money_is_real_may_be_called_what_it_is(tmp_path):
    path = write(tmp_path, "networks: {mine: {chain_id: 56, kind: mainnet}}\n")
    asked = nftforge("plan", path)
    assert asked.code == 3 and "no RPC URL is known for mine" in asked.err


def test_the_mainnets_that_are_known_are_in_the_list_that_eth_utils_keeps_too():
    """An independent copy of ethereum-lists; 9 and 999 were other networks' there."""
    theirs = {network.chain_id: network.name for network in initialize_network_objects()}
    both = {i: theirs[i] for i in public_mainnets() if i in theirs}
    assert len(public_mainnets()) >= 400 and len(both) > 200
    words = {"test", "testnet", "devnet", "goerli", "sepolia"}
    assert [i for i, name in both.items() if words & set(name.lower().split())] == [9, 999]
    ours = {network.chain_id for network in NETWORKS.values() if network.kind == "mainnet"}
    assert ours <= set(public_mainnets())
    test_networks = {network.chain_id for network in NETWORKS.values()} - ours
    assert not test_networks & set(public_mainnets())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ethereum", "mainnet"),
        ("eth", "mainnet"),
        ("mainet", "mainnet"),
        ("Sepolia", "sepolia"),
        ("sepola", "sepolia"),
        ("goerli", "sepolia"),
        ("base-seplia", "base-sepolia"),
        ("base_sepolia", "base-sepolia"),
        ("polygn", "polygon"),
        ("matic", "polygon"),
        ("localhost", "anvil"),
        ("moonbase", ""),
    ],
)
def test_a_network_that_is_nearly_named_is_suggested(typed, meant):
    with pytest.raises(ConfigError) as error:
        find_network(typed)
    assert error.value.hint.startswith(f"did you mean `{meant}`? " if meant else "networks: ")


@pytest.mark.parametrize(
    "typed",
    ["arbitrum-sepolia", "arbitrum-goerli", "polygon-amoy", "optimism-test", "op-sepolia",
     "base-testnet", "basetest", "maintest", "testnet", "mainnet-dev", "sepola",
     "mainnet-fork", "forked-mainnet", "local-mainnet"],
)  # fmt: skip
def test_no_mainnet_is_suggested_where_a_test_network_was_meant(typed):
    with pytest.raises(ConfigError) as error:
        find_network(typed)
    meant = re.match(r"did you mean `([\w-]+)`", error.value.hint)
    assert meant is None or find_network(meant[1]).kind != "mainnet"


def test_a_network_that_was_shut_down_is_called_so():
    with pytest.raises(ConfigError, match="'goerli'; that test network was shut down"):
        find_network("goerli")


def test_new_mainnets_are_known_and_no_test_network_is_one():
    new = {
        24, 690, 988, 1776, 4200, 4326, 5031, 7332, 8822, 9745, 10_000, 13_371, 41_923, 98_866,
        747_474, 1_440_000,
    }  # fmt: skip
    test_networks = {
        3, 4, 5, 97, 260, 300, 338, 1_281, 1_287, 1_301, 1_337, 2_522, 4_002, 10_143, 10_200,
        17_000, 31_337, 31_338, 43_113, 44_787, 50_312, 59_141, 80_001, 80_002, 80_069, 84_532,
        168_587_773, 421_614, 534_351, 560_048, 11_155_111, 11_155_420, 999_999_999,
    }  # fmt: skip
    assert new <= set(public_mainnets()) and not test_networks & set(public_mainnets())
