from .bulk import sign_orders
from .errors import describe
from .fulfillment import accept, buy, buy_available
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
    "ListingTerms",
    "OfferTerms",
    "Order",
    "OrderComponents",
    "Sale",
    "Share",
    "Standing",
    "accept",
    "buy",
    "buy_available",
    "cancel",
    "check_seaport",
    "counter_of",
    "describe",
    "fee_share",
    "increment_counter",
    "listing",
    "offer",
    "order_hash",
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
