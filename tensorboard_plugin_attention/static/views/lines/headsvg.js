/** The head view as a standalone image. */

import { svgEl } from "../../draw/dom.js";
import { svgDocument } from "../../draw/export.js";
import { shorten, visible } from "../../draw/tokens.js";
import { stroke } from "./lines.js";

/**
 * @param {Object} drawing What the view shows.
 * @param {{label, color}[]} drawing.heads For the legend.
 * @param {number} drawing.width In pixels, like all sizes.
 * @param {number} drawing.height Without the legend.
 * @param {number} drawing.step The height of a token.
 * @param {number} drawing.font The size of the text.
 * @param {number} drawing.room The number of characters of a token.
 * @param {SVGElement[]} drawing.lines Copied by the document.
 * @param {{x, top, anchor, texts}[]} drawing.columns Tokens and weights.
 * @param {string} drawing.theme
 * @returns {string} An SVG document.
 */
export function headDocument(drawing) {
  const { heads, width, height, step, font, room, lines, columns } = drawing;
  const top = 16 + 18 * heads.length;
  const texts = columns.flatMap(({ x, top: start, anchor, texts: own }) =>
    own.map((text, i) => svgEl("text", { x,
      y: start + (i + 0.5) * step + font / 3, "text-anchor": anchor,
      "unicode-bidi": "isolate", text: shorten(text, room) })));
  return svgDocument(width, height + top + 8, drawing.theme, [
    ...heads.map(({ color, label }, i) => svgEl("g",
      { transform: `translate(12 ${16 + 18 * i})` }, stroke(i, color, 28),
      svgEl("text", { x: 36, y: 4, text: shorten(visible(label), 60) }))),
    svgEl("g", { "font-size": font, transform: `translate(0 ${top})` },
      ...lines.map((line) => line.cloneNode(true)), ...texts),
  ]);
}
