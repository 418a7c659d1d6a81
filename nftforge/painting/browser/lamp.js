// Light on a painting that can be moved: relief.py's, with WebGL.
//
// All that does not depend on where the lamp stands is worked out before, here: slopes of paint and
// of what it lies on, pigment that gathered. So a pixel costs two look-ups a frame, on software too,
// and what the lamp shows from where it always stands is the package's own still.
const VERTEX = "attribute vec2 at; void main() { gl_Position = vec4(at, 0, 1); }";
const FRAGMENT = `
precision highp float;
uniform sampler2D colours, slopes;
uniform vec2 size;
uniform vec3 lamp;
uniform float gloss, wide;
float shine(float at) { float two = at * at, four = two * two; return four * four * four * two; }
void main() {
  vec2 at = vec2(gl_FragCoord.x, size.y - gl_FragCoord.y) / size;
  vec4 texel = texture2D(slopes, at) * 255.;
  vec2 slope = ((texel.xz * 256. + texel.yw) / 65535. - .5) * wide;
  vec3 c = texture2D(colours, at).rgb, towards = normalize(lamp), middle = normalize(towards + vec3(0, 0, 1));
  float steep = 1. / sqrt(dot(slope, slope) + 1.);
  float diffuse = (towards.z - dot(slope, towards.xy)) * steep / towards.z;
  diffuse = 1. + SQUARES * (clamp(diffuse, DARKEST, BRIGHTEST) - 1.);
  float facing = (middle.z - dot(slope, middle.xy)) * steep;
  float bright = sqrt(dot(c * c, vec3(.2126, .7152, .0722)));
  float glint = gloss * max(shine(max(facing, 0.)) - shine(middle.z), 0.);
  gl_FragColor = vec4(sqrt(clamp(c * c * diffuse + glint * (.5 * (c + bright) + .02), 0., 1.)), 1);
}`;
const WIDE = 32; // slopes from -16 to 16 are told apart: beyond, light is as dark or bright as it gets

// A painting without light: what stands in for a lamp where there is no relief, or no WebGL.
class Flat {
  constructor(painter) {
    this.painter = painter;
    this.canvas = sized(painter);
    this.context = this.canvas.getContext("2d");
    this.woven = true;
  }

  weave() {
    return true;
  }

  take() {
    this.painter.paint(this.context);
  }

  shine() {}
}

function sized({ width, height }) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

class Lamp {
  // A lamp over `painter`, on a canvas of its own; null where WebGL is not to be had.
  static over(painter) {
    const canvas = sized(painter);
    const gl = canvas.getContext("webgl", { antialias: false, alpha: false, preserveDrawingBuffer: true });
    const program = gl && Lamp.program(gl);
    return program && new Lamp(canvas, gl, program, painter);
  }

  constructor(canvas, gl, program, painter) {
    const { width, height } = painter;
    this.canvas = canvas;
    this.gl = gl;
    this.painter = painter;
    this.light = painter.data.light;
    this.surface = new Float32Array(width * height);
    this.ready = 0; // rows of the surface that are there
    this.level = new Float32Array(width * height);
    this.colours = new Uint8Array(width * height * 4).fill(255);
    this.slopes = new Uint8Array(width * height * 4);
    const spot = (name) => gl.getUniformLocation(program, name);
    this.lamp = spot("lamp");
    gl.viewport(0, 0, width, height);
    gl.uniform2f(spot("size"), width, height);
    gl.uniform1f(spot("gloss"), this.light.finish.gloss);
    gl.uniform1f(spot("wide"), WIDE);
    for (const [unit, name] of ["colours", "slopes"].entries()) {
      gl.uniform1i(spot(name), unit);
      Lamp.texture(gl, unit, width, height);
    }
  }

