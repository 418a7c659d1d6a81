// One piece: the picture in motion, still, or stroke by stroke; and everything a buyer can look up.
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
    still,
  } = Gallery;
  const PRETTIEST = 200000; // characters of JSON that are laid out anew

  Gallery.views.piece = (main, key) => {
    Gallery.remember(key);
    const box = el("article", { class: "piece", "aria-busy": "true" });
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
        box.append(stage.node, el("div", { class: "label" }, ...plaque(one, more)), neighbours(one));
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

  const heading = (text) => el("h2", { tabindex: -1 }, foreign(text));

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
        " · ",
        one.token === null ? tokenText(one) : `#${one.token}`,
      ),
      heading(more.name || title(one)),
      one.minted ? "" : el("p", { class: "badge" }, "Not minted yet: this is what would be minted"),
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
    const rows = more.traits.map(([name, value, clippedName, clippedValue, display]) => {
      const count = facets.get(clippedName)?.[2].find(([text]) => text === clippedValue)?.[1] ?? 1;
      const total = Gallery.collection.total;
      const bar = el("span", { class: "share", "aria-hidden": "true" }, el("span", {}));
      bar.firstChild.style.width = `${(100 * count) / total}%`;
      return el(
        "li",
        { class: "trait" },
        el("span", { class: "trait-name" }, foreign(name || "(no name)")),
        el("span", { class: "trait-value" }, foreign(shown(value, display) || "(empty)")),
        el(
          "span",
          { class: "trait-share" },
          count === 1 && total > 1 ? "one of one" : `${percent(count, total)} have this`,
        ),
        bar,
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

  function shown(value, display) {
    if (display === "date" && /^-?\d{1,12}$/.test(value))
      return new Date(Number(value) * 1000).toISOString().slice(0, 10);
    return display === "boost_percentage" ? `${value} %` : value;
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

  function neighbours(one) {
    const row = Gallery.filtered();
    const at = row.findIndex((other) => other.key === one.key);
    const link = (other, text, rel) =>
      other
        ? el(
            "a",
            { href: address(other), rel, class: "quiet" },
            text,
            " ",
            el("span", { class: "unseen" }, foreign(title(other))),
          )
        : "";
    return el(
      "nav",
      { class: "neighbours", "aria-label": "Other pieces" },
      link(row[at - 1], "← Before", "prev"),
      el("a", { href: "#/", class: "quiet" }, "All pieces"),
      link(at >= 0 && row[at + 1], "Next →", "next"),
    );
  }

  // --- the picture --------------------------------------------------------------------------------

  // Ways to look at a piece, as tabs; and the source picture beside it, on request.
  Gallery.stage = (one, more) => {
    const finished = more.still?.file || (more.image?.mime === "image/gif" ? "" : more.image?.file) || one.preview;
    const films = [more.animation, more.image].filter(
      (media) => media?.file && (media.mime.startsWith("video/") || media.mime === "image/gif"),
    );
    const ways = [
      ["film", "In motion", films.length > 0],
      ["still", "Finished", Boolean(finished)],
      ["strokes", "Stroke by stroke", Boolean(more.replay)],
    ].filter(([, , there]) => there);
    const screen = el("div", { class: "screen" });
    const controls = el("div", { class: "controls" });
    const node = el("div", { class: "stage" });
    node.style.setProperty("--shape", one.shape);
    let close = null,
      current = 0;

    async function show(way) {
      const mine = ++current;
      close?.();
      close = null;
      for (const button of tabs.querySelectorAll("button"))
        button.setAttribute("aria-pressed", button.dataset.way === way);
      controls.replaceChildren();
      if (way === "film")
        return screen.replaceChildren(el("div", { class: "frame" }, film(films, finished, more.name)));
      if (way === "still")
        return screen.replaceChildren(
          el("div", { class: "frame" }, el("img", { src: finished, alt: `${more.name || title(one)}, finished` })),
        );
      try {
        const made = await Gallery.replay(more.replay, finished);
        if (mine !== current) return made.close();
        close = made.close;
        screen.replaceChildren(made.picture);
        controls.replaceChildren(made.controls);
      } catch (error) {
        screen.replaceChildren(el("p", { class: "empty", role: "alert" }, error.message));
      }
    }

    const tabs = el(
      "div",
      { class: "ways", role: "group", "aria-label": "How to look at it" },
      ways.map(([way, label]) =>
        el("button", { type: "button", "data-way": way, "aria-pressed": "false", onclick: () => show(way) }, label),
      ),
    );
    const beside = el("div", { class: "beside", hidden: true });
    const toggle = el(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-pressed": "false",
        onclick: () => {
          beside.hidden = !beside.hidden;
          toggle.setAttribute("aria-pressed", !beside.hidden);
          node.classList.toggle("pair", !beside.hidden);
          if (!beside.firstChild) beside.append(source(more));
        },
      },
      "Source picture",
    );
    node.append(
      el("div", { class: "screens" }, screen, beside),
      controls,
      el("div", { class: "under" }, tabs, toggle),
      more.replay || !one.minted
        ? ""
        : el(
            "p",
            { class: "dim" },
            "The stroke file is not on the machine that built this page, so there is no replay.",
          ),
    );
    const first = still.matches && finished ? "still" : ways[0]?.[0];
    if (first) show(first);
    else screen.append(el("p", { class: "empty" }, "There is nothing to show."));
    return {
      node,
      close: () => {
        current++;
        close?.();
      },
    };
  };

  // The first film that this browser can play: not every one has the codecs of an MP4.
  function film([media, ...others], poster, name) {
    if (media.mime === "image/gif") return el("img", { src: media.file, alt: `${name}, being painted` });
    const video = el("video", {
      src: media.file,
      poster,
      controls: true,
      loop: true,
      muted: true,
      playsInline: true,
      autoplay: !still.matches,
      "aria-label": `${name}, being painted`,
    });
    if (others.length) video.addEventListener("error", () => video.replaceWith(film(others, poster, name)));
    return video;
  }

  function source(more) {
    if (more.source)
      return el(
        "figure",
        {},
        el("img", { src: more.source, alt: "The source picture" }),
        el("figcaption", { class: "dim" }, "The source picture; it is on this machine only"),
      );
    return el(
      "p",
      { class: "empty" },
      Gallery.collection.private
        ? "The source picture is not on this machine."
        : "Source pictures are not part of a page made for others.",
    );
  }
})();
