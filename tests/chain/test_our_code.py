"""Whose code it is: only where nothing but immutable values differs from what we ship."""

import pytest
from support.fake_node import FakeNode, chain_of

from nftforge.chain.contract import read_state
from nftforge.chain.known_contracts import latest
from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.core.errors import GuardError

OURS = latest().artifact["deployedBytecode"]
IMMUTABLE = {
    at for start, length in latest().artifact["immutables"] for at in range(start, start + length)
}


def changed(at):
    code = bytearray.fromhex(OURS[2:])
    code[at] ^= 1
    return "0x" + code.hex()


@pytest.mark.parametrize("code", ["0x6001", OURS + "00", OURS[:-2], changed(0), changed(-1)])
def test_other_code_is_refused(code):
    assert 0 not in IMMUTABLE
    with pytest.raises(GuardError, match="is not one of nftforge's"):
        read_state(chain_of(FakeNode(eth_getCode=code)), DEV_ADDRESS)


def test_nothing_there_is_nothing():
    assert read_state(chain_of(FakeNode(eth_getCode="0x")), DEV_ADDRESS) is None
