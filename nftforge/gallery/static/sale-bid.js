// An offer of wrapped ether for a piece, signed in the visitor's wallet and handed to them as text.
//
// Nobody else hears of it until the visitor gives it on: there is no server. Which contract is the
// wrapped ether of a chain stands here and not in the data, so that no data file can have anything
// else offered. Source: https://eips.ethereum.org/EIPS/eip-712; seaport-types 1.6.3
"use strict";
(() => {
  const { el, title, say, foreign, short, counted, Refusal } = Gallery;
  const { ether, date } = Gallery.price;
  const { SEAPORT, CODE_BYTES, NOBODY, ask: question, word, wordAt, addressAt } = Gallery.abi;
  const { wallets, hindrance, NO_WALLET, ask, read, account, onChain, switchChain, network } = Gallery.wallet;
  const { ownerOf, same } = Gallery.proof;
  const WETH = {
    1: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
    10: "0x4200000000000000000000000000000000000006",
    137: "0x7ceB23fD6bC0adD59E62ac25578270cFf1b9f619",
    8453: "0x4200000000000000000000000000000000000006",
    42161: "0x82aF49447D8a07e3bd95BD0d56f35241523fBab1",
    84532: "0x4200000000000000000000000000000000000006",
    11155111: "0xfFf9976782d46CC05630D1f6eBAb18b2324d6B14",
    31337: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
  };
  const SELECTORS = { balanceOf: "70a08231", allowance: "dd62ed3e", approve: "095ea7b3", royaltyInfo: "2a55205a" };
  const ERC20 = 1,
    ERC721 = 2;
  const ZERO = `0x${"0".repeat(64)}`;
  const DAYS = [1, 3, 7, 30];
  const POLL_MS = 1000;
  const text = (name, type) => ({ name, type });
  const fields = (line) => line.split(", ").map((each) => text(...each.split(" ").reverse()));
  const ITEM = "uint8 itemType, address token, uint256 identifierOrCriteria, uint256 startAmount, uint256 endAmount";
  const TYPES = {
    EIP712Domain: fields("string name, string version, uint256 chainId, address verifyingContract"),
    OrderComponents: fields(
      "address offerer, address zone, OfferItem[] offer, ConsiderationItem[] consideration, uint8 orderType, " +
        "uint256 startTime, uint256 endTime, bytes32 zoneHash, uint256 salt, bytes32 conduitKey, uint256 counter",
    ),
    OfferItem: fields(ITEM),
    ConsiderationItem: fields(`${ITEM}, address recipient`),
  };

  const call = (name, ...values) => `0x${SELECTORS[name]}${values.map(word).join("")}`;
  const currency = () => WETH[Gallery.collection.chain_id];
  const weth = (wei) => `${ether(wei)} WETH`;

  // Wei of a number as it is typed. Throws Gallery.Refusal.
  function amountOf(typed) {
    const found = /^(\d{1,9})(?:\.(\d{1,18}))?$/.exec(typed.trim());
    const wei = found ? BigInt(found[1] + (found[2] ?? "").padEnd(18, "0")) : 0n;
    if (!wei) throw new Refusal("Type how much you offer as a number with a point, such as 0.25.");
    return wei;
  }

  // The form; nothing where there is no token yet, or no wrapped ether.
  function form(one) {
    if (!one.minted || !currency()) return "";
    const amount = el("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: 12 });
    const lasting = (each) => el("option", { value: each }, counted(each, "day"));
    const days = el("select", {}, ...DAYS.map(lasting));
    days.value = "7";
    const mine = { one, status: el("p", { role: "status", "aria-live": "polite" }), more: el("div", {}) };
    const sign = el("button", { type: "submit", class: "quiet" }, "Sign the offer");
    const asked = el(
      "form",
      {},
      el("label", {}, "Amount in WETH ", amount),
      el("label", {}, "Valid for ", days),
      sign,
    );
    asked.addEventListener("keydown", (event) => event.stopPropagation()); // the page's own keys rest
    asked.addEventListener("submit", (event) => {
      event.preventDefault();
      step(mine, async () => begin(mine, amountOf(amount.value), BigInt(days.value) * 86400n));
    });
    return el("details", { class: "bid" }, el("summary", {}, "Make an offer"), asked, mine.status, mine.more);
  }

  function note(mine, said, more = [], bad = false) {
    mine.status.className = bad ? "alert" : "";
    mine.status.replaceChildren(...[said].flat());
    mine.more.replaceChildren(...more);
  }

  async function step(mine, work) {
    try {
      await work();
    } catch (error) {
      note(mine, error instanceof Refusal ? error.message : `Something went wrong: ${error.message}`, [], true);
    }
  }

  const button = (mine, label, work) =>
    el("button", { type: "button", class: "quiet", onclick: () => step(mine, work) }, label);

  async function begin(mine, amount, seconds) {
    if (hindrance()) throw new Refusal(hindrance());
    note(mine, "Looking for your wallet …");
    const found = await wallets();
    if (!found.length) throw new Refusal(NO_WALLET);
    const use = (wallet) => bid(mine, wallet, amount, seconds);
    if (found.length === 1) return use(found[0]);
    note(mine, "With which wallet?", found.map((each) => button(mine, foreign(each.name), () => use(each))));
  }

  async function bid(mine, wallet, amount, seconds) {
    const { one } = mine;
    note(mine, ["Connecting. ", foreign(wallet.name), " may ask you for it …"]);
    const who = await account(wallet);
    if (!(await onChain(wallet))) await switchChain(wallet);
    const code = await ask(wallet, "eth_getCode", SEAPORT, "latest");
    if (code.length !== 2 + 2 * CODE_BYTES) throw new Refusal(`There is no Seaport 1.6 on ${network()}.`);
    const owner = await ownerOf(wallet, one);
    if (same(owner, who)) throw new Refusal(`${title(one)} is yours already.`);
    const balance = wordAt(await read(wallet, currency(), call("balanceOf", who)), 0);
    if (balance < amount) {
      throw new Refusal(
        `The account ${who} has ${weth(balance)}, and the offer is ${weth(amount)}. Offers are made in wrapped ` +
          `ether, which is ether in the contract ${currency()}: wrap some in your wallet, then try again.`,
      );
    }
    const allowed = wordAt(await read(wallet, currency(), call("allowance", who, SEAPORT)), 0);
    const sign = () => signed(mine, wallet, who, owner, amount, seconds);
    if (allowed >= amount) return sign();
    const allow = async () => {
      note(mine, ["Confirm in your wallet: ", foreign(wallet.name), "."]);
      const data = call("approve", SEAPORT, amount);
      await mined(mine, wallet, await ask(wallet, "eth_sendTransaction", { from: who, to: currency(), data }));
      await sign();
    };
    const told =
      `Seaport, the market's contract, has to be allowed to take ${weth(amount)} from you once the offer is ` +
      "accepted, and no more. That is a transaction, and costs the network's fee; the offer itself costs nothing.";
    note(mine, told, [button(mine, `Allow ${weth(amount)}`, allow)]);
  }

  async function mined(mine, wallet, sent) {
    note(mine, "Waiting for the network …");
    for (;;) {
      const receipt = await ask(wallet, "eth_getTransactionReceipt", sent);
      if (receipt && BigInt(receipt.status) === 0n) throw new Refusal("The network refused it. Nothing was signed.");
      if (receipt) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async function signed(mine, wallet, who, owner, amount, seconds) {
    const { one } = mine;
    note(mine, "Asking the chain …");
    const { contract, chain_id: chainId } = Gallery.collection;
    const block = await ask(wallet, "eth_getBlockByNumber", "latest", false);
    const counter = wordAt(await read(wallet, SEAPORT, question.counter(who)), 0);
    const royalty = await read(wallet, contract, call("royaltyInfo", one.token, amount));
    const [receiver, part] = [addressAt(royalty), wordAt(royalty, 1)];
    if (part >= amount) throw new Refusal("The contract asks for more royalty than that.");
    const item = (itemType, token, id, units) => {
      return { itemType, token, identifierOrCriteria: `${id}`, startAmount: `${units}`, endAmount: `${units}` };
    };
    const paid = part && !same(receiver, NOBODY) && !same(receiver, owner);
    const from = BigInt(block.timestamp);
    const salt = crypto.getRandomValues(new Uint32Array(8)).reduce((sum, each) => (sum << 32n) | BigInt(each), 0n);
    const order = {
      offerer: who,
      zone: NOBODY,
      offer: [item(ERC20, currency(), 0, amount)],
      consideration: [
        { ...item(ERC721, contract, one.token, 1), recipient: who },
        ...(paid ? [{ ...item(ERC20, currency(), 0, part), recipient: receiver }] : []),
      ],
      orderType: 0,
      startTime: `${from}`,
      endTime: `${from + seconds}`,
      zoneHash: ZERO,
      salt: `${salt}`,
      conduitKey: ZERO,
      counter: `${counter}`,
    };
    const typed = {
      types: TYPES,
      primaryType: "OrderComponents",
      domain: { name: "Seaport", version: "1.6", chainId: String(chainId), verifyingContract: SEAPORT },
      message: order,
    };
    note(mine, ["Sign the offer in your wallet: ", foreign(wallet.name), ". Look at the amount there."]);
    const signature = await ask(wallet, "eth_signTypedData_v4", who, JSON.stringify(typed));
    const parameters = { ...order, totalOriginalConsiderationItems: order.consideration.length };
    handOver(mine, who, amount, from + seconds, { parameters, protocol_address: SEAPORT, signature });
  }

  // What the visitor gives to the owner, by whatever way.
  function handOver(mine, who, amount, until, offer) {
    const written = JSON.stringify(offer, null, 2);
    const area = el("textarea", { readonly: "", rows: 6, "aria-label": "The signed offer" });
    area.value = written;
    const url = URL.createObjectURL(new Blob([written], { type: "application/json" }));
    const save = el("a", { href: url, download: `offer-${mine.one.token}.json` }, "Save it as a file");
    const copy = el("button", { type: "button", class: "quiet" }, "Copy it");
    copy.addEventListener("click", async () => {
      area.select();
      await navigator.clipboard?.writeText(written).catch(() => {});
      say("The offer is selected, and copied if the browser allows it");
    });
    const told = [
      `Signed: ${weth(amount)} for `,
      foreign(title(mine.one)),
      `, until ${date(until)}. Nothing was sent yet: give this text to the owner, who accepts it with ` +
        "nftforge accept. Only the owner of the token can use it. To take it back before it ends, set what Seaport " +
        "may spend of your WETH to 0 in your wallet. You offer from ",
      el("code", { title: who }, short(who, 8, 6)),
      ".",
    ];
    note(mine, told, [el("p", { class: "till-buttons" }, copy, save), area]);
  }

  Gallery.bid = { form, WETH, SELECTORS };
})();
