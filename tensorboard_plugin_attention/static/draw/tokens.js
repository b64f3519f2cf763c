/** Tokens in displayable form: invisible characters are written out. */

import { el } from "./dom.js";

const PLAIN = /^[!-~]+$/;
// Control, format (bidi, zero width, soft hyphen) and unpaired surrogate
// characters, line separators, blank letters and characters that XML forbids.
const HIDDEN = new RegExp(
  "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}" +
    "\\u115f\\u1160\\u2800\\u3164\\uffa0\\ufffe\\uffff]",
  "gu",
);
// In these scripts, joiners are part of ordinary writing.
const JOINED = new RegExp(
  "(?<=[\\p{Extended_Pictographic}\\p{EMod}\\ufe0f])\\u200d" +
    "(?=\\p{Extended_Pictographic})|" +
    "(?<=(?!\\p{sc=Latin})[\\p{Lo}\\p{M}])[\\u200c\\u200d](?=\\p{Lo})",
  "gu",
);
const HEAP = /(\p{M}{4})\p{M}+/gu;

/**
 * Return a token with every invisible character written out.
 * @param {string} token Any string, even an empty or invalid one.
 * @returns {string} "U+202E" for each control, bidi or zero-width character,
 *     "(empty)" for "", quotes around spaces alone, at most four combining
 *     marks per letter; safe in HTML text and in XML.
 */
export function visible(token) {
  const text = String(token ?? "");
  if (PLAIN.test(text)) return text;
  if (text === "") return "(empty)";
  if (/^\p{Zs}+$/u.test(text)) return `"${text}"`;
  const joins = new Set();
  for (const match of text.matchAll(JOINED)) joins.add(match.index);
  return text
    .replace(HIDDEN, (c, at) => (joins.has(at) ? c : code(c)))
    .replace(HEAP, "$1…")
    .replace(/^\p{M}/u, "◌$&");
}

function code(character) {
  const number = character.codePointAt(0).toString(16).toUpperCase();
  return `U+${number.padStart(4, "0")}`;
}

/**
 * The first characters of a text, ending in "…" if it was shortened.
 * @param {string} text As returned by `visible`.
 * @param {number} n The largest number of code points, at least 1.
 * @returns {string}
 */
export function shorten(text, n) {
  if (text.length <= n) return text;
  const characters = [...text.slice(0, 2 * n + 2)];
  if (characters.length <= n) return text;
  return `${characters.slice(0, n - 1).join("")}…`;
}

/**
 * A span with one token, whose text direction does not affect others.
 * @param {string} token The raw token.
 * @param {number} index Its position, from 0.
 * @param {number} [limit] The maximum length to show; the title shows more.
 * @returns {HTMLSpanElement}
 */
export function tokenEl(token, index, limit = 32) {
  const text = visible(token);
  return el("span", {
    class: "token",
    dir: "auto",
    data: { index },
    title: `${shorten(text, 1000)} (token ${index + 1})`,
    text: shorten(text, limit),
  });
}