  static program(gl) {
    const program = gl.createProgram();
    const constants = Object.entries({ DARKEST, BRIGHTEST, SQUARES }).map(
      ([name, value]) => `#define ${name} ${value.toFixed(9)}\n`,
    );
    const shaders = [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, constants.join("") + FRAGMENT],
    ];
    for (const [kind, text] of shaders) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null; // as if there were no WebGL
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
    const at = gl.getAttribLocation(program, "at");
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, 2, gl.FLOAT, false, 0, 0);
    return program;
  }

  static texture(gl, unit, width, height) {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    for (const edge of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, edge, gl.CLAMP_TO_EDGE);
    for (const way of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, way, gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
  }

  // Some more rows of canvas or paper, before any light; true once all are there.
  weave(pixels) {
    const { finish } = this.light,
      { width, height, side } = this.painter;
    if (!finish.rough) this.ready = height;
    const bare = finish.woven ? weave : paper;
    for (let left = pixels; left > 0 && this.ready < height; left -= width, this.ready++)
      for (let x = 0; x < width; x++)
        this.surface[this.ready * width + x] = bare((x + 0.5) / side, (this.ready + 0.5) / side, finish.cells, side);
    return this.woven;
  }

  get woven() {
    return this.ready === this.painter.height;
  }

  // Takes over what the painter changed.
  take() {
    const { width, height } = this.painter;
    const [x0, y0, x1, y1] = this.painter.changes();
    if (x1 <= x0 || y1 <= y0) return;
    this.rise(x0, y0, x1, y1);
    const top = Math.max(y0 - 1, 0),
      bottom = Math.min(y1 + 1, height);
    this.slope(Math.max(x0 - 1, 0), top, Math.min(x1 + 1, width), bottom);
    this.tint(x0, y0, x1, y1);
    const { gl } = this;
    [this.colours, this.slopes].forEach((bytes, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      const rows = bytes.subarray(top * width * 4, bottom * width * 4);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, top, width, bottom - top, gl.RGBA, gl.UNSIGNED_BYTE, rows);
    });
  }

  // How high everything stands, paint and what is seen of the surface through it.
  rise(x0, y0, x1, y1) {
    const { finish } = this.light,
      { picture, width, side } = this.painter;
    const up = side * finish.relief,
      rough = finish.rough / finish.cells;
    for (let y = y0; y < y1; y++)
      for (let x = x0, at = y * width + x0; x < x1; x++, at++) {
        const paint = finish.wet ? 0 : picture[at * 4 + 3];
        this.level[at] = (paint + rough * leftOfSurface(paint) * this.surface[at]) * up;
      }
  }

  slope(x0, y0, x1, y1) {
    const { level, slopes } = this,
      { width, height } = this.painter;
    for (let y = y0; y < y1; y++) {
      const row = y * width,
        above = Math.max(y - 1, 0) * width,
        below = Math.min(y + 1, height - 1) * width;
      for (let x = x0; x < x1; x++) {
        const dx = level[row + Math.min(x + 1, width - 1)] - level[row + Math.max(x - 1, 0)];
        Lamp.put(slopes, (row + x) * 4, dx / 2);
        Lamp.put(slopes, (row + x) * 4 + 2, (level[below + x] - level[above + x]) / 2);
      }
    }
  }

  static put(bytes, at, slope) {
    const step = Math.round(Math.min(Math.max(slope / WIDE + 0.5, 0), 1) * 65535);
    bytes[at] = step >> 8;
    bytes[at + 1] = step & 255;
  }

  // Colours, darker where pigment lies: it absorbs (Beer-Lambert), so white stays white.
  tint(x0, y0, x1, y1) {
    const { colours, surface } = this,
      { relief, grain, pool, wet } = this.light.finish,
      { picture, width } = this.painter;
    for (let y = y0; y < y1; y++)
      for (let x = x0, at = y * width + x0; x < x1; x++, at++) {
        const pigment = grain * (1 - 2 * surface[at]) + (wet ? pool * picture[at * 4 + 3] : 0);
        for (let c = 0; c < 3; c++) {
          const value = Math.min(Math.max(picture[at * 4 + c], 0), 1);
          colours[at * 4 + c] = (pigment ? value ** (1 + relief * pigment) : value) * 255 + 0.5;
        }
      }
  }

  // Light from there: x to the right, y down, z towards who looks.
  shine(x, y, z) {
    this.gl.uniform3f(this.lamp, x, y, z);
    this.gl.drawArrays(this.gl.TRIANGLES, 0, 3);
  }
}

// Where a lamp stands: it follows a pointer, a finger or a tilted hand, and comes home.
class Aim {
  // home: [x, y, z] where it always stands; moved() is called whenever it is to stand elsewhere.
  constructor(home, moved) {
    this.home = home;
    this.at = [home[0], home[1]];
    this.wanted = [home[0], home[1]];
    this.led = false;
    this.moved = moved;
  }

  // The pointer over an element: from its middle out to half its smaller side, the lamp goes all the way.
  follow(element) {
    element.addEventListener("pointermove", (event) => {
      const box = element.getBoundingClientRect(),
        reach = Math.min(box.width, box.height) / 2;
      this.to((event.clientX - box.left - box.width / 2) / reach, (event.clientY - box.top - box.height / 2) / reach);
    });
    element.addEventListener("pointerleave", () => this.release());
    element.addEventListener("pointercancel", () => this.release());
  }

  to(x, y) {
    const far = Math.max(Math.hypot(x, y), 1);
    this.led = true;
    this.wanted = [x / far, y / far];
    this.moved();
  }

  release() {
    this.led = false;
    this.wanted = [this.home[0], this.home[1]];
    this.moved();
  }

  // A part of the way; false once it is there.
  step(part) {
    this.at = this.at.map((value, axis) => value + part * (this.wanted[axis] - value));
    const left = Math.hypot(this.at[0] - this.wanted[0], this.at[1] - this.wanted[1]);
    if (left < 0.002) this.at = [...this.wanted];
    return left >= 0.002;
  }

  shine(lamp) {
    lamp.shine(this.at[0], this.at[1], this.home[2]);
  }
}
