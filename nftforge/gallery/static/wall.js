// The wall: a grid of which only the rows in sight exist, so 10,000 pieces scroll like ten.
//
// One card is in the tab order at a time; arrows, Home, End and the page keys walk from it.
"use strict";
(() => {
  const { el, foreign, short, number, counted, still, say, title, tokenText, address } = Gallery;
  const { picture, placeholder, describe } = Gallery;
  const NARROWEST = 190,
    WIDEST_COUNT = 10; // pixels of a column; columns at most
  const OVERSCAN = 2; // rows kept ready above and below
  const SOON_MS = 180; // between pointing at a card and its film

  const place = { scroll: 0, cursor: 0, key: null }; // where the visitor was, for coming back
  let wall = null; // the view that is on the page
  let soon = 0; // timer of the film that is about to start

  class Wall {
    constructor(list) {
      this.list = list;
      this.cards = new Map(); // position -> element
      this.shown = [];
      this.frame = 0;
      this.update = this.update.bind(this);
      this.later = () => {
        this.frame ||= requestAnimationFrame(this.update);
      };
      this.sizes = new ResizeObserver(() => {
        this.measure();
        this.later();
      });
      this.sizes.observe(list);
      addEventListener("scroll", this.later, { passive: true });
      list.addEventListener("keydown", (event) => this.key(event));
    }

    close() {
      this.sizes.disconnect();
      removeEventListener("scroll", this.later);
      cancelAnimationFrame(this.frame);
    }

    show(pieces) {
      this.shown = pieces;
      for (const card of this.cards.values()) card.remove();
      this.cards.clear();
      place.cursor = Math.max(
        0,
        pieces.findIndex((one) => one.key === place.key),
      );
      this.measure();
      this.decoding = "sync"; // the first view is whole at once; what is scrolled to must not hold it up
      this.update();
      this.decoding = "async";
    }

    measure() {
      const style = getComputedStyle(this.list);
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const gap = parseFloat(style.getPropertyValue("--gap")) * rem;
      const width = this.list.clientWidth;
      const narrowest = width < 600 ? (width - gap) / 2 : Math.max(NARROWEST, width / WIDEST_COUNT - gap, 230);
      this.columns = Math.max(1, Math.floor((width + gap) / (narrowest + gap) + 0.01));
      this.width = (width - gap * (this.columns - 1)) / this.columns;
      this.across = this.width + gap;
      this.down = this.width + parseFloat(style.getPropertyValue("--caption")) * rem + gap;
      const rows = Math.ceil(this.shown.length / this.columns);
      this.list.style.height = `${Math.max(0, rows * this.down - gap)}px`;
      for (const [at, card] of this.cards) this.put(card, at);
    }

    put(card, at) {
      const row = Math.floor(at / this.columns);
      card.style.width = `${this.width}px`;
      card.style.transform = `translate(${(at % this.columns) * this.across}px, ${row * this.down}px)`;
    }

    update() {
      this.frame = 0;
      const top = this.list.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(-top / this.down) - OVERSCAN) * this.columns;
      const last = Math.min(this.shown.length, (Math.ceil((innerHeight - top) / this.down) + OVERSCAN) * this.columns);
      const focused = document.activeElement;
      for (const [at, card] of this.cards) {
        if ((at < first || at >= last) && !card.contains(focused)) {
          card.remove();
          this.cards.delete(at);
        }
      }
      for (let at = first; at < last; at++) {
        if (!this.cards.has(at)) this.cards.set(at, this.card(at));
      }
      let next = this.list.firstChild;
      for (const at of [...this.cards.keys()].sort((a, b) => a - b)) {
        const card = this.cards.get(at);
        if (card === next) next = next.nextSibling;
        else this.list.insertBefore(card, next);
      }
      const stop = this.cards.has(place.cursor) ? place.cursor : Math.min(...this.cards.keys());
      for (const [at, card] of this.cards) card.firstChild.tabIndex = at === stop ? 0 : -1;
    }

    card(at) {
      const one = this.shown[at];
      const mat = el("span", { class: "mat" }, pictureOf(one, this.decoding));
      fit(mat, one.shape);
      const owner = one.owner ? el("span", { title: one.owner }, short(one.owner)) : null;
      const link = el(
        "a",
        { href: address(one), class: "card" },
        mat,
        el(
          "span",
          { class: "caption" },
          el("span", { class: "name", "aria-hidden": "true" }, foreign(title(one))), // the picture says it
          el(
            "span",
            { class: "line" },
            el("span", { class: one.minted ? "token" : "token coming" }, stateOf(one)),
            owner,
          ),
          Gallery.sale?.label(one),
        ),
      );
      const item = el("li", { "aria-setsize": this.shown.length, "aria-posinset": at + 1 }, link);
      link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && playSoon(mat, one));
      link.addEventListener("pointerleave", () => link.matches(":focus-visible") || stop(mat));
      link.addEventListener("focus", () => {
        place.cursor = at;
        place.key = one.key;
        if (link.matches(":focus-visible")) playSoon(mat, one);
      });
      link.addEventListener("blur", () => link.matches(":hover") || stop(mat));
      this.put(item, at);
      return item;
    }

    key(event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const page = this.columns * Math.max(1, Math.floor(innerHeight / this.down));
      const steps = {
        ArrowRight: 1,
        ArrowLeft: -1,
        ArrowDown: this.columns,
        ArrowUp: -this.columns,
        PageDown: page,
        PageUp: -page,
        Home: -Infinity,
        End: Infinity,
      };
      if (!(event.key in steps)) return;
      event.preventDefault();
      const wanted = place.cursor + steps[event.key];
      const end = this.shown.length - 1;
      if (Math.abs(steps[event.key]) === this.columns && (wanted < 0 || wanted > end)) return;
      this.focus(Math.min(Math.max(wanted, 0), end));
    }

    sees(at) {
      const box = this.cards.get(at)?.getBoundingClientRect();
      return Boolean(box) && box.bottom > 0 && box.top < innerHeight;
    }

    focus(at) {
      if (!this.shown[at]) return;
      const top = this.list.getBoundingClientRect().top + Math.floor(at / this.columns) * this.down;
      const low = 16,
        high = innerHeight - this.down - 16;
      if (top < low || top > high)
        scrollBy({ top: top - (top < low ? low : Math.max(low, high)), behavior: "instant" });
      place.cursor = at;
      place.key = this.shown[at].key;
      this.update();
      this.cards.get(at)?.firstChild.focus({ preventScroll: true });
    }
  }

  // `shape`: width / height of the picture in it.
  function fit(mat, shape) {
    mat.style.setProperty("--shape", shape);
    mat.style.setProperty("--width", `${100 * Math.min(1, shape)}%`);
  }

  function stateOf(one) {
    if (one.awaits) return `not ${one.awaits} yet`;
    return one.minted || one.token === null ? tokenText(one) : `#${one.token}, not minted yet`;
  }

  const altOf = (one) =>
    describe(one) + (!one.preview ? ". The picture it is painted after" : one.awaits ? ". A sketch" : "");

  // The finished picture; on the artist's own page, of what is not painted yet, its sketch or source.
  function pictureOf(one, decoding) {
    const src = one.preview || one.source;
    if (!src) return placeholder(describe(one), one.awaits ? `Not ${one.awaits} yet` : "No picture came");
    const img = picture(src, altOf(one), { class: one.preview ? null : "unpainted", decoding, draggable: "false" });
    const shape = () => fit(img.closest(".mat"), img.naturalWidth / img.naturalHeight);
    if (!one.preview || one.awaits) img.addEventListener("load", shape);
    return img;
  }

  // Whoever only passes by starts no film.
  function playSoon(mat, one) {
    clearTimeout(soon);
    soon = setTimeout(() => play(mat, one), SOON_MS);
  }

  // The film takes the picture's place once there is something of it to see.
  function play(mat, one) {
    if (still.matches || !one.moving || !mat.isConnected || mat.querySelector(".moving")) return;
    const begin = () => mat.classList.add("plays");
    const attributes = { src: one.moving, class: "moving", "aria-hidden": "true", onerror: () => stop(mat) };
    mat.append(
      one.moving.endsWith(".gif")
        ? el("img", { ...attributes, alt: `${title(one)}, being painted`, onload: begin })
        : el("video", {
            ...attributes,
            muted: true,
            loop: true,
            playsInline: true,
            autoplay: true,
            tabindex: -1,
            onplaying: begin,
          }),
    );
  }

  function stop(mat) {
    clearTimeout(soon);
    mat.classList.remove("plays");
    mat.querySelector(".moving")?.remove();
  }

  Gallery.refreshWall = () => {
    if (!wall) return;
    const shown = Gallery.filtered();
    wall.show(shown);
    const { total } = Gallery.collection;
    const whole = Gallery.pieces.length === total;
    const text =
      shown.length === Gallery.pieces.length
        ? counted(shown.length, "piece")
        : `${number(shown.length)} of ${counted(total, "piece")}`;
    document.getElementById("shown").textContent = whole ? text : `${text}, more are coming`;
    document.getElementById("nothing").hidden = shown.length > 0;
    if (whole && Gallery.isFiltered()) say(text);
  };

  Gallery.views.wall = (main) => {
    const list = el("ul", { class: "wall", role: "list", "aria-label": "Pieces" });
    main.append(
      ...Gallery.filterBar(),
      el(
        "div",
        { class: "hall" },
        Gallery.filterPanel(),
        el(
          "section",
          { class: "pieces", "aria-label": "The wall" },
          list,
          el(
            "p",
            { id: "nothing", class: "empty", hidden: true },
            "No piece is like that. Change the search or the filters.",
          ),
        ),
      ),
    );
    wall = new Wall(list);
    Gallery.refreshWall();
    const { scroll, key } = place;
    if (key !== null && Gallery.back) {
      scrollTo({ top: scroll, behavior: "instant" });
      wall.update();
      if (wall.sees(place.cursor)) wall.cards.get(place.cursor).firstChild.focus({ preventScroll: true });
      else wall.focus(place.cursor); // one went on from piece to piece
    }
    return { title: Gallery.collection.name, focused: key !== null && Gallery.back };
  };

  // Traits come after the first view.
  Gallery.describeWall = () => {
    for (const [at, card] of wall?.cards ?? []) {
      card.querySelector(".mat img:not(.moving)")?.setAttribute("alt", altOf(wall.shown[at]));
    }
  };

  Gallery.leaveWall = () => {
    if (!wall) return;
    place.scroll = scrollY;
    wall.close();
    wall = null;
  };
  Gallery.remember = (key) => {
    place.key = key;
  };
})();
