// The picture of a piece: finished first; in motion and stroke by stroke for whoever asks for it.
"use strict";
(() => {
  const { el, title, still, picture, placeholder, describe } = Gallery;
  const isStill = (media) => media?.file && media.mime.startsWith("image/") && media.mime !== "image/gif";
  const isFilm = (media) => media?.file && (media.mime.startsWith("video/") || media.mime === "image/gif");

  Gallery.stage = (one, more) => {
    const name = more.name || title(one);
    const finished = [more.still, more.image].find(isStill)?.file || one.preview;
    const animation = more.animation?.file ? more.animation : null;
    const kind = animation?.mime.split("/")[0];
    const films = [more.animation, more.image].filter(isFilm);
    const ways = [
      ["still", more.finished ? "The picture" : "Finished", Boolean(finished)],
      ["film", "In motion", films.length > 0],
      ["sound", "Listen", kind === "audio"],
      ["page", "The page", kind === "text"],
      ["model", "The model", kind === "model"],
      ["strokes", "Stroke by stroke", Boolean(more.replay)],
    ].filter(([, , there]) => there);
    const screen = el("div", { class: "screen" });
    const controls = el("div", { class: "controls" });
    const node = el("section", { class: "stage", "aria-label": "The picture" });
    node.style.setProperty("--shape", one.shape);
    let close = null,
      current = 0;

    const frame = (content) => screen.replaceChildren(el("div", { class: "frame" }, content));

    async function show(way) {
      const mine = ++current;
      close?.();
      close = null;
      for (const button of tabs.querySelectorAll("button"))
        button.setAttribute("aria-pressed", button.dataset.way === way);
      controls.replaceChildren();
      if (way !== "strokes") {
        if (finished) frame(sharpened(one.preview, finished, describe(one, more)));
        const label = more.finished ? name : `${name}, being painted`;
        if (way === "film") play(films, finished, label, (film) => mine === current && frame(film));
        if (way === "page") frame(pageOf(animation, name));
        if (way === "sound") controls.replaceChildren(sound(animation, name));
        if (way === "model") controls.replaceChildren(model(animation));
        return;
      }
      try {
        const made = await Gallery.replay(more.replay, finished, name);
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
    const under = el("div", { class: "under" }, ways.length > 1 ? tabs : "");
    node.append(el("div", { class: "screens" }, screen), controls, under);
    if (Gallery.collection.private && ways.length && !more.finished) compared(node, under, one, more);
    if (ways.length) show(ways[0][0]);
    else if (more.source) screen.append(source(more, name, `The picture it is painted after; not ${one.awaits} yet`));
    else frame(placeholder(name, one.awaits ? `Not ${one.awaits} yet` : "No picture came"));
    return {
      node,
      close: () => {
        current++;
        close?.();
      },
    };
  };

  // For the artist: the source picture beside the painting, on request.
  function compared(node, under, one, more) {
    const beside = el("div", { class: "beside", hidden: true });
    const button = el("button", { type: "button", class: "quiet", "aria-pressed": "false" }, "Source picture");
    button.addEventListener("click", () => {
      beside.hidden = !beside.hidden;
      button.setAttribute("aria-pressed", !beside.hidden);
      node.classList.toggle("pair", !beside.hidden);
      if (beside.firstChild) return;
      const note = "The source picture; it is on this machine only";
      const none = el("p", { class: "empty" }, "The source picture is not on this machine.");
      beside.append(more.source ? source(more, more.name || title(one), note) : none);
    });
    node.firstChild.append(beside);
    under.append(button);
    if (!more.replay && !one.awaits)
      under.after(el("p", { class: "dim" }, "Its stroke file is not on this machine, so there is no replay."));
  }

  // The preview, which the wall has loaded before, until the whole file is there.
  function sharpened(small, whole, alt) {
    const img = picture(small || whole, alt);
    const large = new Image();
    large.src = whole;
    large.decode().then(
      () => {
        img.src = whole;
      },
      () => {}, // the preview stays, or what stands for it
    );
    return img;
  }

  // Hands over the first film that this browser can play: not every one has the codecs of an MP4.
  function play([media, ...others], poster, label, put) {
    if (!media) return poster || put(placeholder(label, "The film cannot be played here"));
    const next = () => play(others, poster, label, put);
    if (media.mime === "image/gif") {
      const img = el("img", { src: media.file, alt: label });
      img.addEventListener("load", () => put(img), { once: true });
      img.addEventListener("error", next);
      return;
    }
    const video = el("video", {
      src: media.file,
      poster: poster || null,
      controls: true,
      loop: true,
      muted: true,
      playsInline: true,
      autoplay: !still.matches,
      "aria-label": label,
    });
    video.addEventListener("error", next);
    put(video);
  }

  // A page of the artist's own, kept from everything but its own frame.
  const pageOf = (media, name) => el("iframe", { src: media.file, title: name, sandbox: "allow-scripts" });

  const sound = (media, name) => el("audio", { src: media.file, controls: true, "aria-label": name });

  // Nothing here draws models, and nobody else is asked to.
  const model = (media) =>
    el("a", { href: media.file, download: true }, `Save the model (GLB, ${Gallery.bytes(media.size)})`);

  const source = (more, name, caption) =>
    el(
      "figure",
      {},
      picture(more.source, `The source picture of ${name}`),
      el("figcaption", { class: "dim" }, caption),
    );
})();
