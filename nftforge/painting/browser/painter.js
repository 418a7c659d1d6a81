// Strokes to a picture, as the painter drew them: colour, and how thick the paint lies.
//
// Strokes are laid one after another from the start, on pixels of four floats: red, green, blue and
// height. Snapshots are kept on the way, so going to a stroke takes the one before it and the few
// strokes from there. `laid` counts the pixels that strokes were laid on: whoever calls stops after
// so many, not after so much time, so what is to be seen depends on no clock.
class Painter {
  static SNAPSHOTS = 32;

  // data: what `replay` (javascript.py) says of strokes; side: pixels of the longer side; tip: what
  // `brush.tip` gives, for a brush that has one.
  constructor(data, brush, side, tip) {
    const { aspect } = data;
    this.brush = brush;
    this.data = data;
    this.count = data.count;
    this.params = Painter.floats(data.params);
    this.colours = Painter.floats(data.colours);
    this.width = aspect >= 1 ? side : Math.max(1, Math.round(side * aspect));
    this.height = aspect >= 1 ? Math.max(1, Math.round(side / aspect)) : side;
    this.side = Math.max(this.width, this.height);
    this.tip = tip;
    this.picture = new Float32Array(this.width * this.height * 4);
    this.snapshots = new Map(); // strokes -> picture, 16 bits a number
    this.farthest = this.unsaved = this.laid = 0;
    this.clear();
    this.share = this.total() / Painter.SNAPSHOTS;
  }

  static octets(text) {
    return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  }

  static floats(text) {
    return new Float32Array(Painter.octets(text).buffer);
  }

  param(index) {
    const size = this.params.length / this.count;
    return this.params.subarray(index * size, (index + 1) * size);
  }

  // Pixels of all strokes, about.
  total() {
    let sum = 0;
    for (let at = 0; at < this.count; at++) {
      const [x, y] = this.brush.reach(this.brush.prepare(this.param(at), 1 / this.side));
      sum += 4 * x * y * this.side * this.side;
    }
    return sum;
  }

  clear() {
    const { canvas } = this.data;
    for (let at = 0; at < this.picture.length; at++) this.picture[at] = at % 4 < 3 ? canvas[at % 4] : 0;
    this.done = 0;
    this.all();
  }

  all() {
    this.changed = [0, 0, this.width, this.height];
  }

  // The box of pixels that strokes changed since it was asked for last: [x0, y0, x1, y1].
  changes() {
    const box = this.changed;
    this.changed = [this.width, this.height, 0, 0];
    return box;
  }

  // One more stroke: as kernels.py does, and where there is relief as relief_kernels.py.
  stroke() {
    const index = this.done++;
    if (this.data.light) this.thick(index);
    else this.flat(index);
    if (this.done > this.farthest) {
      this.farthest = this.done;
      if (this.unsaved > this.share) this.save();
    }
  }

  // Calls put(offset in picture, x, y) for the pixels of a stroke whose extent `row` tells.
  over(row, put) {
    const { width, height, side, brush, changed } = this;
    const [, reach] = brush.reach(row);
    const from = Math.max(0, Math.floor((row[1] - reach) * side)),
      to = Math.min(height, Math.ceil((row[1] + reach) * side) + 1);
    let pixels = 0;
    for (let py = from; py < to; py++) {
      const y = (py + 0.5) / side,
        ends = brush.span(row, y);
      const left = Math.max(0, Math.ceil(ends[0] * side - 0.5)),
        right = Math.min(width, Math.floor(ends[1] * side - 0.5) + 1);
      if (right <= left) continue;
      pixels += right - left;
      if (left < changed[0]) changed[0] = left;
      if (right > changed[2]) changed[2] = right;
      for (let px = left; px < right; px++) put((py * width + px) * 4, (px + 0.5) / side, y);
    }
    if (pixels) {
      changed[1] = Math.min(changed[1], from);
      changed[3] = Math.max(changed[3], to);
    }
    this.laid += pixels;
    this.unsaved += pixels;
  }

  // Mixes the colour of a stroke into a pixel.
  ink(index) {
    const { picture, colours } = this,
      { shades } = this.data;
    const base = index * shades * 3,
      last = base + (shades - 1) * 3;
    return (at, alpha, mix, tone) => {
      for (let c = 0; c < 3; c++) {
        const colour = colours[base + c] + mix * (colours[last + c] - colours[base + c]);
        picture[at + c] += alpha * (Math.min(Math.max(tone * colour, 0), 1) - picture[at + c]);
      }
    };
  }

  flat(index) {
    const { brush, tip } = this,
      ink = this.ink(index);
    const row = brush.prepare(this.param(index), 1 / this.side);
    this.over(row, (at, x, y) => {
      const shaded = brush.shade(row, tip, x, y);
      ink(at, shaded[0], shaded[1], shaded[2]);
    });
  }

  // Colour, and height, which replaces what lies under it as far as a softer stroke covers it.
  thick(index) {
    const { brush, tip, picture } = this,
      { body, opacity } = this.data.light;
    const ink = this.ink(index),
      param = this.param(index),
      half = param[3],
      opaque = param[opacity];
    const row = brush.prepare(param, 1 / this.side);
    const shoulder = Math.max(Math.min(Math.max(body.part * half, body.low), body.high), 1 / this.side);
    const soft = brush.prepare(param, shoulder);
    const thick = (body.thick * half) / (half + body.half),
      glaze = opaque * Math.sqrt(opaque);
    this.over(soft, (at, x, y) => {
      const shaded = brush.shade(row, tip, x, y);
      const mix = shaded[1],
        tone = shaded[2];
      ink(at, shaded[0], mix, tone);
      const cover = Math.min(brush.shade(soft, tip, x, y)[0] / opaque, 1);
      const lump =
        body.body * (1 - body.dry * 0.3 * mix) +
        body.pile * (1 - cover) +
        body.ridge * ((tone - 1) / body.tone) * (1 + body.dry * mix);
      picture[at + 3] += glaze * cover * (thick * lump - picture[at + 3]);
    });
  }

  save() {
    this.unsaved = 0;
    const kept = new Uint16Array(this.picture.length);
    for (let at = 0; at < kept.length; at++) kept[at] = this.picture[at] * this.steps(at) + 0.5;
    this.snapshots.set(this.done, kept);
  }

  // Of a snapshot: heights are at most a 64th of the longer side, but pigment is 0..1.
  steps(at) {
    return at % 4 === 3 && this.data.light && !this.data.light.finish.wet ? 65535 * 64 : 65535;
  }

  restore(count) {
    if (count < 0) return this.clear();
    const kept = this.snapshots.get(count);
    for (let at = 0; at < kept.length; at++) this.picture[at] = kept[at] / this.steps(at);
    this.done = count;
    this.all();
  }

  // Comes nearer to `wanted` strokes, laying about `most` pixels; true once there.
  towards(wanted, most) {
    let best = -1;
    for (const there of this.snapshots.keys()) if (there <= wanted && there > best) best = there;
    if (best > this.done || wanted < this.done) this.restore(best);
    const stop = this.laid + most;
    while (this.done < wanted && this.laid < stop) this.stroke();
    return this.done === wanted;
  }

  // Its colours without any light, on a canvas of that size.
  paint(context) {
    this.image ||= new ImageData(this.width, this.height);
    const { data } = this.image; // rounds by itself
    for (let at = 0; at < data.length; at++) data[at] = at % 4 < 3 ? this.picture[at] * 255 : 255;
    context.putImageData(this.image, 0, 0);
  }
}
