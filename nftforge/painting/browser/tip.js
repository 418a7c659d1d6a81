// All maps of a brush tip of 256 x 256 cells, 0..1, as own.py's `pyramid` makes them, of zlib's bytes.
async function tip(text) {
  const CELLS = 256, LEVELS = 8, PAD = 2;
  const packed = new Blob([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))]).stream();
  const unpacked = new Response(packed.pipeThrough(new DecompressionStream("deflate")));
  const cells = new Uint8Array(await unpacked.arrayBuffer());
  const maps = [];
  for (let tall = CELLS; tall > CELLS >> LEVELS; tall >>= 1)
    for (let wide = CELLS; wide > CELLS >> LEVELS; wide >>= 1) maps.push(smaller(wide, tall));
  return Float64Array.from(maps.flat());

  function smaller(wide, tall) {
    const across = CELLS / wide, down = CELLS / tall, row = wide + 2 * PAD;
    const map = new Array(row * (tall + 2 * PAD)).fill(0);
    for (let y = 0; y < CELLS; y++)
      for (let x = 0; x < CELLS; x++)
        map[((y / down + PAD) | 0) * row + ((x / across + PAD) | 0)] += cells[y * CELLS + x] / (255 * across * down);
    return map;
  }
}
