// All maps of a brush tip of 256 x 256 cells, 0..1, as own.py's `pyramid` makes them.
function pyramid(octets) {
  const CELLS = 256, LEVELS = 8, PAD = 2;
  const maps = [];
  for (let tall = CELLS; tall > CELLS >> LEVELS; tall >>= 1)
    for (let wide = CELLS; wide > CELLS >> LEVELS; wide >>= 1) maps.push(map(wide, tall));
  return Float64Array.from(maps.flat());

  function map(wide, tall) {
    const across = CELLS / wide, down = CELLS / tall, row = wide + 2 * PAD;
    const cells = new Array(row * (tall + 2 * PAD)).fill(0);
    for (let y = 0; y < CELLS; y++)
      for (let x = 0; x < CELLS; x++)
        cells[((y / down + PAD) | 0) * row + ((x / across + PAD) | 0)] += octets[y * CELLS + x] / (255 * across * down);
    return cells;
  }
}
