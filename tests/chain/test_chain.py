"""The same behaviour on the embedded chain and on a real Anvil."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from cast import call, cast, logs
from eth_utils import to_checksum_address
from support.anvil import anvil, rpc

from nftforge.chain.connection import connect
from nftforge.chain.contract import (
    CollectionSpec,
    check_proxy,
    deployment_of,
    describe_revert,
    mint_batch,
    mint_batch_to,
    mint_transactions,
    read_state,
    read_terms,
    read_token,
    read_tokens,
    set_directory,
)
from nftforge.chain.embedded import EmbeddedProvider
from nftforge.chain.known_contracts import latest
from nftforge.chain.networks import CREATE2_PROXY, NETWORKS, Network, find_network
from nftforge.chain.pricing import Call, quote
from nftforge.chain.transactions import SignedTx, confirm, sign
from nftforge.chain.wallet import dev_signer, new_signer
from nftforge.core.errors import (
    ConfigError,
    FundsError,
    GuardError,
    MissingError,
    NonceTakenError,
    RevertedError,
    RpcError,
    ServiceError,
)
from nftforge.ipfs.cid import DAG_PB, Cid

SIGNER = dev_signer()
SPEC = CollectionSpec("CryptoArt AI", "CART", SIGNER.address, 1000, 500, bytes(32))
TRANSFER = "Transfer(address indexed,address indexed,uint256 indexed)"
CONSTRUCTOR = "f(string,string,address,uint256,uint96,bytes32,(uint48,uint48,address,bytes32))"
TRANSFER_FROM = "transferFrom(address,address,uint256)"
OWNER_OF, BALANCE_OF = "ownerOf(uint256)(address)", "balanceOf(address)(uint256)"
DIGEST = Cid.parse("bafybeiftikrcddfuv2mjjqon63pe5aap2sz3xstlynzi47ctd5v3svtsdq").digest


@pytest.fixture(scope="session")
def anvil_url():
    with anvil() as url:
        yield url


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request, tmp_path):
    if request.param == "anvil":
        with connect(
            find_network("anvil"), rpc_url=request.getfixturevalue("anvil_url"), embedded_path=None
        ) as connected:
            yield connected
    else:
        path = tmp_path / "embedded.sqlite"
        with connect(find_network("embedded"), rpc_url=None, embedded_path=path) as connected:
            yield connected


def send(chain, call):
    bill = quote(chain, SIGNER.address, call, describe_revert)
    signed = sign(chain, SIGNER, call, bill, chain.nonce(SIGNER.address))
    return confirm(chain, [signed], sleep=lambda seconds: None)


def deployed(chain, salt):
    deployment = deployment_of(SPEC, salt.ljust(32, b"\0"), chain.chain_id)
    check_proxy(chain)
    send(chain, deployment.call)
    return deployment.address


def test_a_collection_is_deployed_minted_and_read_back(chain):
    address = deployed(chain, b"read back")
    assert read_state(chain, address).batches == ()
    receipt = send(chain, mint_batch(address, SIGNER.address, 1, 3, DIGEST))
    state = read_state(chain, address)
    assert (state.next_id, state.owner, state.frozen) == (4, SIGNER.address, False)
    assert [(b.first_id, b.count, b.directory) for b in state.batches] == [(1, 3, DIGEST)]
    assert read_token(chain, address, 2) == (SIGNER.address, f"ipfs://{Cid(DAG_PB, DIGEST)}/2.json")
    assert mint_transactions(chain, address) == dict.fromkeys((1, 2, 3), receipt.hash)


def test_a_call_is_tried_as_if_somebody_had_the_money(chain):
    """By an account that has nothing, to one that keeps it; in that state only."""
    poor, other = to_checksum_address("0x" + "57" * 20), to_checksum_address("0x" + "58" * 20)
    gift = Call(other, b"", 10**27)  # more than any account here has
    with pytest.raises((RevertedError, ServiceError)):
        chain.call(gift.fields(poor))
    assert chain.call(gift.fields(poor), chain.head(), balances={poor: 10**27}) == b""
    assert chain.balance(poor) == chain.balance(other) == 0


def test_the_clock_is_the_chains(chain):
    before = chain.head()
    address = deployed(chain, b"clock")
    assert chain.timestamp() == chain.timestamp(chain.head()) > chain.timestamp(before)
    assert chain.code(address)


def test_the_embedded_chain_overrides_balances_and_nothing_else():
    provider = EmbeddedProvider(None)
    call = {"from": SIGNER.address, "to": SIGNER.address, "data": "0x"}
    with pytest.raises(RpcError, match="overrides balances only"):
        provider.ask("eth_call", call, "latest", {SIGNER.address: {"code": "0x00"}})
    provider.close()


def test_an_airdrop_gives_each_token_to_its_recipient(chain):
    address = deployed(chain, b"airdrop")
    holders = [to_checksum_address(f"0x{number:040x}") for number in (1, 1, 2, 3, 3, 1)]
    send(chain, mint_batch_to(address, holders, 1, DIGEST))
    assert [read_token(chain, address, i + 1)[0] for i in range(6)] == holders
    assert [(b.first_id, b.count) for b in read_state(chain, address).batches] == [(1, 6)]


@pytest.mark.anvil
def test_an_indexer_that_reads_only_Transfer_events_finds_every_owner(anvil_url):  # noqa: N802
    """cast, and nothing of ours: what a marketplace does."""
    accounts = [to_checksum_address(account) for account in rpc(anvil_url, "eth_accounts")]
    with connect(find_network("anvil"), rpc_url=anvil_url, embedded_path=None) as chain:
        address = deployed(chain, b"indexed")
        for first, count in ((1, 71), (72, 1), (73, 300)):
            send(chain, mint_batch(address, SIGNER.address, first, count, DIGEST))
        send(chain, mint_batch_to(address, [accounts[k % 3] for k in range(80)], 373, DIGEST))
    for token in (1, 71, 72, 73, 144, 145, 372):  # both sides of the edges of pages and batches
        data = cast("calldata", TRANSFER_FROM, SIGNER.address, accounts[1], str(token))
        move = {"from": SIGNER.address, "to": address, "data": data}
        rpc(anvil_url, "eth_sendTransaction", move)
    owners = {}
    for log in logs(anvil_url, address, TRANSFER):
        seller, buyer, token = log["topics"][1:]
        assert owners.get(int(token, 16), "0x" + "00" * 32) == seller
        owners[int(token, 16)] = buyer
    assert sorted(owners) == list(range(1, 453)) and len(set(owners.values())) == 3
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda token: call(anvil_url, address, OWNER_OF, token), owners)
        assert [f"0x{owner[2:].lower():0>64}" for owner in found] == list(owners.values())
    for account in accounts[:3]:
        held = list(owners.values()).count(f"0x{account[2:].lower():0>64}")
        assert int(call(anvil_url, address, BALANCE_OF, account)) == held


@pytest.mark.anvil
def test_what_was_minted_is_read_the_same_by_a_reader_that_is_not_ours(anvil_url):
    with connect(find_network("anvil"), rpc_url=anvil_url, embedded_path=None) as chain:
        address = deployed(chain, b"theirs")
        minted = send(chain, mint_batch(address, SIGNER.address, 1, 3, DIGEST))
        state, terms = read_state(chain, address), read_terms(chain, address)
        tokens, transactions = (
            read_tokens(chain, address, [1, 3]),
            mint_transactions(chain, address),
        )
    for token, (owner, uri) in tokens.items():
        assert call(anvil_url, address, OWNER_OF, token) == owner
        assert call(anvil_url, address, "tokenURI(uint256)(string)", token) == uri
    assert call(anvil_url, address, "name()(string)") == state.name
    assert call(anvil_url, address, "owner()(address)") == state.owner
    assert int(call(anvil_url, address, "nextId()(uint256)")) == state.next_id
    assert call(anvil_url, address, "contractURI()(string)") == terms.contract_uri
    rows = logs(anvil_url, address, TRANSFER)
    mints = {int(row["topics"][3], 16): row["transactionHash"] for row in rows}
    assert mints == transactions == dict.fromkeys((1, 2, 3), minted.hash)


@pytest.mark.parametrize("chain_id", [1, 31337])
def test_calldata_and_addresses_are_what_foundry_makes_of_them(chain_id):
    salt = bytes(range(32))
    deployment = deployment_of(SPEC, salt, chain_id)
    full_salt = cast("keccak", "0x" + salt.hex() + f"{chain_id:064x}")
    arguments = cast(
        "abi-encode", CONSTRUCTOR,
        SPEC.name, SPEC.symbol, SPEC.owner, str(SPEC.max_supply), str(SPEC.royalty_bps),
        "0x" + "00" * 32, f"(0,0,0x{'00' * 20},0x{'00' * 32})",
    )  # fmt: skip
    assert (
        "0x" + deployment.call.data.hex()
        == full_salt + latest().artifact["bytecode"][2:] + arguments[2:]
    )
    code_hash = "0x" + deployment.init_code_hash.hex()
    place = cast("create2", "--deployer", CREATE2_PROXY, "--salt", full_salt,
                 "--init-code-hash", code_hash)  # fmt: skip
    assert deployment.address in place
    call = mint_batch_to(deployment.address, [SIGNER.address, SPEC.owner], 7, DIGEST)
    assert "0x" + call.data.hex() == cast(
        "calldata", "mintBatchTo(address[],uint256,bytes32)",
        f"[{SIGNER.address},{SPEC.owner}]", "7", "0x" + DIGEST.hex(),
    )  # fmt: skip


def test_the_address_is_known_before_and_nothing_is_there(chain):
    deployment = deployment_of(SPEC, b"nowhere".ljust(32, b"\0"), chain.chain_id)
    assert read_state(chain, deployment.address) is None


def test_the_address_depends_on_the_chain():
    assert deployment_of(SPEC, bytes(32), 1).address != deployment_of(SPEC, bytes(32), 5).address


def test_minting_the_same_batch_again_is_refused_with_the_reason(chain):
    address = deployed(chain, b"twice")
    call = mint_batch(address, SIGNER.address, 1, 2, DIGEST)
    send(chain, call)
    with pytest.raises(GuardError, match=r"NotNextToken\(3, 1\)"):
        quote(chain, SIGNER.address, call, describe_revert)


def test_metadata_can_be_published_anew(chain):
    address = deployed(chain, b"update")
    send(chain, mint_batch(address, SIGNER.address, 1, 2, bytes(32)))
    send(chain, set_directory(address, 0, DIGEST))
    assert read_token(chain, address, 1)[1] == f"ipfs://{Cid(DAG_PB, DIGEST)}/1.json"


def test_a_strangers_contract_is_refused(chain):
    with pytest.raises(GuardError, match="is not one of nftforge's"):
        read_state(chain, "0x4e59b44847b379578588920cA78FbF26c0B4956C")


def test_settling_again_mines_nothing_new(chain):
    address = deployed(chain, b"again")
    call = mint_batch(address, SIGNER.address, 1, 1, DIGEST)
    nonce = chain.nonce(SIGNER.address)
    signed = sign(chain, SIGNER, call, quote(chain, SIGNER.address, call), nonce)
    again = SignedTx.from_json(signed.to_json())
    first = confirm(chain, [signed], sleep=lambda seconds: None)
    second = confirm(chain, [again], sleep=lambda seconds: None)
    assert first == second
    assert chain.nonce(SIGNER.address) == nonce + 1


def test_a_nonce_that_went_elsewhere_is_told(chain):
    call = Call(SIGNER.address, b"")
    bill = quote(chain, SIGNER.address, call)
    nonce = chain.nonce(SIGNER.address)
    other = Call(SIGNER.address, b"lost")
    lost = sign(chain, SIGNER, other, quote(chain, SIGNER.address, other), nonce)
    confirm(chain, [sign(chain, SIGNER, call, bill, nonce)], sleep=lambda seconds: None)
    with pytest.raises(NonceTakenError):
        confirm(chain, [lost], sleep=lambda seconds: None)


def test_a_poor_signer_hears_what_is_missing(chain):
    with pytest.raises(FundsError, match=r"has 0\.000000 ETH"):
        quote(chain, new_signer().address, Call(SIGNER.address, b""))


def test_a_revert_carries_its_data(chain):
    address = deployed(chain, b"revert")
    call = mint_batch(address, SIGNER.address, 7, 1, DIGEST)
    with pytest.raises(RevertedError) as error:
        chain.call({"from": SIGNER.address, "to": call.to, "data": "0x" + call.data.hex()})
    assert describe_revert(error.value.data) == "NotNextToken(1, 7)"


@pytest.mark.anvil
def test_both_chains_use_the_same_gas(anvil_url):
    used = []
    for name, url in (("embedded", None), ("anvil", anvil_url)):
        with connect(find_network(name), rpc_url=url, embedded_path=None) as chain:
            address = deployed(chain, b"gas")
            used.append(send(chain, mint_batch(address, SIGNER.address, 1, 5, DIGEST)).gas_used)
    assert used[0] == used[1]


# --- the embedded chain alone -------------------------------------------------------------------


def embedded(path):
    return connect(find_network("embedded"), rpc_url=None, embedded_path=path)


def test_reading_a_chain_that_is_not_there_creates_no_file(tmp_path):
    with embedded(tmp_path / "chain" / "embedded.sqlite") as chain:
        assert chain.head() == 0 and chain.balance(SIGNER.address) > 0
    assert not (tmp_path / "chain").exists()


def test_reading_leaves_the_file_and_its_folder_alone(tmp_path):
    path = tmp_path / "embedded.sqlite"
    with embedded(path) as chain:
        send(chain, Call(SIGNER.address, b""))
    before = path.read_bytes(), path.stat().st_mtime_ns, tmp_path.stat().st_mtime_ns
    with embedded(path) as chain:
        assert chain.head() == 1
        chain.call({"from": SIGNER.address, "to": SIGNER.address})
    assert (path.read_bytes(), path.stat().st_mtime_ns, tmp_path.stat().st_mtime_ns) == before


def test_the_same_transactions_give_the_same_blocks(tmp_path):
    tips = set()
    for name in ("a", "b"):
        with embedded(tmp_path / f"{name}.sqlite") as chain:
            address = deployed(chain, b"same")
            receipt = send(chain, mint_batch(address, SIGNER.address, 1, 3, DIGEST))
            tips.add(receipt.block_hash)
    assert len(tips) == 1


def test_a_transaction_for_another_chain_is_refused(tmp_path):
    call = Call(SIGNER.address, b"")
    with embedded(tmp_path / "a.sqlite") as chain:
        bill = quote(chain, SIGNER.address, call)
        raw = SIGNER.sign(
            {
                "chainId": 1,
                "type": 2,
                "nonce": 0,
                "to": call.to,
                "value": 0,
                "gas": bill.gas,
                "maxFeePerGas": bill.max_fee,
                "maxPriorityFeePerGas": bill.priority_fee,
                "data": b"",
            }
        )
        assert "invalid chain id" in chain.send_raw(raw).words
        assert chain.nonce(SIGNER.address) == 0
        assert "no signed transaction" in chain.send_raw(b"\x02junk").words


def test_a_damaged_file_is_told_and_kept(tmp_path):
    path = tmp_path / "embedded.sqlite"
    path.write_bytes(b"this is no database, but it is long enough to be looked at" * 20)
    before = path.read_bytes()
    with (
        pytest.raises(MissingError, match=r"embedded\.sqlite: file is not a database"),
        embedded(path),
    ):
        pass
    assert path.read_bytes() == before


SENDER = """
import sys
from pathlib import Path
from nftforge.chain.networks import find_network
from nftforge.chain.connection import connect
from nftforge.chain.pricing import Bill, Call
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import dev_signer

