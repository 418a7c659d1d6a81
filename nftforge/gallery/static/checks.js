// Checks: what a marketplace would complain about, and how to mend it.
"use strict";
(() => {
  const { el, foreign, number, counted, title, address, safeLink } = Gallery;
  const LISTED = 20; // pieces named under a complaint

  Gallery.views.checks = (main) => {
    let open = true;
    Gallery.leave = () => {
      open = false;
    };
    main.append(
      el("h2", { tabindex: -1 }, "Checks"),
      el(
        "p",
        { class: "lead" },
        "What a marketplace would complain about, read from the same data that it would read.",
      ),
    );
    Gallery.complete.then(() => {
      if (!open) return;
      const found = Gallery.more.lint;
      const byKey = new Map(Gallery.pieces.map((one) => [one.key, one]));
      if (!found.length) main.append(el("p", { class: "fine" }, "Nothing to complain about."));
      else
        main.append(
          el(
            "ul",
            { class: "complaints", role: "list" },
            found.map((row) => complaint(row, byKey)),
          ),
        );
    });
    return { title: "Checks" };
  };

  function complaint(row, byKey) {
    const pieces = row.found.filter(([key]) => byKey.has(key));
    const rest = pieces.length - LISTED;
    return el(
      "li",
      { class: `complaint ${row.level}` },
      el(
        "p",
        { class: "level" },
        row.level === "problem" ? "Problem" : "Advice",
        pieces.length ? ` · ${number(pieces.length)} of ${counted(byKey.size, "piece")}` : "",
      ),
      el("h3", {}, row.title),
      el("p", {}, el("strong", {}, "Mend it: "), ...fix(row.fix), " ", safeLink(row.link, "Source")),
      pieces.length
        ? el(
            "details",
            { open: pieces.length <= 4 },
            el("summary", {}, "Which"),
            el(
              "ul",
              {},
              pieces
                .slice(0, LISTED)
                .map(([key, what]) =>
                  el(
                    "li",
                    {},
                    el("a", { href: address(byKey.get(key)) }, foreign(title(byKey.get(key)))),
                    what ? [": ", foreign(what)] : "",
                  ),
                ),
              rest > 0 ? el("li", {}, `and ${number(rest)} more`) : "",
            ),
          )
        : "",
      pieces.length
        ? ""
        : row.found.filter(([, what]) => what).map(([, what]) => el("p", { class: "dim" }, foreign(what))),
    );
  }

  // Our own words, with commands between backticks.
  const fix = (text) => text.split("`").map((part, at) => (at % 2 ? el("code", {}, part) : part));
})();
