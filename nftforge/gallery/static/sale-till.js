// The purchase, in a dialog: wallet, network, what the chain says, payment, and what became of it.
//
// It can be closed at any time; what was sent by then goes on, and the bar below the page tells of it.
"use strict";
(() => {
  const { el, foreign, short, title, say, counted, safeLink, Refusal } = Gallery;
  const { now, totalAt, money, date, isFixed } = Gallery.price;
  const { TRANSFER, word } = Gallery.abi;
  const { wallets, hindrance, NO_WALLET, ask, account, onChain, switchChain, network } = Gallery.wallet;
  const { listingOf, quote, rehearsed, isTaken, ownerOf, shares, same } = Gallery.proof;
  const POLL_MS = [1000, 4000]; // at first; later
  const LOST_AFTER = 20; // times that the network does not know a transaction, before that is said
  const REPLACED_AFTER = 4; // such times before another one with its number is taken to stand for it

  let deal = null; // the purchase that the dialog is about: {pieces, wallet, account, quote, sent, done}
  let chosen = null; // the wallet that was used last
  let dialog = null;
  const at = {}; // its parts

  function make() {
    at.heading = el("h2", { id: "till-title", tabindex: -1 });
    at.bill = el("div", { class: "bill" });
    at.status = el("p", { class: "till-status", role: "status", "aria-live": "polite" });
    at.buttons = el("div", { class: "till-buttons" });
    dialog = el("dialog", { class: "till", "aria-labelledby": "till-title" }, ...Object.values(at));
    dialog.addEventListener("keydown", (event) => event.stopPropagation()); // the page's own keys rest
    dialog.addEventListener("close", closed);
    document.body.append(dialog);
    addEventListener("hashchange", () => dialog.close()); // it belongs to the view that it was opened from
  }

  const isOpen = () => Boolean(dialog?.open);

  const isUnderWay = () => Boolean(deal && (deal.pays || deal.sent) && !deal.done);
  const named = (pieces) => (pieces.length === 1 ? title(pieces[0]) : counted(pieces.length, "piece"));

  function open(pieces) {
    if (!dialog) make();
    if (!isUnderWay()) {
      if (!pieces.length) return;
      const mine = (deal = { pieces });
      at.heading.replaceChildren("Buy ", foreign(named(pieces)));
      at.bill.replaceChildren();
      begin(mine);
    }
    if (!isOpen()) dialog.showModal();
    at.heading.focus();
  }

  function closed() {
    if (!isUnderWay()) deal = null;
    Gallery.sale.drawBar();
    Gallery.sale.refresh();
    const main = document.getElementById("main");
    if (document.activeElement === document.body) (main.querySelector("h2") ?? main).focus({ preventScroll: true });
  }

  // What is under way, and the buttons that lead on. `bad`: nothing was bought.
  function note(mine, text, buttons = [], bad = false) {
    if (mine !== deal) return;
    const focused = at.buttons.contains(document.activeElement);
    at.status.classList.toggle("alert", bad);
    at.status.classList.toggle("done", Boolean(mine.done) && !bad);
    at.status.classList.toggle("waits", !buttons.length && !mine.done && !bad);
    at.status.replaceChildren(...[text].flat());
    const close = el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Close");
    at.buttons.replaceChildren(...buttons, close);
    if (focused) (buttons[0] ?? at.heading).focus();
    if (!isOpen()) say(at.status.textContent);
    if (mine.done && !isOpen()) closed();
    else Gallery.sale.drawBar();
  }

  const button = (label, onclick, kind = "pay") => el("button", { type: "button", class: kind, onclick }, label);

  // Runs a step of the purchase; a refusal is told in words, with what can be done about it.
  async function step(mine, work) {
    try {
      await work();
    } catch (error) {
      const text = error instanceof Refusal ? error.message : `Something went wrong: ${error.message}`;
      mine.pays = false;
      if (error.sold) Gallery.sale.mark(error.piece, {});
      if (mine.sent) {
        mine.done = true; // nothing is offered again that may go through by itself
        return note(mine, [text, " Look into your wallet what became of it. ", transaction(mine.sent)], [], true);
      }
      const others = mine.pieces.filter((one) => one !== error.piece);
      const without = () => {
        Gallery.sale.leaveOut(error.piece);
        deal = null;
        open(others);
      };
      const again = button("Try again", () => begin(mine), "quiet");
      const ways = error.piece && others.length ? [button(["Buy without ", foreign(title(error.piece))], without)] : [];
      note(mine, text, error.sold && !others.length ? [] : [...ways, again], true);
    }
  }

  // --- up to the payment --------------------------------------------------------------------------

  function begin(mine) {
    note(mine, "Looking for your wallet …");
    step(mine, async () => {
      drawBill(mine, await Promise.all(mine.pieces.map(listingOf)), now());
      if (hindrance()) return note(mine, hindrance(), [], true);
      const found = await wallets();
      if (!found.length) throw new Refusal(NO_WALLET);
      const known = found.find(({ provider }) => provider === chosen?.provider);
      if (found.length === 1 || known) return use(mine, known ?? found[0], found.length > 1);
      choose(mine, found);
    });
  }

  function choose(mine, found) {
    const way = (wallet) => button(foreign(wallet.name), () => step(mine, () => use(mine, wallet, true)), "quiet");
    note(mine, "Which wallet do you want to pay with?", found.map(way));
  }

  async function use(mine, wallet, others = false) {
    Object.assign(mine, { wallet, others });
    chosen = wallet;
    note(mine, ["Connecting. ", foreign(wallet.name), " may ask you for it …"]);
    mine.account = await account(wallet);
    if (!(await onChain(wallet))) {
      const change = () =>
        step(mine, async () => {
          note(mine, ["Asking ", foreign(wallet.name), " to switch …"]);
          await switchChain(wallet);
          await use(mine, wallet, others);
        });
      const text = [foreign(wallet.name), ` is on another network. This collection is on ${network()}.`];
      return note(mine, text, [button(`Switch to ${Gallery.collection.network}`, change)], true);
    }
    note(mine, "Asking the chain …");
    const found = await quote(wallet, mine.account, mine.pieces);
    await rehearsed(wallet, mine.account, found);
    offer(mine, found);
  }

  function offer(mine, found, first = "") {
    mine.quote = found;
    drawBill(mine, found.listings, found.time);
    const text = [
      first,
      "The chain confirms the seller, the token and the price. You pay from ",
      address(mine.account),
      "; the network's fee is added by your wallet.",
      found.value > found.total ? " The price rises, so a little more is sent along; what is too much comes back." : "",
    ];
    const other = mine.others ? [button("Another wallet", () => step(mine, anotherWallet(mine)), "quiet")] : [];
    note(mine, text, [button(`Pay ${money(found.value)}`, () => step(mine, () => pay(mine))), ...other]);
  }

  const anotherWallet = (mine) => async () => {
    chosen = null;
    choose(mine, await wallets());
  };

  // Asked anew, so that what is signed is what the chain says now, and never for more than was shown.
  async function pay(mine) {
    const { wallet } = mine;
    note(mine, "Asking the chain once more …");
    if (!same(await account(wallet), mine.account) || !(await onChain(wallet))) return use(mine, wallet, mine.others);
    const found = await quote(wallet, mine.account, mine.pieces);
    if (found.value > mine.quote.value) {
      offer(mine, found, `The price has risen to ${money(found.value)} meanwhile. `);
      return;
    }
    mine.quote = found;
    const fields = await rehearsed(wallet, mine.account, found);
    note(mine, ["Confirm the payment in your wallet: ", foreign(wallet.name), "."]);
    mine.pays = true;
    mine.sent = await ask(wallet, "eth_sendTransaction", fields);
    await follow(mine);
  }

  // --- after it -----------------------------------------------------------------------------------

  async function follow(mine) {
    const { wallet, sent } = mine;
    let nonce = null; // of the transaction, once the network has shown it
    const waiting = (text) => note(mine, [text, " ", transaction(sent)]);
    waiting("Sent, and waiting for the network. You may close this, the purchase goes on.");
    for (let round = 0, unknown = 0; ; round++) {
      const receipt = await patient(() => ask(wallet, "eth_getTransactionReceipt", sent));
      if (receipt) return ended(mine, receipt);
      const known = await patient(() => ask(wallet, "eth_getTransactionByHash", sent));
      if (known) nonce = BigInt(known.nonce);
      unknown = known ? 0 : unknown + 1;
      if (unknown && unknown % REPLACED_AFTER === 0) {
        const used = await patient(() => ask(wallet, "eth_getTransactionCount", mine.account, "latest"));
        const got = await ours(mine);
        if (got.length || (nonce !== null && used && BigInt(used) > nonce)) return replaced(mine, got);
      }
      if (unknown === LOST_AFTER) {
        waiting("The network has dropped the transaction, or has not seen it: look into the wallet.");
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS[round < 20 ? 0 : 1]));
    }
  }

  // A wallet that fails to answer once is asked again.
  const patient = (question) => question().catch(() => null);

  // The pieces that are the buyer's by now.
  async function ours({ wallet, pieces, account }) {
    const owners = await Promise.all(pieces.map((one) => patient(() => ownerOf(wallet, one))));
    return pieces.filter((_, place) => same(owners[place], account));
  }

  // Another transaction took its place: the same again with a higher fee, or a cancellation.
  function replaced(mine, got) {
    mine.done = true;
    if (got.length) return success(mine, got, null, "Your wallet sent it once more.");
    note(mine, "Your wallet replaced or cancelled the transaction. Nothing was bought.", [], true);
  }

  async function ended(mine, receipt) {
    mine.done = true;
    if (BigInt(receipt.status) === 0n) {
      const taken = await patient(() => isTaken(mine.wallet, mine.quote.listings[0].hash));
      if (taken && mine.pieces.length === 1) Gallery.sale.mark(mine.pieces[0], {});
      const why = taken ? "somebody else was quicker" : "the contract refused";
      const text = `The transaction failed: ${why}. Nothing was bought; only the network's fee is gone.`;
      return note(mine, [text, " ", transaction(mine.sent)], [], true);
    }
    const isOurs = (one, { address, topics }) =>
      same(address, Gallery.collection.contract) &&
      topics.length === 4 &&
      topics[0] === TRANSFER &&
      topics[2].slice(2) === word(mine.account) &&
      topics[3].slice(2) === word(one.token);
    const got = mine.pieces.filter((one) => receipt.logs.some((log) => isOurs(one, log)));
    const block = await patient(() => ask(mine.wallet, "eth_getBlockByNumber", receipt.blockNumber, false));
    success(mine, got, block && BigInt(block.timestamp), "");
  }

  function success(mine, got, time, more) {
    const prices = got.map((one) => totalAt(mine.quote.listings[mine.pieces.indexOf(one)], time ?? mine.quote.time));
    got.forEach((one, place) =>
      Gallery.sale.mark(one, { price: prices[place], buyer: mine.account, tx: more ? "" : mine.sent }),
    );
    for (const one of mine.pieces) if (!got.includes(one)) Gallery.sale.mark(one, {});
    const total = prices.reduce((sum, price) => sum + price, 0n);
    const lost = mine.pieces.length - got.length;
    const text = got.length
      ? `${named(got)} ${got.length === 1 ? "is" : "are"} yours, for ${money(total)}.`
      : "Somebody else was quicker. Nothing was bought, and the price came back.";
    const left = lost && got.length ? ` ${counted(lost, "piece")} had gone meanwhile: that price came back.` : "";
    note(mine, [`${text}${left} ${more}`, " ", transaction(mine.sent)], [], !got.length);
  }

  function transaction(hash) {
    const { explorer } = Gallery.collection;
    const text = el("code", { title: hash }, short(hash, 10, 6));
    return el("span", {}, "Transaction ", explorer ? safeLink(`${explorer}/tx/${hash}`, text) : text);
  }

  const address = (text) => el("code", { title: text }, short(text, 8, 6));
  const whose = (role, recipient) => [`${role[0].toUpperCase()}${role.slice(1)} `, address(recipient)];

  // --- the bill -----------------------------------------------------------------------------------

  function drawBill(mine, listings, time) {
    if (mine !== deal) return;
    const inside = (listing) => (time < listing.from ? listing.from : time > listing.until ? listing.until : time);
    const prices = listings.map((listing) => totalAt(listing, inside(listing)));
    const total = prices.reduce((sum, price) => sum + price, 0n);
    const line = (name, amount, kind = "") =>
      el("div", { class: kind }, el("dt", {}, ...[name].flat()), el("dd", { class: "number" }, amount));
    const several = listings.length > 1;
    const each = several ? mine.pieces.map((one, place) => line(foreign(title(one)), money(prices[place]))) : [];
    const together = several ? "Together" : "Price";
    const changes = mine.pieces.some((one) => one.tag && !isFixed(one.tag));
    const part = ([recipient, amount, role]) =>
      line(whose(role, recipient), money(amount), "share-line");
    const { contract } = Gallery.collection;
    const tokens = mine.pieces.map((one) => `#${one.token}`).join(", ");
    at.bill.replaceChildren(
      el(
        "dl",
        {},
        ...each,
        line(changes ? `${together} at this moment` : together, money(total), "total"),
        ...shares(listings, time).map(part),
      ),
      el(
        "p",
        { class: "dim" },
        `Token ${tokens} of contract `,
        address(contract),
        ` on ${network()}`,
        listings.length === 1 ? `, for sale until ${date(listings[0].until)}` : "",
        ".",
      ),
    );
  }

  // What is under way, as a line; null if nothing is.
  function underWay() {
    if (!isUnderWay()) return null;
    return ["Buying ", foreign(named(deal.pieces)), `: waiting for ${deal.sent ? "the network" : "your wallet"}`];
  }

  Gallery.till = { open, isOpen, whose, underWay };
})();
