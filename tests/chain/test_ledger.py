"""Signing with a Ledger, which here is software (support/standin/hid.py): no device was at hand.

What is independent of us: the stand-in follows the app's documentation; Ledger's own Python
transport talks to it; support/standin/ledgerjs.json is what Ledger's own JavaScript sends.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st
from support import nftforge, small_collection
from support.anvil import anvil, mined, rpc
from support.machine import LAB, Machine

from nftforge.chain import contract, ledger
from nftforge.chain.connection import connect
from nftforge.chain.contract import read_state
from nftforge.chain.ledger import DEFAULT_PATH, LedgerSigner, chunks, encoded, parse_path
from nftforge.chain.networks import find_network
from nftforge.chain.signatures import TypedData, recovered, sign_typed
from nftforge.chain.transactions import SignedTx, Timing, _read, unsign
from nftforge.chain.wallet import KeySigner, signer_for
from nftforge.core.errors import ConfigError, GuardError, MismatchError, MissingError, ServiceError

STANDIN = Path(__file__).resolve().parents[1] / "support" / "standin"
SEPOLIA = find_network("sepolia")
TO = "0x4e59b44847b379578588920cA78FbF26c0B4956C"


@pytest.fixture
def hid(monkeypatch):
    monkeypatch.syspath_prepend(STANDIN)
    sys.modules.pop("hid", None)
    yield importlib.import_module("hid")
    del sys.modules["hid"]


@pytest.fixture
def device(hid):
    return hid.LEDGER


def transaction(kind=2, chain_id=1, length=0):
    data = bytes(i % 251 for i in range(length))
    fields = {"chainId": chain_id, "nonce": 5, "to": TO, "data": data, "value": 0, "gas": 1_500_000}
    if kind == 0:
        return {**fields, "gasPrice": 30_000_000_000}
    fees = {"maxFeePerGas": 30_000_000_000, "maxPriorityFeePerGas": 1_000_000_000}
    return {**fields, "type": 2, **fees}


# --- the protocol ---------------------------------------------------------------------------------


def test_the_commands_are_those_of_ledgers_own_client(hid, device, monkeypatch):
    """Recorded from @ledgerhq/hw-app-eth 7.9.0: `signTransaction` over a transport that listens."""
    rows = json.loads((STANDIN / "ledgerjs.json").read_text())
    assert {row["kind"] for row in rows} == {0, 2} and max(row["commands"] for row in rows) > 25
    signer = LedgerSigner(DEFAULT_PATH, [].append)
    monkeypatch.setattr(ledger, "sender_of", lambda raw: signer.address)  # it takes its time
    for row in rows:
        device.commands.clear()
        signer.sign(transaction(row["kind"], row["chain_id"], row["data_bytes"]))
        assert len(device.commands) == row["commands"], row
        assert hashlib.sha256(b"".join(device.commands)).hexdigest()[:16] == row["sha256"], row


def test_the_question_for_an_address_is_that_of_the_documentation(hid, device):
    address = LedgerSigner("m/44'/60'/1'/0/0", [].append).address
    assert device.commands == [
        bytes.fromhex("e002000015058000002c8000003c800000010000000000000000")
    ]
    assert address == hid.key_at(device.commands[0][5:]).public_key.to_checksum_address()


def test_ledgers_own_transport_understands_the_stand_in(hid, device):
    from ledgercomm.interfaces.hid_device import HID

    device.slow = False  # it waits for ever, and believes the first packet it gets
    theirs = HID()
    theirs.open()
    path = parse_path(DEFAULT_PATH)
    status, answer = theirs.exchange(bytes([0xE0, 2, 0, 0, len(path)]) + path)
    assert status == 0x9000 and ledger.address_of(DEFAULT_PATH)[2:].encode() in answer
    whole = encoded(transaction(length=300))
    for number, chunk in enumerate(chunks(path, whole)):
        command = bytes([0xE0, 4, 0x80 if number else 0, 0, len(chunk)]) + chunk
        status, answer = theirs.exchange(command)
    assert (status, len(answer)) == (0x9000, 65)


@settings(max_examples=50)
@given(
    kind=st.sampled_from([0, 2]),
    length=st.one_of(st.integers(0, 1200), st.integers(6_000, 9_000)),
    chain_id=st.sampled_from([1, 137, 8453, 42161, 11155111, 2**40]),
)
def test_whatever_is_signed_is_what_was_asked_and_by_the_account(kind, length, chain_id):
    asked = transaction(kind, chain_id, length)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(STANDIN)
        sys.modules.pop("hid", None)
        signer = LedgerSigner(DEFAULT_PATH, [].append)
        raw = signer.sign(asked)
        sys.modules.pop("hid")
    assert Account.recover_transaction(raw) == signer.address
    theirs = Account.from_key("0x" + "11" * 32).sign_transaction(asked).raw_transaction
    assert _read(raw) == _read(bytes(theirs))


@given(length=st.integers(1, 700), chain_id=st.sampled_from([1, 137, 11155111]))
def test_no_piece_of_a_legacy_transaction_ends_before_its_chain_id(length, chain_id):
    payload, path = encoded(transaction(0, chain_id, length)), parse_path(DEFAULT_PATH)
    pieces = chunks(path, payload)
    assert b"".join(pieces) == path + payload and all(0 < len(piece) <= 255 for piece in pieces)
    tail = {1: 3, 137: 4, 11155111: 6}[chain_id]
    assert len(pieces[-1]) > tail


@pytest.mark.parametrize(
    "path", ["", "m", "m/", "44'/60'/x", "m/44'//0", "m/-1", "m/2147483648", "/".join("1" * 11)]
)
def test_what_is_no_path_is_refused_before_the_device_is_asked(hid, device, path):
    with pytest.raises(ConfigError, match="NFTFORGE_LEDGER"):
        LedgerSigner(path, [].append)
    assert not device.commands


# --- what can go wrong ----------------------------------------------------------------------------

FAULTS = {
    "refuse": (GuardError, "refused on the Ledger"),
    "cancel": (GuardError, "refused on the Ledger"),
    "locked": (MissingError, "the Ledger is locked"),
    "dashboard": (MissingError, "the Ethereum app is not open"),
    "other-app": (MissingError, "the Ethereum app is not open"),
    "blind": (MissingError, "`Blind signing` is off"),
    "unplug": (MissingError, "was unplugged"),
    "pull": (MissingError, "was unplugged"),
    "absent": (MissingError, "no Ledger is plugged in"),
    "busy": (MissingError, "cannot be opened"),
    "broken": (ServiceError, "status 0x6f01"),
    "another": (MismatchError, "signature is not one of 0x"),
}


# --- messages -------------------------------------------------------------------------------------

MESSAGE = TypedData(b"\xab" * 32, b"\xcd" * 32, "sell token 7 for 0.05 ETH")


def test_the_command_for_a_message_is_that_of_ledgers_own_client(hid, device):
    """Recorded from @ledgerhq/hw-app-eth 7.9.0: `signEIP712HashedMessage` with these hashes."""
    signer = LedgerSigner("m/44'/60'/1'/0/0", [].append)
    signer.sign_typed(MESSAGE)
    assert device.commands[-1] == bytes.fromhex(
        "e00c000055058000002c8000003c800000010000000000000000" + "ab" * 32 + "cd" * 32
    )


def test_a_message_is_told_in_words_and_with_the_hashes_that_the_device_shows(hid, device):
    said = []
    signer = LedgerSigner(DEFAULT_PATH, said.append)
    signature = sign_typed(signer, MESSAGE)
    assert recovered(MESSAGE.digest, signature) == signer.address and len(signature) == 64
    assert "sell token 7 for 0.05 ETH" in said[0]
    assert all(shown in said[0] for shown in device.shown)


def test_a_message_without_words_never_reaches_the_device(hid, device):
    signer = LedgerSigner(DEFAULT_PATH, [].append)
    device.commands.clear()
    with pytest.raises(GuardError, match="nothing is said in words"):
        signer.sign_typed(replace(MESSAGE, words=""))
    assert not device.commands


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_device_says_of_a_message_is_told_and_it_signs_the_next_time(
    hid, device, fault
):
    signer = LedgerSigner(DEFAULT_PATH, [].append)
    device.faults = [fault]
    kind, words = FAULTS[fault]
    with pytest.raises(kind, match=words):
        signer.sign_typed(MESSAGE)
    device.faults = []
    assert recovered(MESSAGE.digest, signer.sign_typed(MESSAGE)) == signer.address


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_device_says_is_told_with_what_to_do_and_it_signs_the_next_time(
    hid, device, fault
):
    signer = LedgerSigner(DEFAULT_PATH, [].append)
    device.faults = [fault]
    kind, words = FAULTS[fault]
    with pytest.raises(kind, match=words):
        signer.sign(transaction(length=600))
    device.faults = []
    assert Account.recover_transaction(signer.sign(transaction(length=600))) == signer.address


def test_without_hidapi_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "hid", None)
    with pytest.raises(MissingError, match=r"nftforge\[ledger\]") as error:
        LedgerSigner(DEFAULT_PATH, [].append)
    assert error.value.exit_code == 3


def test_a_device_that_keeps_silent_is_given_up_if_no_finger_is_needed(hid, device, monkeypatch):
    monkeypatch.setattr(ledger, "PATIENCE_S", 0.0)
    monkeypatch.setattr(hid.device, "read", lambda *_: [])
    with pytest.raises(ServiceError, match="does not answer"):
        LedgerSigner(DEFAULT_PATH, [].append)


def test_a_garbled_answer_is_no_answer(hid, device, monkeypatch):
    garbled = iter([[], [1, 1, 5, 0, 7, *bytes(59)]])
    monkeypatch.setattr(hid.device, "read", lambda *_: next(garbled))
    with pytest.raises(ServiceError, match="garbled"):
        LedgerSigner(DEFAULT_PATH, [].append)


def test_a_signer_that_signs_something_else_is_stopped_before_the_journal(tmp_path, monkeypatch):
    honest = KeySigner.sign
    changed = {"nonce": 9, "to": "0x" + "11" * 20, "data": b"!", "value": 1, "gas": 10**6,
               "maxFeePerGas": 10**12, "maxPriorityFeePerGas": 1, "chainId": 5}  # fmt: skip
    for field, value in changed.items():
        monkeypatch.setattr(
            KeySigner, "sign", lambda self, t, f=field, v=value: honest(self, {**t, f: v})
        )
        machine = Machine(tmp_path / field, "", find_network("embedded"))
        with pytest.raises(MismatchError, match="signed another transaction than asked"):
            machine.mint()
        assert not machine.journal_path.exists()


def test_the_ledger_is_chosen_in_the_environment_and_not_beside_a_key(hid, tmp_path):
    for text in ("1", "default", DEFAULT_PATH):
        signer = signer_for(SEPOLIA, {"NFTFORGE_LEDGER": text}, tmp_path, None)
        assert repr(signer) == f"LedgerSigner({ledger.address_of(DEFAULT_PATH)})"
    other = signer_for(SEPOLIA, {"NFTFORGE_LEDGER": "m/44'/60'/1'/0/0"}, tmp_path, None)
    assert other.address != signer.address
    for name in ("NFTFORGE_PRIVATE_KEY", "NFTFORGE_KEYSTORE"):
        with pytest.raises(ConfigError, match=f"NFTFORGE_LEDGER and {name} are both set"):
            signer_for(SEPOLIA, {"NFTFORGE_LEDGER": "1", name: "x"}, tmp_path, None)


# --- a collection ---------------------------------------------------------------------------------


@pytest.fixture
def node():
    with anvil() as url:
        yield url


class LedgerMachine(Machine):
    """Mints on a public network with whatever Ledger is plugged in."""

    @property
    def job(self):
        job = super().job
        return replace(job, env={**job.env, "NFTFORGE_LEDGER": "1"})


@pytest.fixture
def machine(hid, node, tmp_path, monkeypatch):
    monkeypatch.setattr(contract, "MAX_BATCH", 2)
    rpc(node, "anvil_setBalance", ledger.address_of(DEFAULT_PATH), hex(10**19))
    return LedgerMachine(tmp_path / "a", node, LAB)


def counted(node, machine, ledger_):
    owner = ledger.address_of(DEFAULT_PATH)
    assert sorted(token.token_id for token in ledger_.tokens.values()) == [1, 2, 3]
    assert {token.owner for token in ledger_.tokens.values()} == {owner}
    with connect(LAB, rpc_url=node, embedded_path=None) as chain:
        assert read_state(chain, ledger_.address).next_id == 4
    sent = mined(node, owner)
    assert [ok for _, ok in sent] == [True] * 3  # the contract and two batches
    assert not machine.journal().unfinished()


@pytest.mark.anvil
def test_a_collection_is_deployed_and_minted_with_three_confirmations(node, device, machine):
    minted = machine.mint()
    counted(node, machine, minted)
    assert device.signed == 3
    asked = [text for text in machine.report.said if "confirm it on the Ledger" in text]
    assert len(asked) == 3 and "chain 31337, nonce 0" in asked[0] and "fees up to 0.00" in asked[0]
    assert max(len(command) for command in device.commands) == 260
    machine.mint()
    assert device.signed == 3


@pytest.mark.anvil
@pytest.mark.parametrize("fault", ["refuse", "locked", "pull"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_stops_at_the_device_goes_on_there_the_next_time(node, device, machine, fault, at):
    signer = signer_for(LAB, machine.job.env, machine.folder, None)
    real = LedgerSigner.sign

    def sign(self, wanted):
        if device.signed == at:
            device.faults = [fault]
        return real(self, wanted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LedgerSigner, "sign", sign)
        with pytest.raises((GuardError, MissingError)) as error:
            machine.mint()
    assert error.value.exit_code == (7 if fault == "refuse" else 3)
    events = machine.events if machine.journal_path.exists() else []
    assert sum("intent" in event for event in events) == at  # nothing that was not signed
    assert len(mined(node, signer.address)) == at
    counted(node, machine, machine.mint())


@pytest.mark.anvil
def test_a_replacement_asks_again_and_a_refusal_leaves_the_first_one_to_be_mined(
    node, device, machine
):
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    rpc(node, "evm_setAutomine", False)
    real = LedgerSigner.sign

    def sign(self, wanted):
        if device.signed == 4:
            device.faults = ["refuse"]
        return real(self, wanted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LedgerSigner, "sign", sign)
        hurry(patch)
        with pytest.raises(GuardError, match="refused on the Ledger"):
            machine.mint()
    (first,) = machine.attempts
    rpc(node, "evm_setAutomine", True)
    rpc(node, "evm_mine")
    assert machine.mint().tokens["four"].tx == first["hash"]
    assert device.signed == 4


@pytest.mark.anvil
def test_a_replacement_that_is_confirmed_pays_more(node, device, machine):
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    rpc(node, "evm_setAutomine", False)
    real = LedgerSigner.sign

    def sign(self, wanted):
        raw = real(self, wanted)
        if device.signed == 5:
            rpc(node, "evm_setAutomine", True)
        return raw

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LedgerSigner, "sign", sign)
        hurry(patch)
        minted = machine.mint()
    older, newer = machine.attempts
    fees = [unsign(SignedTx.from_json(attempt))[1].max_fee for attempt in (older, newer)]
    assert fees[1] >= fees[0] * 1.1 and older["nonce"] == newer["nonce"]
    assert minted.tokens["four"].tx in (older["hash"], newer["hash"])
    assert len(mined(node, newer["sender"])) == 4


def hurry(patch):
    patch.setattr(Timing, "of", classmethod(lambda cls, network: cls(0.05, 0.2, 0.5, 60.0)))


@pytest.mark.anvil
def test_the_command_line_mints_with_a_ledger_and_says_what_it_waits_for(tmp_path):
    path = small_collection(tmp_path / "art", "sepolia")
    log = tmp_path / "asked"
    with anvil("--chain-id", "11155111", "--block-time", "0.4") as url:
        env = {
            "PYTHONPATH": os.pathsep.join([str(STANDIN), os.environ.get("PYTHONPATH", "")]),
            "SEPOLIA_RPC_URL": url,
            "NFTFORGE_LEDGER": "default",
            "NFTFORGE_HOME": str(tmp_path / "home"),
            "FAKE_LEDGER_LOG": str(log),
        }
        address = nftforge("wallet", "ledger", env=env).out.strip()
        planned = nftforge("plan", path, "--json", env=env)
        assert planned.json["bill"]["signer"] == address and not log.exists()
        rpc(url, "anvil_setBalance", address, hex(10**19))
        locked = nftforge("run", path, "--yes", env={**env, "FAKE_LEDGER": "locked"})
        assert locked.code == 3 and "unlock it" in locked.err and "Traceback" not in locked.err
        refused = nftforge("run", path, "--yes", env={**env, "FAKE_LEDGER": "refuse"})
        assert refused.code == 7 and "confirm it on the Ledger: to 0x" in refused.err
        assert len(log.read_text().split()) == 1 and not mined(url, address)
        done = nftforge("run", path, "--yes", "--json", env=env)
        assert done.code == 0, done.err
        assert done.json["totals"]["minted"] == 2
        assert {piece["owner"] for piece in done.json["pieces"]} == {address}
        assert len(log.read_text().split()) == 3  # the refused one, the contract, the batch
