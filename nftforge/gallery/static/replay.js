// Replays a painting from its strokes, at any stroke, on a canvas, under a lamp if it has relief.
//
// Brush and painter come with the strokes: what is drawn here is what the painter saw, not a
// likeness of it. A painting is drawn once from the start, in slices of a frame.
"use strict";
(() => {
  const { el, load, number, counted, still } = Gallery;
  const SIDE = 512; // pixels of the longer side
  const SLICE = 60000; // pixels that may be laid at a time, so that the page stays quick
  const PLAY_MS = 9000; // for the whole painting

  // The element with canvas and slider; `finished` is the still that the last stroke completes.
  Gallery.replay = async (src, finished, name) => {
    const data = await load(src, `replay ${src}`);
    const brush = await load(data.script, `brush ${data.script}`);
    const { Painter, Lamp, Flat, Aim } = await load(data.painter, `brush ${data.painter}`);
    const painter = new Painter(data, brush, SIDE, await brush.tip?.());
    const lamp = (data.light && Lamp.over(painter)) || new Flat(painter);
    const { canvas } = lamp;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `The painting of ${name} so far`);
    const aim = new Aim(data.light?.home ?? [0, 0, 1], () => go(wanted));
    const whole = finished ? Gallery.picture(finished, `The finished painting of ${name}`, { class: "whole" }) : null;
    const slider = el("input", {
      id: "scrubber",
      type: "range",
      min: 0,
      max: data.count,
      step: 1,
      value: data.count,
      oninput: () => {
        pause();
        go(Number(slider.value));
      },
    });
    const label = el("output", { htmlFor: "scrubber", class: "stroke-count" });
    const button = el(
      "button",
      { type: "button", class: "quiet", onclick: () => (playing ? pause() : play()) },
      "Replay",
    );
    let wanted = data.count,
      frame = 0,
      playing = 0,
      ahead = 0;

    function go(stroke) {
      wanted = stroke;
      slider.value = stroke;
      const text = `${number(stroke)} of ${counted(data.count, "stroke")}`;
      label.textContent = text;
      slider.setAttribute("aria-valuetext", text);
      frame ||= requestAnimationFrame(draw);
    }

    function draw() {
      frame = 0;
      const there = lamp.weave(SLICE / 2) && painter.towards(wanted, SLICE);
      const moving = aim.step(still.matches ? 1 : 0.15);
      if (lamp.woven) {
        lamp.take();
        aim.shine(lamp);
        canvas.dataset.stroke = painter.done; // once it is to be seen
      }
      if (whole) whole.hidden = wanted < data.count || moving || aim.led;
      if (!there || moving) frame = requestAnimationFrame(draw);
    }

    // Paints the rest unseen, so that every stroke is near a snapshot when it is asked for.
    function prepare() {
      if (frame || playing) {
        ahead = setTimeout(prepare, 60);
        return;
      }
      const { done } = painter;
      if (painter.farthest < data.count) {
        painter.towards(data.count, SLICE);
        ahead = setTimeout(prepare, 4);
        if (done === wanted && painter.farthest === data.count) go(wanted);
      } else {
        canvas.dataset.ready = "true";
        go(wanted);
      }
    }

    function play() {
      const first = wanted >= data.count ? 0 : wanted;
      const length = still.matches ? 0 : PLAY_MS * (1 - first / data.count);
      button.textContent = "Pause";
      const start = performance.now();
      const tick = (now) => {
        const part = length ? Math.min(1, (now - start) / length) : 1;
        go(Math.round(first + (data.count - first) * part));
        if (part < 1) playing = requestAnimationFrame(tick);
        else pause();
      };
      playing = requestAnimationFrame(tick);
    }

    function pause() {
      cancelAnimationFrame(playing);
      playing = 0;
      button.textContent = "Replay";
    }

    go(data.count);
    ahead = setTimeout(prepare, 50);
    const picture = el("div", { class: "frame" }, canvas, whole);
    if (data.light) aim.follow(picture);
    return {
      picture,
      controls: el(
        "div",
        { class: "scrub" },
        button,
        el("label", { htmlFor: "scrubber", class: "unseen" }, "Stroke"),
        slider,
        label,
      ),
      close() {
        pause();
        cancelAnimationFrame(frame);
        clearTimeout(ahead);
      },
    };
  };
})();
