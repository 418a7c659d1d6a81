"""Our look-ups against web3's contract objects, which do the same more slowly."""

import pytest
from eth_abi import encode
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes
from hypothesis import given, settings
from hypothesis import strategies as st
from web3.providers.base import BaseProvider

from nftforge.chain.contract import describe_revert, interface
from nftforge.chain.known_contracts import latest
from nftforge.chain.providers import client

THEIRS = client(BaseProvider()).eth.contract(abi=latest().artifact["abi"])
ADDRESS = st.binary(min_size=20, max_size=20).map(lambda raw: to_checksum_address(raw))
UINT, WORD = st.integers(0, 2**256 - 1), st.binary(min_size=32, max_size=32)
CALLS = {
    "mintBatch": (ADDRESS, UINT, UINT, WORD),
    "mintBatchTo": (st.lists(ADDRESS, max_size=4), UINT, WORD),
    "setDirectory": (UINT, WORD),
    "setMinter": (ADDRESS, st.booleans()),
    "royaltyInfo": (UINT, UINT),
    "freeze": (),
}


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_calldata_is_what_web3_makes_of_it(name, data):
    arguments = [data.draw(kind) for kind in CALLS[name]]
    ours = "0x" + interface().encode(name, *arguments).hex()
    assert ours == THEIRS.encode_abi(name, args=arguments)


EVENTS = {
    "Transfer": (["address", "address", "uint256"], []),
    "MinterUpdated": (["address"], ["bool"]),
    "BatchMetadataUpdate": ([], ["uint256", "uint256"]),
    "Frozen": ([], []),
}
KINDS = {"address": ADDRESS, "uint256": UINT, "bool": st.booleans()}


@pytest.mark.parametrize("name", EVENTS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_events_are_read_as_web3_reads_them(name, data):
    indexed, rest = EVENTS[name]
    topics = ["0x" + encode([kind], [data.draw(KINDS[kind])]).hex() for kind in indexed]
    log = {
        "topics": [interface().topic(name), *topics],
        "data": "0x" + encode(rest, [data.draw(KINDS[kind]) for kind in rest]).hex(),
    }
    where = {"address": "0x" + "00" * 20, "logIndex": 0, "transactionIndex": 0, "blockNumber": 1,
             "transactionHash": HexBytes(bytes(32)), "blockHash": HexBytes(bytes(32))}  # fmt: skip
    theirs = THEIRS.events[name]().process_log(
        {**where, "topics": [HexBytes(t) for t in log["topics"]], "data": HexBytes(log["data"])}
    )
    ours = interface().event(name, log)
    checksummed = {
        key: to_checksum_address(value) if str(value).startswith("0x") else value
        for key, value in ours.items()
    }
    assert checksummed == dict(theirs["args"])


@pytest.mark.parametrize("topics", [[], ["0x" + "00" * 32], ["TRANSFER", "0x" + "00" * 32]])
def test_a_log_of_another_event_is_refused(topics):
    found = [interface().topic("Transfer") if topic == "TRANSFER" else topic for topic in topics]
    with pytest.raises(ValueError):
        interface().event("Transfer", {"topics": found, "data": "0x"})


def selector(signature):
    return keccak(text=signature)[:4]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (selector("NotNextToken(uint256,uint256)") + encode(("uint256",) * 2, (4, 1)),
         "NotNextToken(4, 1)"),
        (selector("EmptyBatch()"), "EmptyBatch()"),
        (selector("Error(string)") + encode(("string",), ("no, sir",)), "no, sir"),
        (b"", "no reason given"),
        (b"\x12\x34\x56\x78" + bytes(4), "0x1234567800000000"),
        (selector("EmptyBatch()")[:3], "0x" + selector("EmptyBatch()")[:3].hex()),
        (selector("NotMinter(address)") + b"x", "0x" + selector("NotMinter(address)").hex() + "78"),
    ],
)  # fmt: skip
def test_a_revert_is_put_into_words_or_shown_as_it_is(data, said):
    assert describe_revert("0x" + data.hex()) == said
