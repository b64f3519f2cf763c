/** Keyboard shortcuts. For each, there is also a control on the page. */

// In these elements, keys already have another meaning.
const FIELDS = "input:not([type=range],[type=checkbox],[type=radio])," +
  "textarea,select,[contenteditable]";
const CONTROLS = "button,input,select,summary,a,[tabindex],[role=option]";

/**
 * Listen to keys.
 * @param {Object} page
 * @param {function(): boolean} page.ready Whether to handle keys.
 * @param {function(KeyboardEvent, Element|null): boolean} page.offer Offers a
 *     key to the shown view, with the control that has the focus; true if the
 *     view has handled it.
 * @param {function(): Object} page.actions Functions by key.
 */
export function listenToKeys({ ready, offer, actions }) {
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    // AltGr types brackets on many keyboards, and looks like Ctrl and Alt.
    const command = (event.ctrlKey || event.altKey) &&
      !event.getModifierState("AltGraph");
    if (event.defaultPrevented || command || event.metaKey) return;
    if (target.closest?.(FIELDS) || !ready()) return;
    const control = target.closest?.(CONTROLS) ?? null;
    if (offer(event, control)) return event.preventDefault();
    // Space presses the control that has the focus.
    const action = key === " " && control ? null : actions()[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
