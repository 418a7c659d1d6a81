"""The table of contracts: what shipped once is known, read and found for ever."""

import pytest
from eth_utils import keccak
from support.another_contract import next_release

from nftforge.chain import known_contracts as table
from nftforge.chain.connection import connect
from nftforge.chain.contract import (
    CollectionSpec,
    commit_provenance,
    deployed_by,
    deployment_of,
    deployments_of,
    describe_revert,
    freeze,
    known_at,
    mint_batch,
    mint_batch_to,
    mint_transactions,
    minted_to,
    pending_owner,
    read_provenance,
    read_spec,
    read_state,
    read_terms,
    read_tokens,
    set_directory,
    standing,
    transactions_about,
    transfer_ownership,
)
from nftforge.chain.known_contracts import CAPABILITIES, known_by, known_contracts, latest
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import dev_signer
from nftforge.core.errors import GuardError

SIGNER, HOLDER = dev_signer(), "0x52908400098527886E0F7030069857D2E4169EE7"
SPEC = CollectionSpec("Kept", "KPT", SIGNER.address, 1000, 250, b"\1" * 32)
SALT = b"collection".ljust(32)
RELEASED = {
    1: (
        "d1fda038d9a3a311db4429f602f738283920d3e656dd54fe2323313ffd72f44e",
        "dd217ced8cb1f6165d37b7d46104861c9d4323199a8c7fe4663cf9f51fdc31d8",
    ),
}


@pytest.fixture
def released(tmp_path, monkeypatch):
    """A release with another contract, which its artists deploy from then on."""
    monkeypatch.setattr(table, "ARTIFACTS", next_release(tmp_path / "artifacts"))
    assert latest().version == 2


@pytest.fixture
def chain():
    with connect(find_network("embedded"), rpc_url=None, embedded_path=None) as connected:
        yield connected


def send(chain, call):
    bill = quote(chain, SIGNER.address, call, describe_revert)
    signed = sign(chain, SIGNER, call, bill, chain.nonce(SIGNER.address))
    return confirm(chain, [signed], sleep=lambda seconds: None)


def version(number):
    (known,) = (known for known in known_contracts() if known.version == number)
    return known


def test_a_version_that_was_released_never_changes():
    """After a change of the contract: `scripts/build-contracts --new-version`, and a line here."""
    found = {k.version: (k.runtime_hash.hex(), k.init_code_hash.hex()) for k in known_contracts()}
    assert found == RELEASED


@pytest.mark.parametrize("number", [1, 2])
def test_the_table_says_of_a_version_what_its_own_folder_holds(released, number):
    known = version(number)
    assert keccak(known.init_code) == known.init_code_hash
    assert known.is_code(bytes.fromhex(known.artifact["deployedBytecode"][2:]))
    functions = {entry["name"] for entry in known.artifact["abi"] if entry["type"] == "function"}
    able = {name for name, function in CAPABILITIES.items() if function in functions}
    assert known.capabilities == able


@pytest.mark.parametrize("number", [1, 2])
def test_every_known_version_is_deployed_minted_read_and_administered(released, chain, number):
    known = version(number)
    deployment = deployment_of(SPEC, SALT, chain.chain_id, known)
    assert known_at(chain, deployment.address) == latest()
    sent = {send(chain, deployment.call).hash}
    address = deployment.address
    assert known_at(chain, address) == known == read_state(chain, address).known
    sent |= {send(chain, mint_batch(address, SIGNER.address, 1, 3, bytes(32))).hash}
    if "airdrop" in known.capabilities:
        airdrop = mint_batch_to(address, [HOLDER, SIGNER.address], 4, bytes(32))
        sent |= {send(chain, airdrop).hash}
    sent |= {send(chain, commit_provenance(address, b"\7" * 32)).hash}
    sent |= {send(chain, set_directory(address, 0, b"\3" * 32)).hash}
    state = read_state(chain, address)
    count = 5 if "airdrop" in known.capabilities else 3
    assert (state.name, state.symbol, state.next_id) == ("Kept", "KPT", count + 1)
    assert (state.owner, state.frozen, state.provenance) == (SIGNER.address, False, b"\7" * 32)
    assert state.batches[0].directory == b"\3" * 32 and state.batches[0].count == 3
    spec = read_spec(chain, address)
    assert (spec.name, spec.max_supply, spec.royalty_bps) == ("Kept", 1000, 250)
    terms = read_terms(chain, address)
    assert terms.royalty_bps == 250 and terms.contract_uri.endswith("/contract.json")
    tokens = read_tokens(chain, address, range(1, count + 1))
    assert tokens[3][0] == SIGNER.address and tokens[3][1].endswith("/3.json")
    assert set(mint_transactions(chain, address)) == set(minted_to(chain, address)) == set(tokens)
    assert deployed_by(chain, SIGNER.address) == [address]
    assert not read_provenance(chain, address).kept
    send(chain, transfer_ownership(address, HOLDER))
    assert pending_owner(chain, address, chain.head()) == HOLDER
    send(chain, freeze(address))
    assert read_state(chain, address).frozen and sent <= transactions_about(chain, address)


@pytest.mark.parametrize("number", [1, 2])
def test_a_collection_stands_where_its_own_version_put_it(released, chain, number):
    deployments = deployments_of(SPEC, SALT, chain.chain_id)
    assert len({each.address for each in deployments}) == 2
    assert standing(chain, deployments) == deployments[0]  # nothing is there: the newest
    there = deployment_of(SPEC, SALT, chain.chain_id, version(number))
    send(chain, there.call)
    assert standing(chain, deployments) == there


def test_what_a_version_cannot_do_is_said_with_its_name(released):
    version(1).check("airdrop", HOLDER)
    with pytest.raises(GuardError, match=r"version 2 of nftforge's and has no airdrop"):
        version(2).check("airdrop", HOLDER)


def test_a_reason_that_only_another_version_gives_is_put_into_words_too(released):
    (error,) = (
        entry
        for entry in version(2).artifact["abi"]
        if entry.get("name") == "ERC2981InvalidDefaultRoyaltyReceiver"
    )
    assert error["inputs"][0]["type"] == "address"
    selector = keccak(text="ERC2981InvalidDefaultRoyaltyReceiver(address)")[:4].hex()
    said = describe_revert("0x" + selector + HOLDER[2:].rjust(64, "0"))
    assert said == f"ERC2981InvalidDefaultRoyaltyReceiver({HOLDER.lower()})"


def test_code_of_nobody_we_know_is_nobodys(released):
    for known in known_contracts():
        code = bytes.fromhex(known.artifact["deployedBytecode"][2:])
        assert known_by(code) == known
        assert known_by(code[:-1]) is None and known_by(code + b"\0") is None
        assert known_by(bytes([code[0] ^ 1]) + code[1:]) is None
    assert known_by(b"\0") is None
