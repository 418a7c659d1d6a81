// What all views share: making elements, loading data, and the collection itself.
//
// Texts of metadata become text nodes and nothing else; there is no innerHTML anywhere. Data comes in
// scripts that call Gallery.receive, since a page opened from a disk may not fetch.
"use strict";
(() => {
  // el("p", {class: "x", onclick: f}, "text", node, ...): attributes, listeners, children.
  function el(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
  }

  const SVG = "http://www.w3.org/2000/svg";
  function svg(tag, attributes = {}, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
  }

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name in PROPERTIES) node[name] = value;
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }
  const PROPERTIES = { muted: 1, loop: 1, playsInline: 1, autoplay: 1, value: 1, checked: 1, htmlFor: 1 };

  // Foreign text, isolated: a name that turns the writing direction turns only itself.
  const foreign = (text) => el("bdi", {}, String(text));

  const short = (text, head = 6, tail = 4) =>
    text.length > head + tail + 1 ? `${text.slice(0, head)}…${text.slice(-tail)}` : text;
  const number = (value, digits = 0) =>
    value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = (part, whole) => {
    const value = (100 * part) / whole;
    return `${number(value, value < 10 && value % 1 ? 1 : 0)} %`;
  };
  const bytes = (size) =>
    size >= 1e6 ? `${number(size / 1e6, 1)} MB` : size >= 1e3 ? `${number(size / 1e3)} kB` : `${size} bytes`;

  // counted(1, "piece") is "1 piece".
  const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function say(text) {
    document.getElementById("status").textContent = text;
  }

  function copyButton(text, label) {
    const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${label}` }, "Copy");
    button.addEventListener("click", async () => {
      button.textContent = (await copied(text)) ? "Copied" : "Press Ctrl+C";
      say(`${label}: ${button.textContent}`);
      setTimeout(() => {
        button.textContent = "Copy";
      }, 1600);
    });
    return button;
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // no clipboard outside of secure contexts, such as a page opened from a disk
      const area = el("textarea", { class: "unseen", "aria-hidden": "true", value: text });
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      if (done) area.remove();
      return done;
    }
  }

  // --- data ---------------------------------------------------------------------------------------

  const received = new Map(); // "details 3" -> value
  const waiting = new Map(); // src -> promise

  Gallery.receive = (what, ...values) => {
    const value = values.pop();
    received.set([what, ...values].join(" "), value);
    Gallery.onReceived?.(what, values[0], value);
  };

  const HERE = document.querySelector('script[src*="/collection.js"]').getAttribute("src");
  const FOLDER = HERE.slice(0, HERE.lastIndexOf("/") + 1);

  // Loads a script of the page's folder once; resolves with what it handed over as `what`.
  function load(src, what) {
    if (received.has(what)) return Promise.resolve(received.get(what));
    if (!waiting.has(src)) {
      waiting.set(
        src,
        new Promise((resolve, reject) => {
          const script = el("script", { src });
          script.onload = () => resolve(received.get(what));
          script.onerror = () => {
            waiting.delete(src);
            reject(new Error(`${src} is missing: build the page again with nftforge gallery`));
          };
          document.head.append(script);
        }),
      );
    }
    return waiting.get(src);
  }
  const loadData = (name, what) => load(FOLDER + name, what);

  // A row of the grid, as an object: rows come as arrays, which are half the size.
  function piece(row, index) {
    const [key, token, minted, name, owner, rank, score, preview, moving, shape, traits, awaits, source, ...sale] =
      row;
    const [listed, sold] = sale; // only in a page that sells
    const state = { minted: Boolean(minted), awaits, listed, sold };
    return { index, key, token, ...state, name, owner, rank, score, preview, moving, shape, traits, source };
  }

  // --- pictures -----------------------------------------------------------------------------------

  const DESCRIBED = 300; // characters of a picture in words

  // A picture; should its file not come, what stands for one. The browser's broken image is never seen.
  function picture(src, alt, attributes = {}) {
    const img = el("img", { src, alt, ...attributes });
    img.addEventListener("error", () => img.replaceWith(placeholder(alt, "The picture did not come")));
    return img;
  }

  function placeholder(alt, why) {
    const frame = svg("rect", { x: 6, y: 6, width: 52, height: 52, rx: 2 });
    const stroke = svg("path", { d: "M17 42c6-16 12 3 17-9s7-9 13-6" });
    return el(
      "span",
      { class: "placeholder", role: "img", "aria-label": `${alt}. ${why}` },
      svg("svg", { viewBox: "0 0 64 64", "aria-hidden": "true" }, frame, stroke),
      el("span", {}, why),
    );
  }

  // A piece in words, for whoever cannot see it: name, description, traits. `more`: its details.
  function describe(one, more = null) {
    const traits = more ? more.traits.map(([name, value, , , kind]) => [name, traitText(value, kind)]) : known(one);
    const words = [more?.name || title(one), plain(more?.description ?? "")];
    words.push(traits.map(([name, value]) => (name ? `${name}: ${value}` : value)).join(", "));
    const text = words.filter(Boolean).join(". ");
    return text.length > DESCRIBED ? `${text.slice(0, DESCRIBED - 1)}…` : text;
  }

  // The traits of a row, once the names behind their numbers are here.
  function known(one) {
    const facets = Gallery.more?.facets;
    if (!facets) return [];
    return one.traits.flatMap((facet, at) =>
      at % 2 ? [] : [[facets[facet][0], facets[facet][2][one.traits[at + 1]][0]]],
    );
  }

  // Markdown without its marks, on one line.
  const plain = (text) =>
    text
      .slice(0, DESCRIBED)
      .replace(/\[([^\]\n]*)\]\([^\s()]*\)/g, "$1")
      .replace(/[*_`#>]+/g, "")
      .replace(/\s+/g, " ")
      .trim()
      .replace(/\.$/, "");

  function traitText(value, display) {
    if (display === "date" && /^-?\d{1,12}$/.test(value))
      return new Date(Number(value) * 1000).toISOString().slice(0, 10);
    return display === "boost_percentage" ? `${value} %` : value;
  }

  const title = (one) => one.name || (one.token === null ? one.key : `Token ${one.token}`);
  const tokenText = (one) => (one.token === null ? "not minted yet" : `#${one.token}`);
  const address = (one) => `#/piece/${encodeURIComponent(one.key)}`;

  Object.assign(Gallery, {
    el,
    svg,
    foreign,
    short,
    number,
    percent,
    counted,
    bytes,
    still,
    say,
    copyButton,
    load,
    loadData,
    piece,
    picture,
    placeholder,
    describe,
    traitText,
    title,
    tokenText,
    address,
    collection: null, // collection.js
    pieces: [], // in the order of the collection; grows while scripts come in
    views: {}, // name -> (main, argument) => title
  });
})();
