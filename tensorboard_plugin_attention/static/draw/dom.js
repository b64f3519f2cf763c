/** Create elements without markup, so that logged strings stay text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Create an HTML element.
 * @param {string} tag Name of the element.
 * @param {Object} [props] `text`, `on` (listeners by event), `style` and
 *     `data` (each a dict), `class`; anything else is an attribute, left out
 *     if it is null or false.
 * @param {...(Node|string|null)} children Strings become text.
 */
export function el(tag, props, ...children) {
  return filled(document.createElement(tag), props, children);
}

/** Create an SVG element; see `el`. */
export function svgEl(tag, props, ...children) {
  return filled(document.createElementNS(SVG, tag), props, children);
}

/** Create an SVG text at a position. */
export function svgText(x, y, text, more = {}) {
  return svgEl("text", { x, y, ...more, text });
}

function filled(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "on") {
      for (const [event, listener] of Object.entries(value)) {
        element.addEventListener(event, listener);
      }
    } else if (name === "style") {
      for (const [property, setting] of Object.entries(value)) {
        element.style.setProperty(property, setting);
      }
    } else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}
