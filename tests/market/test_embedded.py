"""A whole sale on the embedded chain, which has Seaport at the same address as any other."""

from support.market import ETHER

from nftforge.chain.connection import connect
from nftforge.chain.contract import CollectionSpec, deployment_of, mint_batch, read_owners
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import Call, quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import dev_signer, key_signer
from nftforge.market.addresses import SEAPORT
from nftforge.market.errors import describe
from nftforge.market.fulfillment import buy
from nftforge.market.prices import total_at
from nftforge.market.seaport import check_seaport, counter_of
from nftforge.market.status import Standing, standing_of
from nftforge.market.terms import ListingTerms, listing
from nftforge.market.tokens import approve
from nftforge.market.typed_data import sign_order

EMBEDDED = find_network("embedded")
ARTIST, BUYER = dev_signer(), key_signer("0x" + "b2" * 32)


def send(chain, signer, call):
    bill = quote(chain, signer.address, call, describe)
    return confirm(chain, [sign(chain, signer, call, bill, chain.nonce(signer.address))])


def test_a_token_is_listed_tried_sold_and_paid_for(tmp_path):
    path = tmp_path / "embedded.sqlite"
    with connect(EMBEDDED, rpc_url=None, embedded_path=path) as chain:
        check_seaport(chain)
        spec = CollectionSpec("Sold", "SLD", ARTIST.address, 10, 500, bytes(32))
        deployment = deployment_of(spec, bytes(32), chain.chain_id)
        token = deployment.address
        for call in (
            deployment.call,
            mint_batch(token, ARTIST.address, 1, 3, bytes(32)),
            approve(token, SEAPORT, 2),
            Call(BUYER.address, b"", 5 * ETHER),
        ):
            send(chain, ARTIST, call)
        now = chain.timestamp()
        terms = ListingTerms(ARTIST.address, token, 2, ETHER, ETHER // 3, now, now + 86_400)
        components = listing(terms, counter_of(chain, ARTIST.address))
        order = sign_order(ARTIST, components, EMBEDDED)
        assert standing_of(chain, order) == Standing("for-sale")
        before = chain.balance(ARTIST.address), chain.balance(BUYER.address)
        receipt = send(chain, BUYER, buy(order, ETHER))
        price = total_at(components, chain.timestamp())
        assert ETHER // 3 < price < ETHER
        assert chain.balance(ARTIST.address) == before[0] + price
        assert chain.balance(BUYER.address) == before[1] - price - receipt.paid_wei
        assert read_owners(chain, token, [2], chain.head()) == {2: BUYER.address}
        assert standing_of(chain, order) == Standing("sold")
