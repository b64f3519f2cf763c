/** Draw the cells of a matrix as pixels. */

import { MASKED } from "../../draw/color.js";
import { el } from "../../draw/dom.js";

/** The visible part of a matrix. */
export function cut(matrix, [top, bottom], [first, end]) {
  const rows = Math.max(0, bottom - top);
  const columns = Math.max(0, end - first);
  const of = (array, Type) => {
    if (!array) return null;
    const found = new Type(rows * columns);
    for (let i = 0; i < rows; i += 1) {
      const from = (top + i) * matrix.columns + first;
      found.set(array.subarray(from, from + columns), i * columns);
    }
    return found;
  };
  const values = of(matrix.values, Float32Array);
  return { rows, columns, values, masked: of(matrix.masked, Uint8Array) };
}

/** Draw cells: hatched where masked, crossed out where not finite. */
export function paintCells(context, part, { paint, w, h, place: [x, y], ink }) {
  const { rows, columns, values, masked } = part;
  if (masked) {
    context.fillStyle = hatch(context, ink);
    context.fillRect(x, y, columns * w, rows * h);
  }
  context.imageSmoothingEnabled = false;
  context.drawImage(image(part, paint), x, y, columns * w, rows * h);
  context.fillStyle = ink("bad");
  context.strokeStyle = ink("background");
  context.lineWidth = 1.5;
  context.beginPath();
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] - values[i] === 0 || masked?.[i]) continue;
    const left = x + (i % columns) * w;
    const top = y + Math.floor(i / columns) * h;
    context.fillRect(left, top, w, h);
    if (w < 6) continue;
    context.moveTo(left + 2, top + 2);
    context.lineTo(left + w - 2, top + h - 2);
    context.moveTo(left + w - 2, top + 2);
    context.lineTo(left + 2, top + h - 2);
  }
  context.stroke();
}

/** A canvas with one pixel per cell. */
export function image(matrix, paint) {
  const { rows, columns } = matrix;
  const canvas = el("canvas", { width: columns, height: rows });
  if (!rows || !columns) return canvas;
  const pixels = new ImageData(paint.paint(matrix), columns, rows);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

/** The pattern of masked cells: thin diagonal lines. */
function hatch(context, ink) {
  const [size, line] = MASKED;
  const tile = el("canvas", { width: size, height: size });
  const on = tile.getContext("2d");
  on.strokeStyle = ink("masked");
  on.lineWidth = line;
  for (const shift of [-size, 0, size]) {
    on.moveTo(shift, size);
    on.lineTo(shift + size, 0);
  }
  on.stroke();
  return context.createPattern(tile, "repeat");
}
