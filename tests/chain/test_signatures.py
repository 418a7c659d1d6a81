"""EIP-712 messages, signed by every kind of key, held against eth_account's own."""

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from nftforge.chain.signatures import TypedData, compact, expanded, recovered, sign_typed
from nftforge.chain.wallet import KeySigner, dev_signer, new_signer, save_keystore, unlock
from nftforge.core.errors import MismatchError

THEIRS = encode_typed_data(
    domain_data={"name": "Ether Mail", "version": "1", "chainId": 1},
    message_types={"Mail": [{"name": "contents", "type": "string"}]},
    message_data={"contents": "Hello, Bob!"},
)
OURS = TypedData(THEIRS.header, THEIRS.body, "Hello, Bob!")


def test_a_key_and_a_keystore_sign_what_eth_account_signs(tmp_path):
    signer = new_signer()
    stored = unlock(save_keystore(signer, "artist", tmp_path, "pw"), "pw")
    theirs = Account.sign_message(THEIRS, signer._account.key).signature
    assert signer.sign_typed(OURS) == stored.sign_typed(OURS) == bytes(theirs)
    assert Account.recover_message(THEIRS, signature=expanded(sign_typed(stored, OURS))) == (
        signer.address
    )


@settings(max_examples=30)
@given(domain=st.binary(min_size=32, max_size=32), message=st.binary(min_size=32, max_size=32))
def test_both_lengths_of_a_signature_are_of_the_same_account(domain, message):
    signer, typed = dev_signer(), TypedData(domain, message, "")
    full = signer.sign_typed(typed)
    short = compact(full)
    assert (len(full), len(short)) == (65, 64)
    assert expanded(short) == full and compact(short) == short and expanded(full) == full
    assert recovered(typed.digest, full) == recovered(typed.digest, short) == signer.address


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(65), b"\xff" * 65, bytes(63)])
def test_what_is_no_signature_is_nobodys(signature):
    assert recovered(OURS.digest, signature) is None


def test_a_signer_that_signs_another_message_is_stopped(monkeypatch):
    honest = KeySigner.sign_typed
    other = TypedData(OURS.domain_hash, bytes(32), "")
    monkeypatch.setattr(KeySigner, "sign_typed", lambda self, message: honest(self, other))
    with pytest.raises(MismatchError, match="signed another message than asked"):
        sign_typed(dev_signer(), OURS)
