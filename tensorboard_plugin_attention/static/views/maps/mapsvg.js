/** Maps as SVG documents. */

import { MASKED, css } from "../../draw/color.js";
import { svgEl, svgText } from "../../draw/dom.js";
import { svgDocument } from "../../draw/export.js";
import { pooled } from "../../data/math.js";
import { image } from "./cells.js";
import { label } from "./map.js";

const MOST_RECTS = 4096;
const LARGEST_IMAGE = 2048;

/** The pattern of masked cells. */
export function hatching() {
  const [size, width] = MASKED;
  return svgEl("defs", null, svgEl("pattern",
    { id: "masked", width: size, height: size, patternUnits: "userSpaceOnUse" },
    svgEl("path", { d: `M0 ${size}L${size} 0`, stroke: "var(--masked)",
      "stroke-width": width })));
}

/**
 * A matrix as rectangles, or as an image if it is large.
 * @return {SVGElement} Width x height at 0, 0.
 */
export function svgCells(matrix, paint, width, height) {
  const { rows, columns, values, masked } = matrix;
  const group = svgEl("g", { "shape-rendering": "crispEdges" });
  const back = masked ? "url(#masked)" : "none";
  group.append(svgEl("rect", { width, height, fill: back }));
  if (!values.length) return group;
  if (values.length > MOST_RECTS) {
    const small = pooled(matrix, LARGEST_IMAGE);
    group.append(svgEl("image", { width, height, preserveAspectRatio: "none",
      style: { "image-rendering": "pixelated" },
      href: image(small, paint).toDataURL() }));
    return group;
  }
  const [w, h] = [width / columns, height / rows];
  for (let i = 0; i < values.length; i += 1) {
    if (masked?.[i]) continue;
    const [x, y] = [(i % columns) * w, Math.floor(i / columns) * h];
    const bad = !Number.isFinite(values[i]);
    const fill = bad ? "#d1242f" : css(paint.color(values[i]));
    group.append(svgEl("rect", { x, y, width: w, height: h, fill }));
    if (bad) {
      const d = `M${x} ${y}l${w} ${h}m0 ${-h}l${-w} ${h}`;
      group.append(svgEl("path", { d, stroke: "var(--background)" }));
    }
  }
  return group;
}

/** One map with its tokens: {node, width, height}. */
export function svgMap({ label: name, matrix, axes }, paint, large = 480) {
  const { rows, columns } = matrix;
  const cell = Math.max(1, Math.min(28, large / Math.max(rows, columns, 1)));
  const tall = rows * cell < 40 ? 40 / Math.max(1, rows) : cell;
  const [left, top] = [110, 130];
  const every = (size) => Math.max(1, Math.ceil(12 / size));
  const node = svgEl("g", null,
    svgText(left, 14, name, { "font-weight": 600 }),
    svgEl("g", { transform: `translate(${left} ${top})` },
      svgCells(matrix, paint, columns * cell, rows * tall)));
  for (let i = 0; i < rows; i += every(tall)) {
    node.append(svgText(left - 6, top + (i + 0.5) * tall + 4,
      label(axes.rows, i), { "text-anchor": "end", "font-size": 11 }));
  }
  for (let i = 0; i < columns; i += every(cell)) {
    const [x, y] = [left + (i + 0.5) * cell + 4, top - 6];
    node.append(svgText(x, y, label(axes.columns, i),
      { transform: `rotate(-90 ${x} ${y})`, "font-size": 11 }));
  }
  const width = Math.max(left + columns * cell, left + name.length * 7) + 16;
  return { node, width, height: top + rows * tall + 16 };
}

/** A document of maps side by side under one title. */
export function svgMaps(title, entries, paints, theme) {
  const nodes = [hatching(), svgText(12, 24, title, { "font-size": 14 })];
  let [x, height] = [0, 0];
  entries.forEach((entry, i) => {
    const map = svgMap(entry, paints[i]);
    map.node.setAttribute("transform", `translate(${x} 40)`);
    nodes.push(map.node);
    x += map.width;
    height = Math.max(height, map.height);
  });
  return svgDocument(Math.max(x, title.length * 8), height + 40, theme, nodes);
}
