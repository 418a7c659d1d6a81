"""Whether it is Seaport; and that what the tests run is Seaport, to the byte."""

from __future__ import annotations

import json
import subprocess
import sys
from unittest.mock import patch

import pytest
from support import ROOT
from support.anvil import rpc
from support.market import ANVIL, ARTIST, SELLER
from support.seaport import CODE, OPENSEA_CONDUIT, canonical_address

from nftforge.chain import embedded
from nftforge.chain.abi import Interface
from nftforge.chain.connection import connect
from nftforge.chain.networks import find_network
from nftforge.core.errors import GuardError, MissingError
from nftforge.market.addresses import (
    CONDUIT_CONTROLLER,
    OPENSEA_CONDUIT_KEY,
    SEAPORT,
    conduit,
    operator,
)
from nftforge.market.orders import Order
from nftforge.market.seaport import (
    OrderStatus,
    cancel,
    check_seaport,
    counter_of,
    increment_counter,
    interface,
    order_statuses,
    validate,
)
from nftforge.market.tokens import abi_function
from nftforge.market.typed_data import domain_separator, order_hash

ELSEWHERE = "0x" + "5a" * 20


def test_the_init_code_goes_to_the_canonical_address_by_the_published_salt():
    assert len(CODE["seaport_init_code"]) // 2 - 1 == 25_903
    assert canonical_address() == SEAPORT


def test_the_keys_of_conduits_give_their_addresses():
    assert conduit(OPENSEA_CONDUIT_KEY) == "0x1E0049783F008A0085193E00003D00cd54003c71"
    assert operator(OPENSEA_CONDUIT_KEY) == OPENSEA_CONDUIT and operator(bytes(32)) == SEAPORT


@pytest.mark.anvil
@pytest.mark.slow
@pytest.mark.timeout(1_200)  # a minute of solc, on a machine with nothing else to do
def test_npm_gives_the_committed_abi_and_code_to_the_byte(tmp_path):
    subprocess.run([sys.executable, ROOT / "scripts/build-seaport", "--out", tmp_path], check=True)
    shipped, fixture = ROOT / "nftforge/market/seaport.json", ROOT / "tests/support/seaport.json"
    assert (tmp_path / "seaport.json").read_bytes() == shipped.read_bytes()
    assert (tmp_path / "code.json").read_bytes() == fixture.read_bytes()


def test_the_abi_is_one_entry_a_line():
    lines = (ROOT / "nftforge/market/seaport.json").read_text().splitlines()
    assert [json.loads(line.rstrip(",")) for line in lines[1:-1]] == list(interface().abi)


@pytest.mark.anvil
def test_seaport_is_known_by_what_it_says_of_itself(market):
    check_seaport(market.chain)
    version, domain, controller = market.seaport.functions.information().call()
    assert (version, controller) == ("1.6", CONDUIT_CONTROLLER)
    assert domain == domain_separator(ANVIL.chain_id)


@pytest.mark.anvil
@pytest.mark.parametrize("other", ["longer", "elsewhere", "another contract"])
def test_what_is_not_quite_seaport_is_refused(market, other):
    code = rpc(market.url, "eth_getCode", SEAPORT, "latest")
    codes = {"longer": code + "00", "elsewhere": code, "another contract": CODE["weth_code"]}
    place = ELSEWHERE if other == "elsewhere" else SEAPORT
    rpc(market.url, "anvil_setCode", place, codes[other])
    with pytest.raises(GuardError, match=r"is not Seaport 1.6"):
        check_seaport(market.chain, place)


def test_a_chain_without_it_sells_nothing():
    """As one that was begun by an older version."""
    with (
        patch.object(embedded, "accounts", dict),
        connect(find_network("embedded"), rpc_url=None, embedded_path=None) as chain,
        pytest.raises(MissingError, match=r"embedded .chain 616261. has no Seaport"),
    ):
        check_seaport(chain)


@pytest.mark.anvil
def test_the_conduit_of_the_tests_is_openseas(market):
    """By the controller's own words: its key, that it is there, and that Seaport may use it."""
    views = Interface(
        [
            abi_function("getConduit", "bytes32", "address bool"),
            abi_function("getKey", "address", "bytes32"),
            abi_function("getChannelStatus", "address address", "bool"),
        ]
    )

    def ask(view, *arguments):
        data = "0x" + views.encode(view, *arguments).hex()
        return views.decode(view, market.chain.call({"to": CONDUIT_CONTROLLER, "data": data}))

    assert ask("getConduit", OPENSEA_CONDUIT_KEY) == (OPENSEA_CONDUIT.lower(), True)
    assert ask("getKey", OPENSEA_CONDUIT) == (OPENSEA_CONDUIT_KEY,)
    assert ask("getChannelStatus", OPENSEA_CONDUIT, SEAPORT) == (True,)


@pytest.mark.anvil
def test_status_and_counter_follow_what_the_offerer_does(market):
    orders = [market.listing(token_id) for token_id in (1, 2, 3)]
    one, two, three = (order_hash(order) for order in orders)
    assert order_statuses(market.chain, [one]) == [OrderStatus(False, False, 0, 0)]
    market.send(SELLER, validate([Order(order) for order in orders[:2]]))
    market.send(SELLER, cancel(orders[1:]))
    first, *others = order_statuses(market.chain, [one, two, three])
    assert first == OrderStatus(True, False, 0, 0)
    assert [status.cancelled for status in others] == [True, True]
    assert order_statuses(market.chain, []) == []
    assert counter_of(market.chain, SELLER.address) == 0
    market.send(SELLER, increment_counter())
    counter = counter_of(market.chain, SELLER.address)
    assert counter == market.seaport.functions.getCounter(SELLER.address).call() != 0
    assert counter_of(market.chain, ARTIST.address) == 0
