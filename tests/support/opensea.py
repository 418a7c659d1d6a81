"""A stand-in for OpenSea behind faults, a client that waits on no clock, and orders for it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from eth_utils import to_checksum_address

from nftforge.chain.networks import find_network
from nftforge.market.addresses import OPENSEA_CONDUIT_KEY
from nftforge.market.opensea import OpenSea
from nftforge.market.terms import ListingTerms, OfferTerms, listing, offer
from nftforge.market.typed_data import order_hash, sign_order
from support.fake_opensea import KEY, WETH, FakeOpenSea
from support.faults import Faults
from support.market import ARTIST, DAY, ETHER, SELLER

MAINNET = find_network("mainnet")
CONTRACT = to_checksum_address("0x" + "c0" * 20)
NOW = 1_900_000_000
POST = ("POST", "/api/v2/orders/ethereum/seaport/listings")
LOOK = ("GET", "/api/v2/orders/chain/")
CONTRACTS = ("GET", "/api/v2/chain/")
COLLECTIONS = ("GET", "/api/v2/collections/")
LISTINGS = ("GET", "/api/v2/listings/")
OFFERS = ("GET", "/api/v2/offers/")
FILL = ("POST", "/api/v2/offers/fulfillment_data")


@dataclass
class Waits:
    """A clock that only waiting moves."""

    waited: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)

    def __call__(self) -> float:
        return sum(self.waited)


@dataclass
class There:
    """What stands at `url`, and who asks."""

    url: str
    faults: Faults
    fake: FakeOpenSea
    waits: Waits = field(default_factory=Waits)

    def client(self, key: str = KEY, chain: str = "ethereum", **more) -> OpenSea:
        waits = self.waits
        return OpenSea(key, chain, url=self.url, clock=waits, sleep=waits.sleep,
                       now=lambda: NOW + waits(), **more)  # fmt: skip

    def reset(self) -> There:
        """Nothing was asked yet."""
        self.waits = Waits()
        self.fake = FakeOpenSea(
            collections={CONTRACT.lower(): "sold"}, clock=lambda: NOW + self.waits()
        )
        self.faults.upstream = self.fake
        self.faults.seen.clear()
        self.faults.planned.clear()
        return self


@contextmanager
def running():
    faults = Faults(FakeOpenSea())
    with faults.running() as url:
        yield There(url, faults, FakeOpenSea())


def unsigned(terms=None, price=ETHER, **changes):
    """A listing as OpenSea takes it."""
    end = changes.get("end_price", price)
    shares = terms.shares(price, end) if terms else ()
    made = ListingTerms(SELLER.address, CONTRACT, 7, price, end, NOW, NOW + DAY, shares,
                        conduit_key=OPENSEA_CONDUIT_KEY, zone=terms.zone if terms else "0x" +
                        "00" * 20)  # fmt: skip
    return listing(replace(made, **changes), 0)


def signed(*arguments, **changes):
    return sign_order(SELLER, unsigned(*arguments, **changes), MAINNET)


def offered(token_id=7, amount=ETHER, **changes):
    """An offer of the artist's, who pays OpenSea's fee with it."""
    made = OfferTerms(ARTIST.address, to_checksum_address(WETH), amount, CONTRACT, token_id, NOW,
                      NOW + DAY, conduit_key=OPENSEA_CONDUIT_KEY)  # fmt: skip
    return sign_order(ARTIST, offer(replace(made, **changes), 0), MAINNET)


def hashed(order):
    return "0x" + order_hash(order.components).hex()
