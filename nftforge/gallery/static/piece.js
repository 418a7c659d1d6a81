// One piece: its picture (stage.js), and everything a buyer can look up.
"use strict";
(() => {
  const {
    el,
    foreign,
    short,
    number,
    percent,
    bytes,
    copyButton,
    loadData,
    title,
    tokenText,
    address,
    safeLink,
    markdown,
    traitText,
  } = Gallery;
  const PRETTIEST = 200000; // characters of JSON that are laid out anew

  Gallery.views.piece = (main, key) => {
    Gallery.remember(key);
    const box = el("article", { class: "piece", "aria-labelledby": "name", "aria-busy": "true" });
    main.append(box);
    let open = true;
    let closeStage = null;
    Gallery.leave = () => {
      open = false;
      closeStage?.();
    };
    find(key)
      .then(async (one) => {
        if (!open) return;
        if (!one) {
          box.append(
            heading(`There is no piece ${key.slice(0, 60)}`),
            el("p", {}, el("a", { href: "#/" }, "All pieces")),
          );
          return;
        }
        document.title = `${title(one)} · ${Gallery.collection.name}`;
        const number = Math.floor(one.index / Gallery.collection.details);
        const details = await loadData(`details-${number}.js`, `details ${number}`);
        if (!open) return;
        const more = details[one.index % Gallery.collection.details];
        const stage = Gallery.stage(one, more);
        closeStage = stage.close;
        box.append(neighbours(one), stage.node, el("div", { class: "label" }, ...plaque(one, more)));
        focusHeading(box);
        await Gallery.complete; // shares of traits need all of them
        if (open) box.querySelector(".traits-place").replaceWith(traits(one, more));
      })
      .catch((error) => box.append(el("p", { class: "empty", role: "alert" }, error.message)))
      .finally(() => box.removeAttribute("aria-busy"));
    return { title: "Piece", focused: true };
  };

  // A link may lead to a piece whose row is still to come.
  async function find(key) {
    const there = () => Gallery.pieces.find((one) => one.key === key);
    if (there()) return there();
    await Gallery.complete;
    return there();
  }

  const heading = (text) => el("h2", { id: "name", tabindex: -1 }, foreign(text));

  function focusHeading(box) {
    box.querySelector("h2").focus({ preventScroll: true });
  }

  // --- the label beside the picture ---------------------------------------------------------------

  function plaque(one, more) {
    const { collection } = Gallery;
    return [
      el(
        "p",
        { class: "eyebrow" },
        foreign(collection.name),
        one.token === null ? "" : ` · #${one.token}`,
      ),
      heading(more.name || title(one)),
      one.minted
        ? ""
        : el(
            "p",
            { class: "badge" },
            one.awaits ? `Not ${one.awaits} yet` : "Not minted yet: this is what would be minted",
          ),
      one.owner
        ? el(
            "p",
            { class: "owner" },
            one.minted ? "Owned by " : "Would go to ",
            el("code", { title: one.owner }, short(one.owner, 8, 6)),
            " ",
            copyButton(one.owner, "owner"),
          )
        : "",
      Gallery.sale?.offer(one),
      Gallery.bid?.form(one),
      more.problem ? el("p", { class: "alert", role: "alert" }, `Its metadata did not come: ${more.problem}`) : "",
      more.description ? markdown(more.description) : "",
      el("div", { class: "traits-place" }),
      section("Details", facts(one, more)),
      more.cids.length ? section("Content addresses", cids(more)) : "",
      more.text ? metadata(more) : "",
    ];
  }

  const section = (name, ...content) => el("section", {}, el("h3", {}, name), ...content);

  function traits(one, more) {
    const facets = new Map(Gallery.more.facets.map((facet) => [facet[0], facet]));
    const rows = more.traits.map(([name, value, clippedName, clippedValue, display, isNumber]) => {
      const count = facets.get(clippedName)?.[2].find(([text]) => text === clippedValue)?.[1] ?? 1;
      const total = Gallery.collection.total;
      const bar = el("span", { class: "share", "aria-hidden": "true" }, el("span", {}));
      bar.firstChild.style.width = `${(100 * count) / total}%`;
      return el(
        "li",
        { class: "trait" },
        el("span", { class: "trait-name" }, foreign(name || "(no name)")),
        el("span", { class: "trait-value" }, foreign(traitText(value, display) || "(empty)")),
        isNumber // every piece has its own, and rarity leaves them out
          ? ""
          : [
              el(
                "span",
                { class: "trait-share" },
                count === 1 && total > 1 ? "one of one" : `${percent(count, total)} have this`,
              ),
              bar,
            ],
      );
    });
    const rarity = el(
      "p",
      { class: "rank" },
      "Rarity rank ",
      el("strong", {}, number(one.rank)),
      ` of ${number(Gallery.collection.total)}`,
      el(
        "span",
        { class: "dim" },
        ` · score ${number(more.score, 2)}, ${number(more.bits, 1)} bits`,
        more.uniques ? `, ${more.uniques} one of one` : "",
      ),
    );
    return section(
      "Traits",
      rarity,
      rows.length
        ? el("ul", { class: "traits", role: "list" }, rows)
        : el("p", { class: "empty" }, "It has no traits."),
    );
  }

  function facts(one, more) {
    const { collection } = Gallery;
    const { explorer, contract, network, chain_id: chain } = collection;
    const look = (path, text) => (explorer ? safeLink(`${explorer}/${path}`, text) : text);
    const royalty = collection.royalty_percent;
    const rows = [
      [
        "Token",
        one.minted && contract
          ? look(`token/${contract}?a=${one.token}`, `#${one.token}`)
          : one.token === null
            ? tokenText(one)
            : `#${one.token}, not minted yet`,
      ],
      [
        "Contract",
        contract
          ? [
              el("code", { title: contract }, look(`address/${contract}`, short(contract, 8, 6))),
              " ",
              copyButton(contract, "contract address"),
            ]
          : "",
      ],
      ["Network", `${network}, chain ${chain}`],
      ["Transaction", more.tx ? el("code", {}, look(`tx/${more.tx}`, short(more.tx, 10, 6))) : ""],
      [
        "Royalty",
        royalty === null
          ? ""
          : [
              `${number(royalty, royalty % 1 ? 2 : 0)} %`,
              ...(collection.royalty_receiver
                ? [" to ", el("code", { title: collection.royalty_receiver }, short(collection.royalty_receiver))]
                : []),
            ],
      ],
      [
        "Token URI",
        more.uri ? [el("code", { class: "long" }, foreign(more.uri)), " ", copyButton(more.uri, "token URI")] : "",
      ],
      ["Link", more.link ? safeLink(more.link, foreign(more.link)) : ""],
      ["Image", file(more.image)],
      ["Animation", file(more.animation)],
    ];
    return el(
      "dl",
      { class: "facts-list" },
      rows
        .filter(([, value]) => value)
        .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, ...[value].flat()))),
    );
  }

  function file(media) {
    if (!media) return "";
    if (!media.mime) return el("span", { class: "alert" }, `did not come: ${media.why}`);
    const size = media.width ? `${media.width} × ${media.height}, ` : "";
    return `${media.mime}, ${size}${bytes(media.size)}${media.why ? `; ${media.why}` : ""}`;
  }

  function cids(more) {
    return el(
      "dl",
      { class: "facts-list" },
      more.cids.map(([what, cid]) =>
        el(
          "div",
          {},
          el("dt", {}, what),
          el("dd", {}, el("code", { class: "long" }, foreign(cid)), " ", copyButton(cid, `CID of the ${what}`)),
        ),
      ),
    );
  }

  function metadata(more) {
    let text = more.text;
    if (text.length < PRETTIEST) {
      try {
        text = JSON.stringify(JSON.parse(text), null, 2);
      } catch {
        /* shown as it is */
      }
    }
    return el(
      "details",
      { class: "json" },
      el("summary", {}, "Metadata JSON"),
      copyButton(more.text, "metadata"),
      el("pre", { tabindex: 0, dir: "ltr" }, foreign(text)),
    );
  }

  // The piece so many places on in the order of the wall, as it is filtered and sorted now.
  Gallery.beside = (key, step) => {
    const row = Gallery.filtered();
    const at = row.findIndex((other) => other.key === key);
    return at < 0 ? undefined : row[at + step];
  };

  function neighbours(one) {
    const link = (step, text, rel, key) => {
      const other = Gallery.beside(one.key, step);
      return other
        ? el(
            "a",
            { href: address(other), rel, "aria-keyshortcuts": key },
            text,
            " ",
            el("span", { class: "unseen" }, foreign(title(other))),
          )
        : "";
    };
    return el(
      "nav",
      { class: "neighbours", "aria-label": "Other pieces" },
      el("a", { href: "#/", "aria-keyshortcuts": "Home Escape" }, "All pieces"),
      link(-1, "← Previous", "prev", "ArrowLeft"),
      link(1, "Next →", "next", "ArrowRight"),
    );
  }
})();
