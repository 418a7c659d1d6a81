// The page of one painting: it grows stroke by stroke, then a lamp follows who looks at it.
//
// The still stands from the first moment, and for good where there is no WebGL. Then the painting is
// drawn small while it grows, and once more, large, while the lamp already moves. A frame lays so
// many pixels and no more, so the page never stands still. Nothing is asked for, stored or left to
// chance, and no clock is read: time is what frames tell.
const SMALL = 512, LARGE = 1024; // pixels of the longer side
const FRAME = 60000; // pixels to be laid between two frames
const GROWS_MS = 6000, // from the first stroke to the last
  SLOWLY = 1.7, // broad strokes are the first, and are to be seen one by one
  DRIFT_MS = 9000; // of a lamp around its home, for a radian
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

async function piece(data, brush) {
  const tip = await brush.tip?.();
  const still = document.getElementById("still"),
    home = data.light?.home ?? [0, 0, 1];
  const aim = new Aim(home, () => wake());
  let shown = null, // the lamp to be seen
    frame = 0,
    time = 0,
    stage = null;

  function over(side) {
    const painter = new Painter(data, brush, side, tip);
    const lamp = data.light ? Lamp.over(painter) : new Flat(painter);
    if (!lamp) return null;
    lamp.canvas.setAttribute("role", "img");
    lamp.canvas.setAttribute("aria-label", `${still.alt}, in a light that follows the pointer`);
    lamp.canvas.addEventListener("webglcontextlost", end);
    return lamp;
  }

  function end() {
    stage = null;
    cancelAnimationFrame(frame);
    still.hidden = false;
    shown?.canvas.remove();
    shown = null;
  }

  function show(lamp) {
    lamp.take();
    aim.shine(lamp);
    aim.follow(lamp.canvas);
    still.after(lamp.canvas);
    shown?.canvas.remove();
    shown = lamp;
    still.hidden = true;
  }

  // Each stage does a frame's work and gives what comes next: itself, another, or nothing.
  const surface = (lamp, next) => () => (lamp?.weave(FRAME / 2) ? next(lamp) : lamp && stage);

  function growing(lamp) {
    show(lamp);
    const start = time;
    return () => {
      const part = Math.min((time - start) / GROWS_MS, 1);
      const there = lamp.painter.towards(Math.round(data.count * part ** SLOWLY), FRAME);
      lamp.take();
      if (part < 1 || !there) return stage;
      document.body.dataset.grown = "true";
      return surface(over(LARGE), whole); // once more, large
    };
  }

  function whole(lamp) {
    return () => {
      if (!lamp.painter.towards(data.count, FRAME)) return stage;
      show(lamp);
      document.body.dataset.ready = "true";
      return null;
    };
  }

  // Where the lamp wanders to when nobody leads it.
  function drift() {
    const [x, y] = home,
      angle = time / DRIFT_MS;
    return [x * Math.cos(angle) - y * Math.sin(angle) * 0.4, y * (0.8 + 0.2 * Math.cos(angle * 1.6))];
  }

  function tick(now) {
    frame = 0;
    time = now;
    if (stage) stage = stage();
    const idle = data.light && !aim.led && document.body.dataset.ready && !CALM.matches;
    if (!aim.led) aim.wanted = idle ? drift() : home.slice(0, 2);
    const moving = aim.step(CALM.matches ? 1 : 0.12);
    if (shown) aim.shine(shown);
    document.body.dataset.lamp = aim.at.map((value) => value.toFixed(3));
    if (stage || moving || idle) wake();
  }

  const wake = () => {
    frame ||= requestAnimationFrame(tick);
  };

  const tilted = document.featurePolicy?.allowsFeature("accelerometer") ?? true; // a frame may forbid it
  if (tilted)
    addEventListener("deviceorientation", (event) => {
      if (event.gamma !== null && !CALM.matches) aim.to(event.gamma / 40, (event.beta - 45) / 40);
    });
  CALM.addEventListener("change", wake);
  stage = CALM.matches ? surface(over(LARGE), whole) : surface(over(SMALL), growing);
  wake();
}
