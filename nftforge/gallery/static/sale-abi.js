// Calls of Seaport 1.6, put together here from what the page shows.
//
// Nothing of a call comes ready-made with the data: where it goes, which function it is, which token
// it buys and for what money all stand here, or are what the visitor reads. An order that was signed
// for anything else then has another hash, and Seaport refuses it. Only the chain's own currency is
// ever paid, so no allowance that a visitor once gave can be drawn on.
// Source: https://docs.soliditylang.org/en/latest/abi-spec.html; seaport-types 1.6.3
"use strict";
(() => {
  const SEAPORT = "0x0000000000000068F116a894984e2DB1123eB395"; // the same on every chain
  const CODE_BYTES = 23981;
  const SELECTORS = {
    fulfillBasicOrder_efficient_6GL6yc: "00000000",
    fulfillOrder: "b3a34c4c",
    matchOrders: "a8174404",
    fulfillAvailableAdvancedOrders: "87201b41",
    getOrderHash: "79df72bd",
    getOrderStatus: "46423aa7",
    getCounter: "f07ec373",
    ownerOf: "6352211e",
  };
  const TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
  const NOBODY = `0x${"0".repeat(40)}`;
  const NATIVE = 0,
    ERC721 = 2; // of enum ItemType
  const FULL_OPEN = 0; // of enum OrderType

  // --- encoding: texts of hex digits ---------------------------------------------------------------

  const word = (value) => BigInt(value).toString(16).padStart(64, "0");
  const words = (...values) => values.map(word).join("");
  const dynamic = (hex) => ({ hex }); // what stands behind the heads, with an offset in its place

  function tuple(...parts) {
    const size = parts.reduce((sum, part) => sum + (part.hex === undefined ? part.length / 2 : 32), 0);
    let heads = "",
      tails = "";
    for (const part of parts) {
      heads += part.hex === undefined ? part : word(size + tails.length / 2);
      tails += part.hex ?? "";
    }
    return heads + tails;
  }

  const list = (items) => dynamic(word(items.length) + tuple(...items));

  function bytes(hex) {
    const digits = hex.slice(2);
    return dynamic(word(digits.length / 2) + digits.padEnd(Math.ceil(digits.length / 64) * 64, "0"));
  }

  // --- orders -------------------------------------------------------------------------------------

  function parts(listing) {
    const token = words(ERC721, listing.token, listing.tokenId, 1, 1);
    const paid = listing.payments.map(({ recipient, start, end }) => words(NATIVE, 0, 0, start, end, recipient));
    if (listing.buyer) paid.push(token + word(listing.buyer));
    return { offer: [token], consideration: paid };
  }

  // OrderParameters, and OrderComponents with `last` the counter.
  function order(listing, last) {
    const { offer, consideration } = parts(listing);
    return dynamic(
      tuple(
        words(listing.seller, listing.zone),
        list(offer),
        list(consideration),
        words(listing.orderType, listing.from, listing.until, listing.zoneHash, listing.salt, listing.conduitKey),
        word(last ?? consideration.length),
      ),
    );
  }

  const signed = (listing) => dynamic(tuple(order(listing), bytes(listing.signature)));
  const call = (name, ...values) => `0x${SELECTORS[name]}${tuple(...values)}`;

  // --- purchases ----------------------------------------------------------------------------------

  // The call that buys `listings` for `price` wei at most; `buyer` gets them.
  function purchase(listings, price, buyer) {
    const [first] = listings;
    if (listings.length > 1) return several(listings, buyer);
    if (first.buyer) return match(first, price);
    const fixed = first.payments.every(({ start, end }) => start === end);
    const plain = first.payments[0].recipient.toLowerCase() === first.seller.toLowerCase();
    return fixed && plain ? basic(first) : call("fulfillOrder", signed(first), word(0));
  }

  function basic(listing) {
    const [own, ...others] = listing.payments;
    return call(
      "fulfillBasicOrder_efficient_6GL6yc",
      dynamic(
        tuple(
          words(0, 0, own.start, listing.seller, listing.zone, listing.token, listing.tokenId, 1),
          words(listing.orderType, listing.from, listing.until, listing.zoneHash, listing.salt),
          words(listing.conduitKey, 0, others.length),
          list(others.map(({ recipient, start }) => words(start, recipient))),
          bytes(listing.signature),
        ),
      ),
    );
  }

  // A private listing beside an order of its buyer, which needs no signature: the buyer sends it.
  function match(listing, price) {
    const money = list([words(NATIVE, 0, 0, price, price)]);
    const mirror = tuple(
      words(listing.buyer, 0),
      money,
      list([]),
      words(FULL_OPEN, listing.from, listing.until, 0, listing.salt, 0, 0),
    );
    const moved = parts(listing).consideration.map((_, place) => {
      const given = place === listing.payments.length ? words(0, 0) : words(1, 0);
      return dynamic(tuple(list([given]), list([words(0, place)])));
    });
    const mine = dynamic(tuple(dynamic(mirror), bytes("0x")));
    return call("matchOrders", list([signed(listing), mine]), list(moved));
  }

  // What is gone meanwhile is left out, and its price comes back.
  function several(listings, buyer) {
    const advanced = listings.map((listing) =>
      dynamic(tuple(order(listing), words(1, 1), bytes(listing.signature), bytes("0x"))),
    );
    const offered = listings.map((_, place) => list([words(place, 0)]));
    const paid = new Map();
    listings.forEach(({ payments }, place) =>
      payments.forEach(({ recipient }, at) => {
        const to = recipient.toLowerCase();
        paid.set(to, [...(paid.get(to) ?? []), words(place, at)]);
      }),
    );
    return call(
      "fulfillAvailableAdvancedOrders",
      list(advanced),
      list([]),
      list(offered),
      list([...paid.values()].map(list)),
      words(0, buyer, listings.length),
    );
  }

  // --- questions ----------------------------------------------------------------------------------

  const ask = {
    hash: (listing) => call("getOrderHash", order(listing, listing.counter)),
    status: (hash) => call("getOrderStatus", word(hash)),
    counter: (who) => call("getCounter", word(who)),
    owner: (tokenId) => call("ownerOf", word(tokenId)),
  };
  const wordAt = (answer, place) => BigInt(`0x${answer.slice(2 + 64 * place, 66 + 64 * place) || "0"}`);
  const addressAt = (answer, place = 0) => `0x${answer.slice(26 + 64 * place, 66 + 64 * place).toLowerCase()}`;

  Gallery.abi = { SEAPORT, CODE_BYTES, SELECTORS, TRANSFER, NOBODY, purchase, ask, word, wordAt, addressAt };
})();
