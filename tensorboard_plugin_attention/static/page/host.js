/**
 * The connection to TensorBoard's page, which may be missing or inaccessible.
 * Nothing here throws. Without a host, the page's own address and theme apply.
 */

import { el } from "../draw/dom.js";
import { clean, fromHash, toHash } from "./state.js";

const PAUSE = 150;
// The browser's Back button undoes these. The others change too often.
const PLACES = ["view", "run", "example"];
const STYLES = ["style.css", "maps.css", "lines.css"];

/**
 * Connect the page to its host.
 * @param {boolean} hosted False in an HTML file without TensorBoard.
 * @param {{onState: function(Object), onTheme: function(string),
 *     onReload: function()}} listeners Called when the host changes.
 * @returns {{state: Object|null, theme: function(): string,
 *     write: function(Object), link: function(Object): string}} `state` is
 *     the state in the address at the start.
 */
export function connect(hosted, { onState, onTheme, onReload }) {
  const frame = addressOf(hosted);
  let timer = null;
  let latest = fromHash(frame.location.hash).state;
  // The state in the address, or the default state if it has none.
  let written = latest ?? clean();

  const write = (state) => {
    latest = state;
    clearTimeout(timer);
    timer = setTimeout(() => {
      save(frame, written, state);
      written = state;
    }, PAUSE);
  };
  frame.addEventListener("hashchange", () => {
    const { here, state } = fromHash(frame.location.hash);
    if (!here) return clearTimeout(timer);
    if (state) {
      clearTimeout(timer);
      latest = written = state;
      onState(state);
    } else if (latest) write(latest);
  });
  watchTheme(frame, hosted, onTheme);
  if (hosted) listen(onReload);
  return {
    state: latest,
    theme: () => themeOf(frame, hosted),
    write,
    link: (state) =>
      frame.location.href.replace(/#.*$/s, "") +
      toHash(frame.location.hash, state),
  };
}

/** The window whose address contains the state: the host's if accessible. */
export function addressOf(hosted) {
  try {
    // Another origin throws here.
    return !hosted || parent.location.hash === null ? window : parent;
  } catch {
    return window;
  }
}

function save(frame, before, state) {
  try {
    const { history, location: { hash } } = frame;
    const wanted = toHash(hash, state);
    const { here, state: named } = fromHash(hash);
    if (!here || wanted === hash) return;
    const on = PLACES.some((name) => before[name] !== state[name]);
    // Back must find a state even if the address has none yet.
    if (on && !named) {
      history.replaceState(history.state, "", toHash(hash, before));
    }
    history[on ? "pushState" : "replaceState"](history.state, "", wanted);
  } catch {
    // Browsers may limit or forbid this. Then only the link is out of date.
  }
}

function themeOf(frame, hosted) {
  try {
    if (hosted && frame !== window) {
      return frame.document.body.classList.contains("dark-mode")
        ? "dark"
        : "light";
    }
  } catch {
    // Fall back to the theme without a host.
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function watchTheme(frame, hosted, onTheme) {
  const tell = () => onTheme(themeOf(frame, hosted));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  try {
    if (!hosted || frame === window) return;
    new MutationObserver(tell).observe(frame.document.body, {
      attributes: true,
      attributeFilter: ["class"],
    });
  } catch {
    // A theme change then takes effect when the page is opened again.
  }
}

/** Listen to TensorBoard's reload button through its guest protocol. */
function listen(onReload) {
  if (parent === window) return;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (!message || message.isReply) return;
    const { type, id } = message;
    port1.postMessage(JSON.stringify({
      type, id, payload: null, error: null, isReply: true,
    }));
    if (type === "experimental.DataReloaded") onReload();
  };
  parent.postMessage("experimental.bootstrap", "*", [port2]);
}

/** Add the style sheets, unless the document already contains them. */
export function addStyles() {
  if (document.querySelector("style[data-attention]")) return null;
  return Promise.all(STYLES.map((name) => new Promise((done) => {
    document.head.append(el("link", { rel: "stylesheet",
      href: `./static/${name}`, on: { load: done, error: done } }));
  })));
}

/** Copy text to the clipboard; return false if that is forbidden. */
export async function copy(text) {
  // The old API first, because it requires neither HTTPS nor a permission.
  const focused = document.activeElement;
  const field = el("textarea", { class: "unseen", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return copied || navigator.clipboard?.writeText(text)
    .then(() => true, () => false);
}
