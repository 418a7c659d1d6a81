// What the page is sure of before anybody pays: the order is what the visitor reads, and the chain
// says that it can be taken. A data file is believed in nothing that money depends on.
"use strict";
(() => {
  const { Refusal, loadData, title } = Gallery;
  const { whole, amountAt, totalAt, money, tagOf, date } = Gallery.price;
  const { SEAPORT, CODE_BYTES, ask: question, purchase, wordAt, addressAt } = Gallery.abi;
  const { ask, read } = Gallery.wallet;
  const RISING_S = 600n; // a price that rises is paid as of so much later; the rest comes back
  const same = (a, b) => String(a).toLowerCase() === String(b).toLowerCase();
  const is = {
    address: (text) => /^0x[0-9a-f]{40}$/i.test(text),
    word: (text) => /^0x[0-9a-f]{64}$/i.test(text),
    bytes: (text) => /^0x(?:[0-9a-f]{2})*$/i.test(text),
  };

  // The order of a piece, held against what is shown of it. Throws Gallery.Refusal.
  async function listingOf(one) {
    const tag = tagOf(one);
    if (!tag) throw new Refusal(`${title(one)} is not for sale.`);
    const number = Math.floor(one.index / Gallery.collection.details);
    const details = await loadData(`details-${number}.js`, `details ${number}`);
    return checked(one, tag, details[one.index % Gallery.collection.details].listing ?? {});
  }

  const misled = (name, what) =>
    new Refusal(`The data of this page is not right about ${name}: ${what}. Do not buy it here.`);

  function checked(one, tag, raw) {
    const name = title(one);
    const wrong = (what) => misled(name, what);
    const listing = {
      ...raw,
      hash: raw.order_hash,
      tokenId: whole(raw.token_id),
      payments: (raw.payments ?? []).map(([recipient, start, end]) => ({
        recipient,
        start: whole(start),
        end: whole(end),
      })),
      from: whole(raw.start_time),
      until: whole(raw.end_time),
      orderType: whole(raw.order_type),
      zoneHash: raw.zone_hash,
      salt: whole(raw.salt),
      conduitKey: raw.conduit_key,
      counter: whole(raw.counter),
    };
    const { payments, seller, buyer, zone, token } = listing;
    const recipients = payments.map(({ recipient }) => recipient);
    if (!same(token, Gallery.collection.contract)) {
      throw wrong(`its order is for a token of another contract, ${token}`);
    }
    if (listing.tokenId !== BigInt(one.token)) throw wrong(`its order is for token ${listing.tokenId}, another one`);
    const sum = (at) => payments.reduce((total, payment) => total + payment[at], 0n);
    if (!payments.length || sum("start") !== tag.start || sum("end") !== tag.end) {
      throw wrong(`the amounts of its order do not add up to the price shown, ${money(tag.start)}`);
    }
    if (listing.from !== tag.from || listing.until !== tag.until || listing.from >= listing.until) {
      throw wrong("its order is for another time");
    }
    if (!same(buyer, tag.buyer)) throw wrong("its order is for another buyer");
    const addresses = [seller, zone, ...recipients, ...(buyer ? [buyer] : [])];
    const fits = addresses.every(is.address) && [listing.zoneHash, listing.conduitKey, listing.hash].every(is.word);
    if (!fits || !is.bytes(listing.signature) || listing.orderType > 3n) throw wrong("its order is damaged");
    return listing;
  }

  // Everything that the chain has to say for `pieces` to be bought by `account` at this moment.
  // {listings, time, prices, total, value}: `total` is the price now, `value` what is sent along.
  async function quote(wallet, account, pieces) {
    const listings = await Promise.all(pieces.map(listingOf));
    const code = await ask(wallet, "eth_getCode", SEAPORT, "latest");
    if (code.length !== 2 + 2 * CODE_BYTES) {
      throw new Refusal(`There is no Seaport 1.6 on ${Gallery.wallet.network()}: nothing can be bought there.`);
    }
    const block = await ask(wallet, "eth_getBlockByNumber", "latest", false);
    const time = BigInt(block.timestamp);
    const each = listings.map((listing, at) =>
      takeable(wallet, account, pieces[at], listing, time).catch((error) => {
        throw Object.assign(error, { piece: pieces[at] });
      }),
    );
    await Promise.all(each);
    const prices = listings.map((listing) => totalAt(listing, time));
    const later = listings.map((listing) => {
      const end = time + RISING_S < listing.until ? time + RISING_S : listing.until - 1n;
      return totalAt(listing, end);
    });
    const sum = (amounts) => amounts.reduce((total, amount) => total + amount, 0n);
    const most = prices.map((price, at) => (later[at] > price ? later[at] : price));
    return { listings, time, prices, total: sum(prices), value: sum(most) };
  }

  async function takeable(wallet, account, one, listing, time) {
    const name = title(one);
    const { seller, buyer, from, until } = listing;
    if (time < from) throw new Refusal(`The sale of ${name} begins on ${date(from)}.`);
    if (time >= until) throw new Refusal(`The sale of ${name} is over since ${date(until)}.`);
    if (buyer && !same(buyer, account)) {
      throw new Refusal(
        `${name} is reserved for ${buyer}, and the wallet shows the account ${account}. If the other is yours too, ` +
          "choose it in the wallet, then try again.",
      );
    }
    const [hash, counter, owner] = await Promise.all([
      read(wallet, SEAPORT, question.hash(listing)),
      read(wallet, SEAPORT, question.counter(seller)),
      ownerOf(wallet, one),
    ]);
    if (!same(hash, listing.hash)) throw misled(name, "its order is another one");
    const status = await read(wallet, SEAPORT, question.status(hash));
    if (wordAt(status, 3) > 0n && wordAt(status, 2) >= wordAt(status, 3)) {
      throw Object.assign(new Refusal(`${name} was sold meanwhile.`), { sold: true });
    }
    if (wordAt(status, 1)) throw new Refusal(`The seller has withdrawn ${name} from sale.`);
    if (wordAt(counter, 0) !== listing.counter) {
      throw new Refusal(`The seller has withdrawn ${name} from sale, with all orders of that time.`);
    }
    if (!same(owner, seller)) {
      throw new Refusal(`${name} is not the seller's to sell: it belongs to ${owner} now, and ${seller} offers it.`);
    }
    if (same(account, seller)) throw new Refusal(`${name} is yours: it is you who sells it.`);
  }

  const ownerOf = async (wallet, one) =>
    addressAt(await read(wallet, Gallery.collection.contract, question.owner(one.token)));

  // The transaction, tried. Throws Gallery.Refusal for whatever is in its way.
  async function rehearsed(wallet, account, { listings, value }) {
    const fields = {
      from: account,
      to: SEAPORT,
      value: `0x${value.toString(16)}`,
      data: purchase(listings, value, account),
    };
    const balance = BigInt(await ask(wallet, "eth_getBalance", account, "latest"));
    const short = (needed, what) =>
      new Refusal(`The account ${account} has ${money(balance)}, and ${what} ${money(needed)}.`);
    if (balance < value) throw short(value, "the price is");
    await ask(wallet, "eth_call", fields, "latest");
    const gas = BigInt(await ask(wallet, "eth_estimateGas", fields));
    const fee = gas * BigInt(await ask(wallet, "eth_gasPrice"));
    if (balance < value + fee) throw short(value + fee, "price and network fee are about");
    return { ...fields, gas: `0x${((gas * 12n) / 10n).toString(16)}` };
  }

  // Whether it was sold already, for all that the chain says: asked without a word to the visitor.
  async function isTaken(wallet, hash) {
    const status = await read(wallet, SEAPORT, question.status(hash));
    return wordAt(status, 3) > 0n && wordAt(status, 2) >= wordAt(status, 3);
  }

  // [[recipient, amount, what for]] of listings at a time, one line for each recipient.
  function shares(listings, time) {
    const found = new Map();
    for (const listing of listings) {
      const inside = time < listing.from ? listing.from : time > listing.until ? listing.until : time;
      for (const payment of listing.payments) {
        const key = payment.recipient.toLowerCase();
        const [, amount] = found.get(key) ?? [null, 0n];
        const add = amountAt(listing, payment, inside);
        found.set(key, [payment.recipient, amount + add, roleOf(listing, payment.recipient)]);
      }
    }
    return [...found.values()];
  }

  function roleOf({ seller }, recipient) {
    if (same(recipient, seller)) return "the seller";
    return same(recipient, Gallery.collection.royalty_receiver) ? "royalty" : "fee";
  }

  Gallery.proof = { listingOf, quote, rehearsed, isTaken, ownerOf, shares, same };
})();