signer = dev_signer()
with connect(find_network("embedded"), rpc_url=None, embedded_path=Path(sys.argv[1])) as chain:
    while True:
        call = Call(signer.address, b"")
        signed = sign(chain, signer, call, Bill(30_000, 10**10, 10**9), chain.nonce(signer.address))
        confirm(chain, [signed])
        print(signed.hash, flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path):
    path, acknowledged = tmp_path / "embedded.sqlite", []
    for round_ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", SENDER, str(path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(round_ % 5 + 1):
            acknowledged.append(process.stdout.readline().strip())
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate()
        acknowledged += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    with embedded(path) as chain:
        assert acknowledged and all(chain.receipt(line.strip()).ok for line in acknowledged)
        send(chain, Call(SIGNER.address, b""))


# --- connecting ---------------------------------------------------------------------------------


@pytest.mark.anvil
def test_a_node_of_another_chain_is_refused(anvil_url):
    sepolia = find_network("sepolia")
    with (
        pytest.raises(GuardError, match="is chain 31337, but sepolia is 11155111"),
        connect(sepolia, rpc_url=anvil_url, embedded_path=None),
    ):
        pass


def test_a_missing_rpc_url_names_its_variable():
    with (
        pytest.raises(MissingError, match="SEPOLIA_RPC_URL"),
        connect(find_network("sepolia"), rpc_url=None, embedded_path=None),
    ):
        pass


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/v2/SECRETSECRET", "http://u:SECRETSECRET@127.0.0.1:9/?key=SECRETSECRET"],
)
def test_an_unreachable_node_is_named_without_its_secrets(url, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with (
        pytest.raises(ServiceError) as error,
        connect(find_network("sepolia"), rpc_url=url, embedded_path=None),
    ):
        pass
    assert "127.0.0.1" in str(error.value) and "SECRET" not in str(error.value)


def test_networks_are_found_by_name_and_unknown_ones_listed():
    assert find_network("base").chain_id == 8453
    with pytest.raises(ConfigError, match="sepolia"):
        find_network("ropsten")
    assert all(isinstance(network, Network) for network in NETWORKS.values())


# --- the artifact -------------------------------------------------------------------------------


def test_the_contract_stays_small():
    assert len(latest().artifact["deployedBytecode"]) // 2 < 7_000  # a chain allows 24,576


@pytest.mark.anvil
@pytest.mark.slow
def test_a_rebuild_gives_the_committed_artifact_to_the_byte(tmp_path):
    from support import ROOT

    subprocess.run(
        [sys.executable, ROOT / "scripts" / "build-contracts", "--out", tmp_path], check=True
    )
    built = [path.relative_to(tmp_path) for path in sorted(tmp_path.rglob("*.json"))]
    assert len(built) == 3
    for name in built:
        committed = ROOT / "nftforge" / "chain" / "artifacts" / name
        assert (tmp_path / name).read_bytes() == committed.read_bytes()
