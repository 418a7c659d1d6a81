// What is for sale: prices on the wall, the offer beside a piece, the basket, and what was sold.
"use strict";
(() => {
  const { el, foreign, short, title, counted, still, safeLink } = Gallery;
  const { DIGITS, now, whole, money, tagOf, isFixed, isOpen, priceOf, date, left } = Gallery.price;
  const TICK_MS = 1000,
    CALM_MS = 30000; // between two prices that change, for those who ask for stillness
  const MOST = 20; // pieces in a basket: they have to fit into a block
  const LOOKED_AT = 200; // listings that the chain is asked about, of a page that may be old
  const AT_ONCE = 4;
  const basket = new Map(); // key -> piece

  // --- live texts ---------------------------------------------------------------------------------

  const living = new Map(); // node -> what it says now
  let timer = 0;

  function live(node, text) {
    node.textContent = text();
    living.set(node, text);
    timer ||= setInterval(tick, still.matches ? CALM_MS : TICK_MS);
    return node;
  }

  function tick() {
    for (const [node, text] of living) {
      if (!node.isConnected) living.delete(node);
      else if (node.textContent !== text()) node.textContent = text();
    }
    if (living.size) return;
    clearInterval(timer);
    timer = 0;
  }

  const hasBegun = (tag) => now() >= tag.from;
  const changes = (tag) => !isFixed(tag) && hasBegun(tag);
  const direction = (tag) => (tag.end < tag.start ? "falls" : "rises");
  const priceText = (tag) => money(priceOf(tag), isFixed(tag) ? 18 : DIGITS);

  // --- sold ---------------------------------------------------------------------------------------

  let stale = false; // something was sold that the page still shows as it was

  // {price, buyer, tx} of a piece that was sold and is not for sale again; null otherwise.
  function soldOf(one) {
    if (one.soldNow) return one.soldNow;
    if (!one.sold || isOpen(one)) return null;
    const [price, buyer, tx] = one.sold;
    try {
      return { price: whole(price), buyer, tx };
    } catch {
      return { buyer, tx };
    }
  }

  // `sale`: as far as it is known.
  function mark(one, sale) {
    one.soldNow = sale;
    one.tag = null;
    if (sale.buyer) one.owner = sale.buyer;
    stale = true;
    leaveOut(one);
  }

  // --- the wall -----------------------------------------------------------------------------------

  // The line under a picture that says what it costs; nothing if it is not for sale.
  function label(one) {
    const sold = soldOf(one);
    if (sold) return el("span", { class: "price sold" }, sold.price ? `Sold for ${money(sold.price, DIGITS)}` : "Sold");
    if (!isOpen(one)) return el("span", { class: "price" });
    const tag = tagOf(one);
    const price = el("span", { class: "amount" });
    if (changes(tag)) live(price, () => priceText(tag));
    else price.textContent = priceText(tag);
    const more = tag.buyer
      ? "reserved"
      : !hasBegun(tag)
        ? `from ${date(tag.from)}`
        : isFixed(tag)
          ? ""
          : `${direction(tag)} until ${date(tag.until)}`;
    return el("span", { class: "price" }, price, more ? [" ", el("span", { class: "when" }, more)] : "");
  }

  // Sorts what is for sale before the rest, the cheapest first.
  function byPrice(a, b) {
    const [one, other] = [a, b].map((each) => (isOpen(each) ? priceOf(each.tag) : null));
    if (one === null || other === null) return (one === null) - (other === null) || a.index - b.index;
    return one < other ? -1 : one > other ? 1 : a.index - b.index;
  }

  // --- one piece ----------------------------------------------------------------------------------

  let shown = null; // {one, node} of the piece on the page

  function offer(one) {
    shown = { one, node: el("section", { class: "offer", "aria-label": "Sale" }) };
    drawOffer();
    return shown.node;
  }

  function drawOffer() {
    const { one, node } = shown;
    const sold = soldOf(one);
    node.hidden = !sold && !isOpen(one);
    node.replaceChildren(...(sold ? soldLines(sold) : isOpen(one) ? saleLines(one, tagOf(one)) : []));
  }

  function soldLines({ price, buyer, tx }) {
    const { explorer } = Gallery.collection;
    const hash = tx && el("code", { title: tx }, short(tx, 10, 6));
    return [
      el("p", { class: "asked sold" }, price ? `Sold for ${money(price)}` : "Sold"),
      el(
        "p",
        { class: "dim" },
        buyer ? ["to ", el("code", { title: buyer }, short(buyer, 8, 6))] : "",
        tx ? [buyer ? ", " : "", "transaction ", explorer ? safeLink(`${explorer}/tx/${tx}`, hash) : hash] : "",
      ),
    ];
  }

  function saleLines(one, tag) {
    const asked = el("p", { class: "asked" });
    live(asked, () => priceText(tag));
    const until = el("p", { class: "until" });
    live(until, () => untilText(tag));
    const split = el("dl", { class: "split" });
    Gallery.proof.listingOf(one).then(
      (listing) => drawSplit(split, listing, tag),
      (error) => split.replaceWith(el("p", { class: "alert", role: "alert" }, error.message)),
    );
    const name = title(one);
    const buy = el("button", { type: "button", class: "pay", onclick: () => Gallery.till.open([one]) }, "Buy");
    buy.setAttribute("aria-label", `Buy ${name}`);
    return [
      asked,
      until,
      tag.buyer ? el("p", {}, "Reserved for ", el("code", { title: tag.buyer }, short(tag.buyer, 8, 6))) : "",
      split,
      el("div", { class: "till-buttons" }, buy, tag.buyer || !hasBegun(tag) ? "" : basketButton(one)),
      Gallery.wallet.hindrance() ? el("p", { class: "dim" }, Gallery.wallet.hindrance()) : "",
    ].filter(Boolean);
  }

  function untilText(tag) {
    if (!hasBegun(tag)) return `The sale begins on ${date(tag.from)}, in ${left(tag.from)}`;
    if (isFixed(tag)) return `For sale until ${date(tag.until)}`;
    const moves = direction(tag) === "falls" ? "Falls" : "Rises";
    return `${moves} to ${money(tag.end)} until ${date(tag.until)} (${left(tag.until)} left)`;
  }

  function drawSplit(split, listing, tag) {
    for (const [place, [recipient, , role]] of Gallery.proof.shares([listing], now()).entries()) {
      const amount = el("dd", { class: "number" });
      const text = () => money(Gallery.proof.shares([listing], now())[place][1], isFixed(tag) ? 18 : DIGITS);
      if (isFixed(tag)) amount.textContent = text();
      else live(amount, text);
      split.append(el("div", {}, el("dt", {}, ...Gallery.till.whose(role, recipient)), amount));
    }
  }

  // --- the basket ---------------------------------------------------------------------------------

  function basketButton(one) {
    const text = () => (basket.has(one.key) ? "In the basket" : "Add to basket");
    const button = el("button", { type: "button", class: "quiet", "aria-pressed": basket.has(one.key) }, text());
    button.addEventListener("click", () => {
      if (basket.has(one.key)) basket.delete(one.key);
      else if (basket.size < MOST) basket.set(one.key, one);
      button.setAttribute("aria-pressed", basket.has(one.key));
      button.textContent = text();
      drawBar();
      Gallery.say(basket.has(one.key) || !basket.size ? barText() : `${barText()}. No more than ${MOST} fit in.`);
    });
    return button;
  }

  function leaveOut(one) {
    basket.delete(one.key);
    drawBar();
  }

  const pieces = () => [...basket.values()].filter(isOpen);
  const total = () => pieces().reduce((sum, one) => sum + priceOf(tagOf(one)), 0n);
  const exact = () => (pieces().every((one) => isFixed(one.tag)) ? 18 : DIGITS);
  const sum = () => money(total(), exact());
  const barText = () =>
    basket.size ? `${counted(pieces().length, "piece")} in the basket, ${sum()}` : "The basket is empty";

  const bar = el("section", { class: "basket", "aria-label": "Basket", hidden: true });
  document.querySelector("main").after(bar);

  function drawBar() {
    const focused = bar.contains(document.activeElement);
    const way = Gallery.till.underWay();
    bar.hidden = !way && !pieces().length;
    document.documentElement.classList.toggle("has-basket", !bar.hidden);
    if (way) {
      const show = el("button", { type: "button", class: "quiet", onclick: () => Gallery.till.open([]) }, "Show");
      return bar.replaceChildren(el("p", {}, ...way), show);
    }
    const buy = el("button", { type: "button", class: "pay", onclick: () => Gallery.till.open(pieces()) });
    live(buy, () => `Buy ${counted(pieces().length, "piece")} for ${sum()}`);
    const empty = el("button", { type: "button", class: "quiet" }, "Empty the basket");
    empty.addEventListener("click", () => {
      basket.clear();
      drawBar();
      if (shown?.node.isConnected) drawOffer();
      document.getElementById("main").focus();
      Gallery.say(barText());
    });
    bar.replaceChildren(el("p", {}, el("span", { class: "unseen" }, "In the basket: "), names()), buy, empty);
    if (focused && !bar.hidden) buy.focus();
  }

  const names = () => pieces().flatMap((one, place) => [place ? ", " : "", foreign(title(one))]);

  // --- what the chain says, of a page that may be old ----------------------------------------------

  // The wallet is asked, if there is one and it is on our network; the visitor is not.
  async function freshen() {
    const found = Gallery.wallet.hindrance() ? [] : await Gallery.wallet.wallets();
    if (found.length !== 1 || !(await Gallery.wallet.onChain(found[0]))) return;
    const asked = Gallery.pieces.filter(isOpen).slice(0, LOOKED_AT);
    if (shown && isOpen(shown.one) && !asked.includes(shown.one)) asked.unshift(shown.one);
    const gone = [];
    const one = async () => {
      for (let next = asked.shift(); next; next = asked.shift()) {
        if (await Gallery.proof.isTaken(found[0], next.tag.hash)) gone.push(next);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    for (const each of gone) mark(each, isFixed(each.tag) ? { price: each.tag.start } : {});
    refresh();
  }

  // After something was sold: the view as it is now, with its new owner.
  function refresh() {
    if (!stale || Gallery.till.isOpen()) return;
    stale = false;
    if (document.documentElement.dataset.view === "wall") Gallery.refreshWall();
    else dispatchEvent(new Event("hashchange"));
  }

  // What is sold is found out at the latest when it is bought.
  addEventListener("load", () => Gallery.complete.then(freshen).catch(() => {}));

  Gallery.sale = { label, byPrice, offer, mark, leaveOut, drawBar, refresh, isOpen };
})();
