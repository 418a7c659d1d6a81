"""Chains of one's own are given what really stands on others, so that a sale can be rehearsed."""

import pytest
from support.anvil import anvil
from support.seaport import FACTORY, made_by_its_constructor
from support.seaport import accounts as compiled_accounts

from nftforge.chain.connection import connect
from nftforge.chain.networks import find_network
from nftforge.chain.rehearsal import accounts
from nftforge.market.addresses import SEAPORT
from nftforge.market.seaport import check_seaport, furnish


def test_seaport_is_what_its_constructor_leaves():
    with made_by_its_constructor() as chain:
        assert chain.code(SEAPORT) == accounts()[SEAPORT].code
    compiled = compiled_accounts(find_network("embedded").chain_id)
    others = {address: each for address, each in accounts().items() if address != SEAPORT}
    assert {address.lower() for address in others} == {
        address.lower() for address in compiled if address != FACTORY
    }
    for address, each in others.items():
        code, storage = next(row for who, row in compiled.items() if who.lower() == address.lower())
        assert (each.code.hex(), dict(each.storage)) == (code[2:], storage)


def test_the_embedded_chain_begins_with_it():
    with connect(find_network("embedded"), rpc_url=None, embedded_path=None) as chain:
        check_seaport(chain)
        assert furnish(chain) == []


@pytest.mark.anvil
def test_a_development_node_is_given_it_once():
    with anvil() as url, connect(find_network("anvil"), rpc_url=url, embedded_path=None) as chain:
        assert set(furnish(chain)) == set(accounts())
        check_seaport(chain)
        assert furnish(chain) == []
