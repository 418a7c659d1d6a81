// The visitor's wallet: found (EIP-6963, or as window.ethereum), asked, and its refusals in words.
//
// Everything that the page reads of the chain comes through it; the page knows no node. Sources:
// https://eips.ethereum.org/EIPS/eip-6963, eip-1193, eip-1474, eip-3326
"use strict";
(() => {
  const { Refusal } = Gallery;
  const PATIENCE_MS = 300; // until every wallet has announced itself
  const USER_REJECTED = 4001,
    UNAUTHORIZED = 4100,
    DISCONNECTED = 4900,
    CHAIN_DISCONNECTED = 4901,
    UNKNOWN_CHAIN = 4902,
    PENDING = -32002;

  const announced = new Map(); // uuid -> {name, provider}
  addEventListener("eip6963:announceProvider", ({ detail }) => {
    const { info, provider } = detail ?? {};
    if (info?.uuid && provider?.request) announced.set(info.uuid, { name: String(info.name || "A wallet"), provider });
  });
  dispatchEvent(new Event("eip6963:requestProvider"));

  // Those there are: [{name, provider}].
  async function wallets() {
    dispatchEvent(new Event("eip6963:requestProvider"));
    if (!announced.size) await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    if (announced.size) return [...announced.values()];
    return window.ethereum?.request ? [{ name: "The wallet of this browser", provider: window.ethereum }] : [];
  }

  // Why there can be none here; empty if one could be.
  function hindrance() {
    if (Gallery.collection.network === "embedded")
      return "This is a rehearsal, on a chain inside nftforge that no wallet reaches: nothing can be bought here.";
    if (location.protocol !== "file:") return "";
    return (
      "This page was opened from a disk, and browsers keep wallets away from such pages. Serve it, " +
      "with nftforge gallery --serve, or look at it where it is on the web."
    );
  }

  const NO_WALLET =
    "There is no wallet in this browser. Buying takes one: install a wallet for Ethereum as an extension, " +
    "or open this page in the browser of a wallet's app.";

  // --- asking -------------------------------------------------------------------------------------

  async function ask({ name, provider }, method, ...params) {
    try {
      return await provider.request({ method, params });
    } catch (error) {
      throw await refusal(error, name);
    }
  }

  const read = (wallet, to, data) => ask(wallet, "eth_call", { to, data }, "latest");

  async function account(wallet) {
    const [first] = await ask(wallet, "eth_requestAccounts");
    if (!first) throw new Refusal("The wallet shows this page no account: allow it one there, then try again.");
    return first.toLowerCase();
  }

  const chainOf = async (wallet) => BigInt(await ask(wallet, "eth_chainId"));
  const wanted = () => BigInt(Gallery.collection.chain_id);
  const onChain = async (wallet) => (await chainOf(wallet)) === wanted();

  async function switchChain(wallet) {
    await ask(wallet, "wallet_switchEthereumChain", { chainId: `0x${wanted().toString(16)}` });
    if (!(await onChain(wallet))) throw new Refusal(`The wallet did not switch to ${network()}.`);
  }

  const network = () => `${Gallery.collection.network} (chain ${Gallery.collection.chain_id})`;

  // --- refusals -----------------------------------------------------------------------------------

  // Wallets wrap what a node says, each in its own way.
  const layers = (error) => {
    const found = [];
    for (let at = error; at && typeof at === "object" && found.length < 6; ) {
      found.push(at);
      at = [at.data, at.originalError, at.error, at.cause].find((next) => next && typeof next === "object");
    }
    return found;
  };

  const revertData = (error) => {
    const hex = (value) => typeof value === "string" && /^0x(?:[0-9a-f]{2}){4,}$/i.test(value);
    for (const { data, message } of layers(error)) {
      if (hex(data)) return data;
      const inside = /\b0x[0-9a-f]{8,}\b/i.exec(typeof data === "string" ? data : "")?.[0];
      if (inside && /revert/i.test(String(message) + data)) return inside;
    }
    return "";
  };

  async function refusal(error, name) {
    if (error instanceof Refusal) return error;
    const codes = layers(error).map(({ code }) => Number(code));
    const said = String(layers(error).at(-1)?.message ?? error?.message ?? error).slice(0, 300);
    const is = (code) => codes.includes(code);
    const declined = is(USER_REJECTED) || /user (rejected|denied)/i.test(said);
    let text = "";
    if (declined) text = "You declined in the wallet. Nothing was bought, and nothing paid.";
    else if (is(PENDING)) text = `${name} is already asking you something: open it, answer, then try again.`;
    else if (is(UNKNOWN_CHAIN)) {
      text = `${name} does not know ${network()}: add that network in the wallet, then try again.`;
    } else if (is(UNAUTHORIZED)) text = `${name} does not let this page ask for that: connect it in the wallet.`;
    else if (is(DISCONNECTED) || is(CHAIN_DISCONNECTED)) text = `${name} has no connection to the network.`;
    else if (/insufficient (funds|balance)/i.test(said)) {
      text = `The account does not have enough ${Gallery.collection.currency} for the price and the network's fee.`;
    } else if (revertData(error)) text = `It would fail: ${await meaning(revertData(error))}.`;
    else text = `${name} says: ${said}`;
    return new Refusal(text);
  }

  // What a contract's error means; its words come with the data (market.js).
  async function meaning(data) {
    const { refusals } = await Gallery.loadData("market.js", "market");
    const found = refusals[data.slice(0, 10).toLowerCase()];
    if (!found) return `a contract refused (${data.slice(0, 74)})`;
    const [text, values] = found;
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
      const place = values.findIndex(([known]) => known === name);
      return place < 0 ? whole : shown(data.slice(10), place, values[place][1]);
    });
  }

  function shown(digits, place, type) {
    const word = digits.slice(64 * place, 64 * place + 64);
    if (word.length < 64) return "?";
    if (type === "address") return `0x${word.slice(24)}`;
    if (/^u?int/.test(type)) return BigInt(`0x${word}`).toString();
    if (type !== "string") return `0x${word}`;
    const start = 2 * Number(BigInt(`0x${word}`));
    const size = 2 * Number(BigInt(`0x${digits.slice(start, start + 64) || "0"}`));
    const bytes = (digits.slice(start + 64, start + 64 + size).match(/../g) ?? []).map((pair) => parseInt(pair, 16));
    return new TextDecoder().decode(new Uint8Array(bytes)).slice(0, 200);
  }

  Gallery.wallet = { wallets, hindrance, NO_WALLET, ask, read, account, onChain, switchChain, network, meaning };
})();
