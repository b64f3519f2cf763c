/** The head view as a standalone picture. */

import { svgEl } from "../dom.js";
import { svgDocument } from "../export.js";
import { shorten, visible } from "../tokens.js";
import { stroke } from "./lines.js";

/**
 * @param {Object} view A head view that has drawn something.
 * @returns {string} An SVG document: legend, lines, tokens, held weights.
 */
export function headDocument(view) {
  if (!view.entries.length) throw new Error("nothing is drawn yet");
  const top = 16 + 18 * view.entries.length;
  const drawn = view.active() ? view.edges : view.base;
  const column = (x, start, anchor, texts) => texts.map((text, i) =>
    svgEl("text", { x, y: start + (i + 0.5) * view.step + view.font / 3,
      "text-anchor": anchor, "unicode-bidi": "isolate", text }));
  const room = Math.floor((view.label - 12) / view.font / 0.65);
  const words = (side, x, anchor) => column(x, view[side].top, anchor,
    view[side].buttons.map((button) => shorten(button.textContent, room)));
  const values = view.active() ? view.texts : [];
  return svgDocument(view.width, view.height + top + 8, view.context.theme, [
    ...view.entries.map(({ color, label }, i) => svgEl("g",
      { transform: `translate(12 ${16 + 18 * i})` }, stroke(i, color, 28),
      svgEl("text", { x: 36, y: 4, text: shorten(visible(label), 60) }))),
    svgEl("g", { "font-size": view.font, transform: `translate(0 ${top})` },
      ...drawn.cloneNode(true).childNodes,
      ...words("row", view.left - 6, "end"),
      ...words("column", view.right + 6, "start"),
      ...values.flatMap(({ x, top: start, texts }) =>
        column(x + view.valueWidth - 4, start, "end", texts))),
  ]);
}
