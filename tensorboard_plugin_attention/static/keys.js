/** The page's keys; every one of them has a control that does the same. */

// Where the keys already mean something of their own.
const FIELDS = "input:not([type=range],[type=checkbox],[type=radio])," +
  "textarea,select,[contenteditable]";
const CONTROLS = "button,input,select,summary,a,[tabindex],[role=option]";

/**
 * Lets the page, or first the view it shows, answer to keys.
 * @param {Object} page See `page.js`.
 * @param {{id: string}[]} modules The views, in the order of their numbers.
 */
export function listenToKeys(page, modules) {
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    // AltGr types brackets on many keyboards, and looks like Ctrl and Alt.
    const command = (event.ctrlKey || event.altKey) &&
      !event.getModifierState("AltGraph");
    if (event.defaultPrevented || command || event.metaKey) return;
    if (page.help.open || target.closest?.(FIELDS) || !page.tags.length) return;
    // Arrows on the slider above are the slider's, not the view's.
    const control = target.closest?.(CONTROLS);
    const view = page.scene && !page.failed &&
      (!control || page.panel.contains(target)) &&
      page.views.get(page.state.view);
    if (view?.onKey?.(event, page.context())) {
      event.preventDefault();
      return;
    }
    const action = (key !== " " || !control) && actionOf(key, page, modules);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function actionOf(key, page, modules) {
  if (/^[1-7]$/.test(key)) {
    return () => page.set({ view: modules[key - 1].id });
  }
  const always = {
    "?": () => page.help.showModal(),
    "[": () => page.slider.move(-1),
    "]": () => page.slider.move(1),
    " ": () => page.slider.toggle(),
    t: () => page.set({ table: !page.state.table }),
  };
  return always[key] ?? (page.scene && {
    ",": () => page.moveHead(-1),
    ".": () => page.moveHead(1),
    "{": () => page.moveSentence(-1),
    "}": () => page.moveSentence(1),
  }[key]);
}
