"""ENS names: hashed by ENSIP-1, normalised by ENSIP-15, and looked up nowhere but on chain."""

from dataclasses import replace

import pytest
from eth_abi import decode, encode
from eth_utils import keccak

from nftforge.chain.connection import Chain
from nftforge.chain.failover import FailoverProvider
from nftforge.chain.networks import find_network
from nftforge.chain.providers import NodeProvider, answered
from nftforge.chain.recipient_checks import resolve
from nftforge.core.errors import ConfigError, RpcError

MAINNET = replace(find_network("mainnet"), kind="dev")
ALICE = "0x52908400098527886E0F7030069857D2E4169EE7"
UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
FOO = "de9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f"  # ENSIP-1's own example


class FakeEns(NodeProvider):
    """A mainnet node whose universal resolver knows `names`: node (hex) -> the answer."""

    name = "fake"

    def __init__(self, names):
        super().__init__()
        self.names, self.asked = names, []

    def make_request(self, method, params):
        if method == "eth_chainId":
            return answered("0x1")
        self.asked.append(method)
        call, _ = params
        assert method == "eth_call" and call["to"] == UNIVERSAL_RESOLVER
        data = bytes.fromhex(call["data"][2:])
        assert data[:4] == keccak(text="resolve(bytes,bytes)")[:4]
        _, inner = decode(("bytes", "bytes"), data[4:])
        assert inner[:4] == keccak(text="addr(bytes32)")[:4]
        answer = self.names.get(inner[4:36].hex())
        if answer is None:
            raise RpcError(3, "execution reverted", "0x77209fe8")  # ResolverNotFound
        return answered("0x" + encode(("bytes", "address"), (answer, ALICE)).hex())


def mainnet(names):
    node = FakeEns(names)
    return Chain(MAINNET, FailoverProvider(MAINNET, [node], "fake")), node


def hashed(*labels):
    node = bytes(32)
    for label in reversed(labels):
        node = keccak(node + keccak(text=label))
    return node.hex()


def word(address):
    return bytes(12) + bytes.fromhex(address[2:])


def test_a_name_is_asked_for_by_the_hash_of_ensip_1():
    assert hashed("foo", "eth") == FOO
    assert resolve(mainnet({FOO: word(ALICE)})[0], "foo.eth") == ALICE


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("Foo.ETH", "foo"),
        ("Künstler.eth", "künstler"),
        ("ku\u0308nstler.eth", "künstler"),  # the same, decomposed
        ("Ⅷ.eth", "viii"),
        ("ß.eth", "ß"),  # not ss: ENSIP-15 follows IDNA 2008
        ("🏴‍☠️.eth", "🏴‍☠"),
    ],
)
def test_a_name_means_what_ensip_15_says(written, means):
    chain, _ = mainnet({hashed(means, "eth"): word(ALICE)})
    assert resolve(chain, written) == ALICE


@pytest.mark.parametrize(
    "name",
    ["Кünstler.eth", "vitаlik.eth", "no_such.eth", "a..eth", "foo bar.eth", "x" * 256 + ".eth"],
)
def test_what_is_no_name_or_only_looks_like_one_is_asked_of_nobody(name):
    chain, node = mainnet({})
    with pytest.raises(ConfigError, match="is no ENS name") as error:
        resolve(chain, name)
    assert "write the address instead" in error.value.hint and not node.asked


@pytest.mark.parametrize("answer", [None, b"", bytes(32), b"half"])
def test_a_name_without_an_address_is_told(answer):
    chain, _ = mainnet({FOO: answer})
    with pytest.raises(ConfigError, match=r"the ENS name foo\.eth has no address"):
        resolve(chain, "foo.eth")


def test_a_name_that_sends_us_to_a_web_server_has_no_address(monkeypatch):
    """EIP-3668: the contract reverts with URLs; nothing is fetched from them."""
    chain, node = mainnet({})
    urls = encode(
        ("address", "string[]", "bytes", "bytes4", "bytes"),
        (UNIVERSAL_RESOLVER, ["http://127.0.0.1:9/{sender}/{data}.json"], b"x", b"abcd", b""),
    )
    lookup = keccak(text="OffchainLookup(address,string[],bytes,bytes4,bytes)")[:4] + urls

    def refuse(method, params):
        if method == "eth_chainId":
            return answered("0x1")
        raise RpcError(3, "execution reverted", "0x" + lookup.hex())

    monkeypatch.setattr(node, "make_request", refuse)
    monkeypatch.setattr("requests.Session.request", None)
    with pytest.raises(ConfigError, match="has no address"):
        resolve(chain, "foo.eth")


def test_where_there_is_no_ens_it_says_so():
    with pytest.raises(ConfigError, match="cannot be resolved on base: ENS is on mainnet"):
        base = replace(find_network("base"), chain_id=1, kind="dev")
        chain = Chain(base, FailoverProvider(base, [FakeEns({})], "fake"))
        chain.chain_id = 8453
        resolve(chain, "foo.eth")
