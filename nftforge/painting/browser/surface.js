// What paint lies on, a pixel at a time; light_kernels.py draws the same in rows.
function paper(x, y, cells, scale) {
  let tooth = 0.5;
  for (const [finer, much, place] of TEETH)
    tooth += much * shows(scale / (cells * finer)) * noise(x * cells * finer, y * cells * finer, place)[0];
  return tooth;
}

function weave(x, y, cells, scale) {
  const u = x * cells + WAVER * noise(x * SLOW, y * SLOW, 7)[0],
    v = y * cells + WAVER * noise(x * SLOW, y * SLOW, 99)[0],
    i = Math.floor(u),
    j = Math.floor(v);
  const warp = bulge(u - i) * over(v + 1.5 + i) * (1 + 0.5 * noise(i, v * 0.15, 3)[0]);
  const weft = bulge(v - j) * over(u + 2.5 + j) * (1 + 0.5 * noise(u * 0.15, j, 5)[0]);
  return Math.max(warp, weft) * shows(scale / cells);
}

// How much of it is to be seen through so much paint: about exp(-paint / HIDES).
function leftOfSurface(paint) {
  return SHOWN + (1 - SHOWN) * Math.max(1 - paint / (8 * HIDES), 0) ** 8;
}
