// Starts the page: the heading, the views behind the address's hash, and the data as it comes in.
"use strict";
(() => {
  const { el, foreign, number, counted, short, loadData } = Gallery;
  const main = document.getElementById("main");
  const AT_ONCE = 4; // scripts under way
  let shown = null; // name of the view on the page

  Gallery.onReceived = (what, key, value) => {
    if (what === "collection") start(value);
    else if (what === "pieces") arrived(key, value);
  };

  // --- data ---------------------------------------------------------------------------------------

  const chunks = [];

  function arrived(number, rows) {
    chunks[number] = rows;
    while (chunks[Gallery.chunksIn ?? 0]) {
      for (const row of chunks[Gallery.chunksIn ?? 0]) {
        Gallery.pieces.push(Gallery.piece(row, Gallery.pieces.length));
      }
      Gallery.chunksIn = (Gallery.chunksIn ?? 0) + 1;
    }
    if (number === 0) {
      route();
      requestAnimationFrame(() => setTimeout(loadRest));
    }
  }

  async function loadRest() {
    const more = loadData("more.js", "more").then((value) => {
      Gallery.more = value;
      Gallery.drawFilters();
      Gallery.describeWall();
    });
    const wanted = Array.from({ length: Gallery.collection.chunks - 1 }, (_, at) => at + 1);
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let at = wanted.shift(); at; at = wanted.shift()) await loadData(`pieces-${at}.js`, `pieces ${at}`);
      }),
    );
    await more;
    if (Gallery.collection.chunks > 1) Gallery.refreshWall();
    complete();
  }
  let complete;
  Gallery.complete = new Promise((resolve) => {
    complete = resolve;
  }); // every piece and all traits are here

  // --- heading ------------------------------------------------------------------------------------

  function start(collection) {
    Gallery.collection = collection;
    document.querySelector("#title a").replaceChildren(foreign(collection.name));
    const { total, minted } = collection;
    const state = !collection.contract // the chain was not asked
      ? counted(total, "piece")
      : minted === total
        ? `${number(total)} minted`
        : minted
          ? `${number(minted)} of ${number(total)} minted`
          : "not minted yet";
    document
      .getElementById("facts")
      .append(
        el("span", {}, foreign(collection.symbol)),
        el("span", {}, `${state} on ${collection.network}`),
        collection.contract ? el("span", { title: collection.contract }, "contract ", contractLink(collection)) : "",
      );
    if (collection.description) document.getElementById("about").append(Gallery.markdown(collection.description));
    if (collection.checks?.all) {
      const count = document.getElementById("checks-count");
      count.hidden = false;
      count.textContent = collection.checks.all;
      if (collection.checks.problems) count.classList.add("bad");
      count.setAttribute("aria-label", `${collection.checks.all} found`);
    }
    const notes = document.getElementById("notes");
    notes.hidden = !collection.notes.length;
    notes.replaceChildren(...collection.notes.map((note) => el("p", {}, note)));
  }

  function contractLink({ contract, explorer }) {
    if (!explorer) return el("code", {}, short(contract));
    return Gallery.safeLink(`${explorer}/address/${contract}`, el("code", {}, short(contract)));
  }

  // --- views --------------------------------------------------------------------------------------

  function where() {
    const [, name, argument] = /^#\/(?:([a-z]+)(?:\/(.*))?)?$/.exec(location.hash) ?? [];
    if (!name || !(name in Gallery.views) || name === "wall") return ["wall"];
    try {
      return [name, decodeURIComponent(argument ?? "")];
    } catch {
      return [name, argument ?? ""];
    }
  }

  function route() {
    if (!Gallery.collection) return;
    const [name, argument] = where();
    Gallery.leaveWall();
    Gallery.leave?.();
    Gallery.leave = null;
    Gallery.back = shown !== null && shown !== "wall";
    main.replaceChildren();
    main.className = `view-${name}`;
    document.documentElement.dataset.view = name;
    document.getElementById("about").hidden = name !== "wall";
    const { title, focused } = Gallery.views[name](main, argument);
    document.title = name === "wall" ? title : `${title} · ${Gallery.collection.name}`;
    for (const link of document.querySelectorAll(".tabs a")) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (name !== "wall") scrollTo({ top: 0, behavior: "instant" });
    if (shown !== null && !focused) (main.querySelector("h2") ?? main).focus({ preventScroll: true });
    shown = name;
  }

  addEventListener("hashchange", route);

  // --- keys ---------------------------------------------------------------------------------------

  const OWN_KEYS = "input, select, textarea, video, pre"; // what does something with arrows and letters
  const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

  // Escape leads to the wall, / to its search; from a piece so does Home, and arrows to the pieces beside it.
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const [view, key] = where();
    const typing = event.target.closest?.(OWN_KEYS);
    const leaves = event.key === "Escape" || (event.key === "Home" && view === "piece" && !typing);
    if (leaves && view !== "wall") go(event, "#/");
    else if (typing) return;
    else if (event.key === "/" && view === "wall") {
      event.preventDefault();
      document.getElementById("search").focus();
    } else if (event.key in STEPS && view === "piece") {
      const next = Gallery.beside(key, STEPS[event.key]);
      if (next) go(event, Gallery.address(next));
    }
  });

  function go(event, place) {
    event.preventDefault();
    location.hash = place;
  }

  document.querySelector("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault();
    (main.querySelector(".card[tabindex='0'], h2") ?? main).focus();
  });
  Gallery.initTheme();
})();
