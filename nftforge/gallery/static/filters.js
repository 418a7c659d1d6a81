// Search, filters by trait, and sorting. Traits come in more.js, after the first view.
"use strict";
(() => {
  const { el, foreign, number } = Gallery;
  const MOST = 80; // values listed of one trait
  const state = { text: "", sort: "token", chosen: new Map(), ranges: new Map(), forSale: false };
  const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const token = (one) => (one.token === null ? Infinity : one.token);
  const SORTS = {
    token: ["Token id", (a, b) => token(a) - token(b) || a.index - b.index],
    name: ["Name", (a, b) => names.compare(a.name, b.name) || a.index - b.index],
    rarity: ["Rarest first", (a, b) => a.rank - b.rank || a.index - b.index],
    price: ["Price", (a, b) => Gallery.sale.byPrice(a, b)],
  };
  const sorts = () => Object.entries(SORTS).filter(([key]) => key !== "price" || Gallery.sale);

  Gallery.isFiltered = () => Boolean(state.text || state.chosen.size || state.ranges.size || state.forSale);

  Gallery.filtered = () => {
    const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = Gallery.pieces.filter(
      (one) => words.every((word) => haystack(one).includes(word) || owns(one, word)) && fits(one),
    );
    return found.sort(SORTS[state.sort][1]);
  };

  // An address is all digits: a short word is not looked for in it, or "22" would find everything.
  const owns = (one, word) => (word.startsWith("0x") || word.length >= 6) && one.owner.toLowerCase().includes(word);

  function haystack(one) {
    const facets = Gallery.more?.facets;
    if (one.text && one.searched === facets) return one.text;
    const parts = [one.name, one.token === null ? "" : `#${one.token}`];
    for (let at = 0; facets && at < one.traits.length; at += 2) {
      parts.push(facets[one.traits[at]][2][one.traits[at + 1]][0]);
    }
    one.text = parts.join("\n").toLowerCase();
    one.searched = facets;
    return one.text;
  }

  function fits(one) {
    if (state.forSale && !Gallery.sale.isOpen(one)) return false;
    for (const [facet, values] of state.chosen) {
      if (!has(one, facet, (value) => values.has(value))) return false;
    }
    for (const [facet, [low, high]] of state.ranges) {
      const values = Gallery.more.facets[facet][2];
      if (!has(one, facet, (value) => values[value][0] >= low && values[value][0] <= high)) return false;
    }
    return true;
  }

  function has(one, facet, accepts) {
    for (let at = 0; at < one.traits.length; at += 2) {
      if (one.traits[at] === facet && accepts(one.traits[at + 1])) return true;
    }
    return false;
  }

  let timer = 0;
  function changed(wait = 0) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const clear = document.getElementById("clear");
      if (clear) clear.hidden = !Gallery.isFiltered();
      Gallery.refreshWall();
    }, wait);
  }

  Gallery.filterBar = () => {
    const search = el("input", {
      id: "search",
      type: "search",
      placeholder: "Name, token id, owner, trait",
      value: state.text,
      autocomplete: "off",
      spellcheck: "false",
      oninput: (event) => {
        state.text = event.target.value.trim();
        changed(60);
      },
    });
    const sort = el(
      "select",
      {
        id: "sort",
        onchange: (event) => {
          state.sort = event.target.value;
          changed();
        },
      },
      sorts().map(([key, [label]]) => el("option", { value: key, selected: key === state.sort }, label)),
    );
    const clear = el(
      "button",
      {
        id: "clear",
        type: "button",
        class: "quiet",
        hidden: !Gallery.isFiltered(),
        onclick: () => {
          Object.assign(state, { text: "", chosen: new Map(), ranges: new Map(), forSale: false });
          search.value = "";
          document.getElementById("for-sale")?.setAttribute("aria-pressed", false);
          drawPanel();
          search.focus();
          changed();
        },
      },
      "Clear",
    );
    return [
      el(
        "div",
        { class: "bar", role: "search" },
        el("label", { htmlFor: "search", class: "unseen" }, "Search"),
        search,
        el(
          "button",
          {
            id: "filter-toggle",
            type: "button",
            class: "quiet",
            "aria-controls": "filters",
            "aria-expanded": "false",
            onclick: (event) => {
              const open = document.getElementById("filters").classList.toggle("open");
              event.target.setAttribute("aria-expanded", open);
            },
          },
          "Filter",
        ),
        Gallery.sale ? forSale() : "",
        el("span", { class: "sorting" }, el("label", { htmlFor: "sort" }, "Sort by"), sort),
        clear,
        el("span", { id: "shown", class: "shown" }),
      ),
    ];
  };

  function forSale() {
    const button = el("button", { id: "for-sale", type: "button", class: "quiet", "aria-pressed": state.forSale });
    button.textContent = "For sale";
    button.addEventListener("click", () => {
      state.forSale = !state.forSale;
      button.setAttribute("aria-pressed", state.forSale);
      changed();
    });
    return button;
  }

  Gallery.filterPanel = () => {
    const panel = el("aside", { id: "filters", class: "filters", "aria-label": "Filter by trait" });
    queueMicrotask(drawPanel);
    return panel;
  };

  function drawPanel() {
    const panel = document.getElementById("filters");
    if (!panel || !Gallery.more) return;
    const boxes = Gallery.more.facets.map((facet, at) => facetBox(facet, at));
    panel.replaceChildren(...(boxes.length ? boxes : [el("p", { class: "empty" }, "No traits.")]));
  }
  Gallery.drawFilters = drawPanel;

  function facetBox([name, isNumber, values], at) {
    const wide = values.length > 1 && isNumber;
    const open = state.chosen.has(at) || state.ranges.has(at) || (at < 4 && values.length <= 12);
    return el(
      "details",
      { class: "facet", open },
      el("summary", {}, foreign(name || "(no name)"), " ", el("span", { class: "count" }, number(values.length))),
      wide ? range(values, at) : list(values, at),
    );
  }

  function list(values, at) {
    const rows = values.slice(0, MOST).map(([value, count], code) => {
      const box = el("input", {
        type: "checkbox",
        checked: state.chosen.get(at)?.has(code) ?? false,
        onchange: (event) => {
          choose(at, code, event.target.checked);
          changed();
        },
      });
      return el(
        "li",
        {},
        el(
          "label",
          {},
          box,
          el("span", { class: "value" }, foreign(value || "(empty)")),
          el("span", { class: "count" }, number(count)),
        ),
      );
    });
    const rest = values.length - MOST;
    return el(
      "ul",
      { role: "list" },
      rows,
      rest > 0 ? el("li", { class: "rest" }, `and ${number(rest)} more: search for them`) : "",
    );
  }

  function choose(facet, code, on) {
    const values = state.chosen.get(facet) ?? new Set();
    if (on) values.add(code);
    else values.delete(code);
    if (values.size) state.chosen.set(facet, values);
    else state.chosen.delete(facet);
  }

  function range(values, at) {
    const numbers = values.map(([value]) => Number(value));
    const low = Math.min(...numbers),
      high = Math.max(...numbers);
    const [from, to] = state.ranges.get(at) ?? ["", ""];
    const read = (event) => {
      const [a, b] = event.target.closest(".range").querySelectorAll("input");
      if (a.value === "" && b.value === "") state.ranges.delete(at);
      else
        state.ranges.set(at, [
          a.value === "" ? -Infinity : Number(a.value),
          b.value === "" ? Infinity : Number(b.value),
        ]);
      changed(120);
    };
    const input = (label, shown, value) =>
      el(
        "label",
        {},
        label,
        " ",
        el("input", {
          type: "number",
          placeholder: shown,
          value: Number.isFinite(value) ? value : "",
          step: "any",
          oninput: read,
        }),
      );
    return el("div", { class: "range" }, input("from", low, from), input("to", high, to));
  }
})();
