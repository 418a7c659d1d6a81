// Replays a painting from its strokes, at any stroke, on a canvas.
//
// The brush is the painter's own, translated from its source: what is drawn here is what the
// painter saw, not a likeness of it. A painting is drawn once from the start, in slices of a frame,
// and keeps snapshots on the way; going to a stroke takes the snapshot before it and the few strokes
// from there.
"use strict";
(() => {
  const { el, load, number, counted, still } = Gallery;
  const SIDE = 512; // pixels of the longer side
  const SNAPSHOTS = 32;
  const SLICE_MS = 9; // what may be painted at a time, so that the page stays quick
  const PLAY_MS = 9000; // for the whole painting

  const floats = (text) => new Float32Array(octets(text).buffer);
  function octets(text) {
    const raw = atob(text);
    const out = new Uint8Array(raw.length);
    for (let at = 0; at < raw.length; at++) out[at] = raw.charCodeAt(at);
    return out;
  }

  class Painter {
    constructor(data, brush) {
      const { aspect } = data;
      this.brush = brush;
      this.count = data.count;
      this.params = floats(data.params);
      this.colours = floats(data.colours);
      this.shades = data.shades;
      this.width = aspect >= 1 ? SIDE : Math.max(1, Math.round(SIDE * aspect));
      this.height = aspect >= 1 ? Math.max(1, Math.round(SIDE / aspect)) : SIDE;
      this.tip = brush.data && Float64Array.from(octets(brush.data), (value) => value / 255);
      this.blank = data.canvas;
      this.picture = new Float32Array(this.width * this.height * 3);
      this.image = new ImageData(this.width, this.height);
      this.snapshots = new Map(); // strokes -> picture, 8 bits
      this.farthest = 0;
      this.work = 0;
      this.clear();
      this.share = this.total() / SNAPSHOTS;
    }

    row(index) {
      const size = this.params.length / this.count;
      return this.brush.prepare(
        this.params.subarray(index * size, (index + 1) * size),
        1 / Math.max(this.width, this.height),
      );
    }

    // Pixels of all strokes, about.
    total() {
      let sum = 0;
      for (let at = 0; at < this.count; at++) {
        const [x, y] = this.brush.reach(this.row(at));
        sum += 4 * x * y * SIDE * SIDE;
      }
      return sum;
    }

    clear() {
      for (let at = 0; at < this.picture.length; at++) this.picture[at] = this.blank[at % 3];
      this.done = 0;
    }

    // Paints one more stroke: as kernels.py does, without its tiles.
    stroke() {
      const { width, height, picture, brush, colours, shades, tip } = this;
      const index = this.done++;
      const row = this.row(index);
      const side = Math.max(width, height),
        step = 1 / side;
      const [, reachY] = brush.reach(row);
      const from = Math.max(0, Math.floor((row[1] - reachY) * side)),
        to = Math.min(height, Math.ceil((row[1] + reachY) * side) + 1);
      const base = index * shades * 3,
        last = base + (shades - 1) * 3;
      for (let py = from; py < to; py++) {
        const y = (py + 0.5) * step;
        const ends = brush.span(row, y);
        const left = Math.max(0, Math.ceil(ends[0] * side - 0.5)),
          right = Math.min(width, Math.floor(ends[1] * side - 0.5) + 1);
        if (right > left) this.work += right - left;
        for (let px = left; px < right; px++) {
          const shaded = brush.shade(row, tip, (px + 0.5) * step, y);
          const alpha = shaded[0],
            mix = shaded[1],
            tone = shaded[2];
          const at = (py * width + px) * 3;
          for (let c = 0; c < 3; c++) {
            const colour = colours[base + c] + mix * (colours[last + c] - colours[base + c]);
            const ink = Math.min(Math.max(tone * colour, 0), 1);
            picture[at + c] += alpha * (ink - picture[at + c]);
          }
        }
      }
      if (this.done > this.farthest) {
        this.farthest = this.done;
        if (this.work > this.share) {
          this.work = 0;
          this.snapshots.set(
            this.done,
            Uint16Array.from(picture, (value) => value * 65535 + 0.5),
          );
        }
      }
    }

    // Comes nearer to `wanted` strokes until time is up; true once there.
    towards(wanted, until) {
      if (wanted < this.done || wanted > this.done) {
        let best = -1;
        for (const there of this.snapshots.keys()) if (there <= wanted && there > best) best = there;
        if (best > this.done || wanted < this.done) this.restore(best);
      }
      while (this.done < wanted) {
        this.stroke();
        if (performance.now() > until) break;
      }
      return this.done === wanted;
    }

    restore(count) {
      if (count < 0) return this.clear();
      const from = this.snapshots.get(count);
      for (let at = 0; at < from.length; at++) this.picture[at] = from[at] / 65535;
      this.done = count;
    }

    paint(context) {
      const { data } = this.image; // rounds by itself
      const { picture } = this;
      for (let from = 0, to = 0; from < picture.length; from += 3, to += 4) {
        data[to] = picture[from] * 255;
        data[to + 1] = picture[from + 1] * 255;
        data[to + 2] = picture[from + 2] * 255;
        data[to + 3] = 255;
      }
      context.putImageData(this.image, 0, 0);
    }
  }

  // The element with canvas and slider; `finished` is the still that the last stroke completes.
  Gallery.replay = async (src, finished, name) => {
    const data = await load(src, `replay ${src}`);
    const brush = await load(data.script, `brush ${data.script}`);
    const painter = new Painter(data, brush);
    const canvas = el("canvas", {
      width: painter.width,
      height: painter.height,
      role: "img",
      "aria-label": `The painting of ${name} so far`,
    });
    const context = canvas.getContext("2d");
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
      const there = painter.towards(wanted, performance.now() + SLICE_MS);
      painter.paint(context);
      canvas.dataset.stroke = painter.done;
      if (whole) whole.hidden = wanted < data.count;
      if (!there) frame = requestAnimationFrame(draw);
    }

    // Paints the rest unseen, so that every stroke is near a snapshot when it is asked for.
    function prepare() {
      if (frame || playing) {
        ahead = setTimeout(prepare, 60);
        return;
      }
      const { done } = painter;
      if (painter.farthest < data.count) {
        painter.towards(data.count, performance.now() + SLICE_MS);
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
    return {
      picture: el("div", { class: "frame" }, canvas, whole),
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
