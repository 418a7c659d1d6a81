"""Selling and buying tokens through Seaport 1.6, with nothing but a chain, and on OpenSea.

    from nftforge.market import ListingTerms, listing, sign_orders, standing_of

    terms = ListingTerms(seller, token, 7, price, price, start_time, end_time)
    (order,) = sign_orders(signer, [listing(terms, counter_of(chain, seller))], chain.network)
    print(standing_of(chain, order))          # for-sale, sold, withdrawn, ... or broken, and why

An order is a promise that whoever holds it can take: it costs nothing to make, and lies wherever
its signature is put, in a file as JSON or at OpenSea, which wants a key and takes a fee. The
package knows nothing of collections, stands on `chain` and could be published alone. Its front
door:

    orders        Order  OrderComponents  order_hash
    from terms    ListingTerms  OfferTerms  listing  offer  Share  fee_share  royalty_share
    signing       sign_order  sign_orders  validate
    withdrawing   cancel  increment_counter  counter_of
    taking        buy  buy_available  accept  total_at  received_at
    as JSON       order_to_json  order_from_json  components_to_json  components_from_json
    on OpenSea    OpenSea  CollectionTerms  Fee  check_listing  Posted  Found  Refused
    looking       check_seaport  standing_of  standings_of  Standing  sales_of  Sale  describe

What is named here is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
