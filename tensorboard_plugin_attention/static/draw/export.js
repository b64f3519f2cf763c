/** Exports of the current view: CSV, SVG, PNG and an HTML table. */

import { el, svgEl } from "./dom.js";

const INKS = {
  light: { background: "#ffffff", surface: "#f6f7f9", text: "#1f2328",
    muted: "#59636e", border: "#d8dee4", accent: "#b3541e",
    masked: "#c4ccd4", focus: "#0969da" },
  dark: { background: "#1f2227", surface: "#2a2e35", text: "#e6e9ed",
    muted: "#a3acb8", border: "#434a54", accent: "#ff9a4d",
    masked: "#555d68", focus: "#58a6ff" },
};
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const ILLEGAL = new RegExp(
  "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\p{Cs}\\ufffe\\uffff]",
  "gu",
);
const LARGEST_SIDE = 16384;
const MOST_PIXELS = 2 ** 27;

/**
 * A table as CSV (RFC 4180).
 * @param {{columns: string[], rows: (string|number)[][]}} table
 * @returns {string} Lines end in CRLF. A text cell that a spreadsheet would
 *     evaluate as a formula gets a leading apostrophe; numbers are unchanged.
 */
export function toCsv(table) {
  const lines = [table.columns, ...table.rows];
  return lines.map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(cell) {
  if (typeof cell === "number") return String(cell);
  let text = String(cell ?? "");
  if (FORMULA.test(text)) text = `'${text}`;
  return /[",\r\n]|^\s|\s$/.test(text)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

/**
 * A file name that consists only of letters, digits, "-", "_" and ".".
 * @param {string} name Any string, such as a run's name.
 * @param {string} extension Without the dot.
 * @returns {string}
 */
export function safeName(name, extension) {
  const stem = String(name)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^[.-]+/, "")
    .slice(0, 100)
    .replace(/[.-]+$/, "");
  const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(stem);
  return `${reserved || !stem ? "attention-" : ""}${stem}.${extension}`
    .replace("-.", ".");
}

/** Download a text or a Blob as a file called `name`. */
export function download(name, mime, blobOrText) {
  const blob = blobOrText instanceof Blob
    ? blobOrText
    : new Blob([blobOrText], { type: mime });
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/**
 * Draw a standalone SVG document as a PNG.
 * @param {string} svgText As returned by `svgDocument`.
 * @param {number} [scale] Pixels per unit, reduced if the canvas would be too
 *     large for the browser.
 * @returns {Promise<Blob>}
 */
export async function svgToPng(svgText, scale = 2) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${
    encodeURIComponent(svgText)}`;
  await image.decode().catch(() => {
    throw new Error("The browser cannot draw this image. Save it as SVG " +
      "instead.");
  });
  const { naturalWidth: width, naturalHeight: height } = image;
  const fit = Math.min(
    scale,
    LARGEST_SIDE / Math.max(width, height),
    Math.sqrt(MOST_PIXELS / (width * height)),
  );
  const canvas = el("canvas", {
    width: Math.max(1, Math.floor(width * fit)),
    height: Math.max(1, Math.floor(height * fit)),
  });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!blob) {
    throw new Error("The image is too large. Save it as SVG instead.");
  }
  return blob;
}

/**
 * A standalone SVG document. Nodes are copied, and theme variables such as
 * `var(--text)` in their attributes become colors.
 * @param {number} width In pixels.
 * @param {number} height In pixels.
 * @param {"light"|"dark"} theme
 * @param {Node[]} children SVG nodes; their text is escaped here.
 * @returns {string}
 */
export function svgDocument(width, height, theme, children) {
  const inks = INKS[theme] ?? INKS.light;
  const root = svgEl(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, fill: inks.text,
      "font-family": "system-ui, Roboto, sans-serif", "font-size": 12 },
    svgEl("rect", { width, height, fill: inks.background }),
    ...children.map((child) => child.cloneNode(true)),
  );
  for (const node of root.querySelectorAll("*")) {
    for (const attribute of node.attributes) {
      if (!attribute.value.includes("var(--")) continue;
      attribute.value = attribute.value.replace(
        /var\(--(\w+)[^)]*\)/g,
        (_, name) => inks[name] ?? inks.text,
      );
    }
  }
  const text = new XMLSerializer().serializeToString(root);
  return text.replace(ILLEGAL, "\ufffd");
}

/**
 * An HTML table.
 * @param {{caption, columns, rows}} table
 * @param {number} [limit] The maximum number of rows; the caption mentions
 *     further rows.
 * @returns {HTMLTableElement}
 */
export function tableElement(table, limit = 200) {
  const { caption, columns, rows } = table;
  const cut = rows.length > limit
    ? ` (first ${limit.toLocaleString("en")} of ` +
      `${rows.length.toLocaleString("en")} rows; the CSV has all rows)`
    : "";
  return el(
    "table",
    { class: "twin" },
    el("caption", { text: `${caption}${cut}` }),
    el("thead", null, el("tr", null, ...columns.map((name) =>
      el("th", { scope: "col", dir: "auto", text: name })))),
    el("tbody", null, ...rows.slice(0, limit).map((row) =>
      el("tr", null, ...row.map(tableCell)))),
  );
}

function tableCell(cell, index) {
  const number = typeof cell === "number";
  let text = String(cell ?? "");
  if (number) {
    text = Number.isFinite(cell)
      ? String(Number(cell.toPrecision(4)))
      : "not finite";
  }
  return el(index ? "td" : "th", { scope: index ? null : "row", dir: "auto",
    class: number ? "number" : null, text });
}

/**
 * Buttons that save what a view shows.
 * @param {() => {svg: () => string, table: () => Object}} getView
 * @param {string|(() => string)} name The files' name without extension.
 * @returns {HTMLElement}
 */
export function exportButtons(getView, name) {
  const status = el("span", { class: "export-status", role: "status" });
  const button = (label, extension, mime, make) => el("button", {
    type: "button",
    "aria-label": `Save as ${label}`,
    title: `Save as ${label}`,
    text: label,
    on: { click: async () => {
      status.textContent = "";
      try {
        const stem = typeof name === "function" ? name() : name;
        download(safeName(stem, extension), mime, await make(getView()));
      } catch (error) {
        status.textContent = `Not saved: ${error.message}`;
      }
    } },
  });
  return el(
    "span",
    { class: "export", role: "group", "aria-label": "Save this view" },
    button("SVG", "svg", "image/svg+xml", (view) => view.svg()),
    button("PNG", "png", "image/png", (view) => svgToPng(view.svg(), 2)),
    // The byte order mark makes spreadsheets read the file as UTF-8.
    button("CSV", "csv", "text/csv;charset=utf-8",
      (view) => `\ufeff${toCsv(view.table())}`),
    status,
  );
}
