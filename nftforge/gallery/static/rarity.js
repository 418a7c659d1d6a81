// Rarity: how surprising each piece's traits are, as a chart, as a table, and the traits behind it.
"use strict";
(() => {
  const { el, svg, foreign, number, counted, percent, title, address } = Gallery;
  const PAGE = 100; // rows of the table at a time
  const BARS = 80; // pieces up to which each has a bar; more of them are a curve

  Gallery.views.rarity = (main) => {
    let open = true;
    Gallery.leave = () => {
      open = false;
    };
    main.append(
      el("h2", { tabindex: -1 }, "Rarity"),
      el(
        "p",
        { class: "lead" },
        "By the OpenRarity rule: each trait counts for the information it carries, −log₂ of its share, and so do " +
          "the number of traits and the lack of one; the sum is divided by the collection's entropy. Pieces with " +
          "traits of which there is only one come first, equals share a rank, numbers are not counted.",
      ),
    );
    Gallery.complete.then(() => {
      if (!open) return;
      const ranked = [...Gallery.pieces].sort((a, b) => a.rank - b.rank || a.index - b.index);
      main.append(
        el("p", { class: "dim" }, `Entropy of the collection: ${number(Gallery.more.entropy, 2)} bits.`),
        chart(ranked),
        table(ranked),
        shares(),
      );
    });
    return { title: "Rarity" };
  };

  // Scores from the rarest to the commonest; the table below says the same in words.
  function chart(ranked) {
    const WIDTH = 960,
      HEIGHT = 260,
      LEFT = 44,
      BOTTOM = 28,
      TOP = 12;
    const scores = ranked.map((one) => one.score);
    const most = Math.max(...scores, 1e-9),
      count = scores.length;
    const x = (at) => LEFT + (at * (WIDTH - LEFT)) / count;
    const y = (score) => TOP + (1 - score / most) * (HEIGHT - TOP - BOTTOM);
    const label =
      `Rarity scores of ${counted(count, "piece")}, from ${number(scores[0], 2)} for the rarest ` +
      `to ${number(scores.at(-1), 2)}; the table below has the numbers`;
    const box = svg("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: "chart",
      role: "img",
      "aria-label": label,
    });
    for (const part of [0, 0.5, 1]) {
      const line = y(most * part);
      box.append(
        svg("line", { x1: LEFT, x2: WIDTH, y1: line, y2: line, class: "grid" }),
        svg("text", { x: LEFT - 8, y: line + 4, class: "tick", "text-anchor": "end" }, number(most * part, 2)),
      );
    }
    if (count <= BARS) {
      const wide = (WIDTH - LEFT) / count,
        bar = Math.min(48, wide * 0.76);
      scores.forEach((score, at) =>
        box.append(
          svg(
            "rect",
            {
              x: x(at) + (wide - bar) / 2,
              y: y(score),
              width: bar,
              height: HEIGHT - BOTTOM - y(score),
              class: "bar-mark",
              rx: 2,
            },
            svg("title", {}, `${title(ranked[at])}: ${number(score, 3)}`),
          ),
        ),
      );
    } else {
      const step = Math.max(1, Math.floor(count / WIDTH));
      const points = scores.map((score, at) => [at, score]).filter(([at]) => at % step === 0 || at === count - 1);
      const path = points.map(([at, score]) => `${x(at).toFixed(1)},${y(score).toFixed(1)}`).join(" L");
      box.append(
        svg("path", {
          d: `M${LEFT},${HEIGHT - BOTTOM} L${path} L${x(count - 1).toFixed(1)},${HEIGHT - BOTTOM} Z`,
          class: "area",
        }),
        svg("path", { d: `M${path}`, class: "curve" }),
      );
    }
    box.append(
      svg("text", { x: LEFT, y: HEIGHT - 6, class: "tick" }, "rarest"),
      svg("text", { x: WIDTH, y: HEIGHT - 6, class: "tick", "text-anchor": "end" }, "most common"),
    );
    return el("figure", { class: "chart-box" }, box);
  }

  function table(ranked) {
    const body = el("tbody");
    const button = el("button", { type: "button", class: "quiet", onclick: more }, "Show more");
    function more() {
      const from = body.children.length;
      body.append(
        ...ranked
          .slice(from, from + PAGE)
          .map((one) =>
            el(
              "tr",
              {},
              el("td", { class: "number" }, number(one.rank)),
              el("td", {}, el("a", { href: address(one) }, foreign(title(one)))),
              el("td", { class: "number" }, one.token === null ? "" : `#${one.token}`),
              el("td", { class: "number" }, number(one.score, 3)),
            ),
          ),
      );
      button.hidden = body.children.length >= ranked.length;
    }
    more();
    return el(
      "section",
      {},
      el("h3", {}, "Pieces"),
      el(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Pieces by rarity" },
        el(
          "table",
          {},
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              ["Rank", "Piece", "Token", "Score"].map((name, at) =>
                el("th", { scope: "col", class: at === 1 ? null : "number" }, name),
              ),
            ),
          ),
          body,
        ),
      ),
      button,
    );
  }

  function shares() {
    const { total } = Gallery.collection;
    return el(
      "section",
      {},
      el("h3", {}, "Traits"),
      el(
        "div",
        { class: "columns" },
        Gallery.more.facets.map(([name, isNumber, values]) =>
          el(
            "section",
            { class: "trait-table" },
            el(
              "h4",
              {},
              foreign(name || "(no name)"),
              isNumber ? el("span", { class: "dim" }, " numbers, not counted") : "",
            ),
            el(
              "table",
              {},
              el(
                "tbody",
                {},
                values
                  .slice(0, 12)
                  .map(([value, count]) =>
                    el(
                      "tr",
                      {},
                      el("th", { scope: "row" }, foreign(value || "(empty)")),
                      el("td", { class: "number" }, number(count)),
                      el("td", { class: "number" }, percent(count, total)),
                    ),
                  ),
              ),
            ),
            values.length > 12 ? el("p", { class: "dim" }, `and ${counted(values.length - 12, "more value")}`) : "",
          ),
        ),
      ),
    );
  }
})();
