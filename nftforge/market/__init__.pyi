from .bulk import sign_orders
from .errors import describe
from .fulfillment import accept, buy, buy_available
from .opensea import OpenSea, Posted
from .opensea_orders import Found, Refused
from .opensea_terms import CollectionTerms, Fee, check_listing
from .order_json import (
    components_from_json,
    components_to_json,
    order_from_json,
    order_to_json,
)
from .orders import Order, OrderComponents
from .prices import Share, fee_share, received_at, royalty_share, total_at
from .seaport import (
    Sale,
    cancel,
    check_seaport,
    counter_of,
    increment_counter,
    sales_of,
    validate,
)
from .status import Standing, standing_of, standings_of
from .terms import ListingTerms, OfferTerms, listing, offer
from .typed_data import order_hash, sign_order

__all__ = [
    "CollectionTerms",
    "Fee",
    "Found",
    "ListingTerms",
    "OfferTerms",
    "OpenSea",
    "Order",
    "OrderComponents",
    "Posted",
    "Refused",
    "Sale",
    "Share",
    "Standing",
    "accept",
    "buy",
    "buy_available",
    "cancel",
    "check_listing",
    "check_seaport",
    "components_from_json",
    "components_to_json",
    "counter_of",
    "describe",
    "fee_share",
    "increment_counter",
    "listing",
    "offer",
    "order_from_json",
    "order_hash",
    "order_to_json",
    "received_at",
    "royalty_share",
    "sales_of",
    "sign_order",
    "sign_orders",
    "standing_of",
    "standings_of",
    "total_at",
    "validate",
]
