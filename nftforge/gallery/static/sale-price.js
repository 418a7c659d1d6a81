// Prices in wei, exactly as Seaport reckons them, and in words. Only in a page that sells.
//
// No number of JavaScript holds an amount of wei: they are texts in the data, and BigInt from here on.
"use strict";
(() => {
  const ETHER = 10n ** 18n;
  const DIGITS = 5; // after the point, of a price that changes while one reads it
  const now = () => BigInt(Math.floor(Date.now() / 1000)); // this machine's: for show only

  // An amount or a time as the data has it. Throws Gallery.Refusal for anything else.
  function whole(value) {
    if (/^\d{1,78}$/.test(String(value))) return BigInt(value);
    throw new Gallery.Refusal("The data of this page is damaged: it has no number where one is due.");
  }

  // Each share moves along a line of its own, rounded up. `payment`: {recipient, start, end}.
  function amountAt({ from, until }, { start, end }, time) {
    if (start === end) return start;
    const duration = until - from;
    const sum = start * (until - time) + end * (time - from);
    return (sum + duration - 1n) / duration;
  }

  const totalAt = (listing, time) =>
    listing.payments.reduce((sum, payment) => sum + amountAt(listing, payment, time), 0n);

  // All digits that there are; no more than `digits` of them, and then rounded up.
  function ether(wei, digits = 18) {
    const unit = 10n ** BigInt(18 - digits);
    const shown = ((wei + unit - 1n) / unit) * unit;
    const rest = String(shown % ETHER).padStart(18, "0");
    return `${(shown / ETHER).toLocaleString("en")}.${rest}`.replace(/\.?0+$/, "");
  }
  const money = (wei, digits) => `${ether(wei, digits)} ${Gallery.collection.currency}`;

  // --- what the grid knows of a listing: its row ---------------------------------------------------

  // {start, end, from, until, buyer, hash} of a piece that is listed; null if it is not, or is damaged.
  function tagOf(one) {
    if (one.tag !== undefined) return one.tag;
    try {
      const [start, end, from, until, buyer, hash] = one.listed;
      const tag = { start: whole(start), end: whole(end), from: whole(from), until: whole(until), buyer, hash };
      one.tag = tag.from < tag.until ? tag : null;
    } catch {
      one.tag = null;
    }
    return one.tag;
  }

  const isFixed = ({ start, end }) => start === end;
  const isOver = (tag, time = now()) => time >= tag.until;
  const isOpen = (one) => Boolean(tagOf(one)) && !isOver(one.tag);

  // What it costs at `time`, or would when it begins.
  function priceOf(tag, time = now()) {
    const inside = time < tag.from ? tag.from : time > tag.until ? tag.until : time;
    return amountAt(tag, tag, inside);
  }

  // --- times --------------------------------------------------------------------------------------

  function date(seconds) {
    if (seconds >= 1n << 35n) return "for ever"; // the year 3058
    const then = new Date(Number(seconds) * 1000);
    const year = then.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
    const day = { day: "numeric", month: "short", year };
    return then.toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit" });
  }

  // How long until then: 2 days 4 h; 4:05:09 within the last day.
  function left(until, time = now()) {
    const seconds = Number(until > time ? until - time : 0n);
    const hours = Math.floor(seconds / 3600);
    if (hours >= 48) return `${Math.floor(hours / 24)} days ${hours % 24} h`;
    const two = (value) => String(value).padStart(2, "0");
    return `${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  }

  Gallery.Refusal = class extends Error {}; // its message is for the visitor
  Gallery.price = { DIGITS, now, whole, amountAt, totalAt, ether, money };
  Object.assign(Gallery.price, { tagOf, isFixed, isOver, isOpen, priceOf, date, left });
})();
