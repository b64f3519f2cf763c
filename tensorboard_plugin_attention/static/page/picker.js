/** A button that opens a list with a filter. */

import { el } from "../draw/dom.js";

let count = 0;

/**
 * A button with a panel below, which Escape or leaving the panel closes.
 * @param {string} name The button's name, such as "Run".
 * @param {{onOpen: function(), children: Node[]}} props
 * @returns {{element: HTMLElement, say: function(...(Node|string)),
 *     close: function()}} `say` sets what the button shows.
 */
export function popup(name, { onOpen, children }) {
  const value = el("span", { class: "value" });
  const id = `attention-panel-${count += 1}`;
  const button = el("button", { type: "button", class: "opener",
    "aria-expanded": "false", "aria-controls": id },
  el("span", { class: "name", text: name }), " ", value);
  const panel = el("div", { id, class: "panel", role: "group",
    "aria-label": name, hidden: true }, ...children);
  const element = el("div", { class: "popup" }, button, panel);
  const outside = ({ target }) => {
    if (!element.contains(target)) show(false);
  };
  const show = (open) => {
    if (open === !panel.hidden) return;
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    document[open ? "addEventListener" : "removeEventListener"](
      "pointerdown", outside);
    if (!open) return;
    // A panel that would extend beyond the page is aligned to the right.
    panel.classList.remove("right");
    panel.classList.toggle("right",
      panel.getBoundingClientRect().right > document.documentElement
        .clientWidth);
    onOpen();
  };
  button.addEventListener("click", () => show(panel.hidden));
  element.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !element.contains(relatedTarget)) show(false);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    show(false);
    button.focus();
  });
  const close = () => {
    if (panel.contains(document.activeElement)) button.focus();
    show(false);
  };
  return { element, say: (...nodes) => value.replaceChildren(...nodes), close };
}

/**
 * A popup with a filter and a list, a combobox for screen readers.
 * @param {string} name
 * @param {{choose: function(*), extra?: Node}} props `choose` gets the value.
 * @returns {Picker} With `element` and `update`.
 */
export function picker(name, props) {
  return new Picker(name, props);
}

class Picker {
  constructor(name, { choose, extra = null }) {
    this.choose = choose;
    this.items = [];
    this.chosen = null;
    this.active = null;
    this.stale = true;
    this.list = el("div", { class: "list", role: "listbox",
      id: `attention-list-${count += 1}`, "aria-label": name,
      on: { click: ({ target }) => {
        const option = target.closest(".option");
        if (option) this.pick(option);
      } } });
    this.filter = el("input", { type: "search", role: "combobox",
      placeholder: "Filter", "aria-label": `${name}: filter`,
      "aria-expanded": "true", "aria-autocomplete": "list",
      "aria-controls": this.list.id, autocomplete: "off", spellcheck: "false",
      on: { input: () => this.narrow(),
        keydown: (event) => this.move(event) } });
    this.box = popup(name, { onOpen: () => this.open(), children: [
      el("div", { class: "filters" }, this.filter, extra), this.list] });
    this.element = this.box.element;
  }

  /**
   * Draw the list only when it is opened, as there may be 1,000 runs.
   * @param {{value, text, show: function(): Node[]}[]} items The filter
   *     searches `text`.
   * @param {*} chosen The value of the chosen item.
   * @param {Node[]} [said] What the button shows, by default the chosen item.
   */
  update(items, chosen, said) {
    Object.assign(this, { items, chosen, stale: true });
    this.box.say(...(said ??
      items.find(({ value }) => value === chosen)?.show() ?? ["none"]));
    if (!this.list.parentNode.hidden) this.fill();
  }

  open() {
    if (this.stale) this.fill();
    this.filter.focus();
    this.filter.select();
    this.activate(this.list.querySelector("[aria-selected=true]") ??
      this.visible()[0]);
  }

  visible() {
    return [...this.list.children]
      .filter((option) => !option.hidden && option.id);
  }

  activate(option) {
    this.active?.classList.remove("active");
    this.active = option ?? null;
    this.active?.classList.add("active");
    this.active?.scrollIntoView({ block: "nearest" });
    const { active, filter } = this;
    if (active) filter.setAttribute("aria-activedescendant", active.id);
    else filter.removeAttribute("aria-activedescendant");
  }

  /** Hide the items that do not match the filter. */
  narrow() {
    const words = this.filter.value.toLowerCase().split(/\s+/);
    this.items.forEach(({ text }, i) => {
      const low = text.toLowerCase();
      this.list.children[i].hidden =
        !words.every((word) => low.includes(word));
    });
    const left = this.visible();
    this.list.lastChild.hidden = left.length > 0;
    // By its id, because the list may be redrawn while it is open.
    this.activate(left.find(({ id }) => id === this.active?.id) ?? left[0]);
  }

  fill() {
    this.stale = false;
    const options = this.items.map((item, i) => el("div", {
      id: `${this.list.id}-${i}`, role: "option", class: "option",
      "aria-selected": String(item.value === this.chosen) }, ...item.show()));
    this.list.replaceChildren(...options,
      el("p", { class: "muted", text: "No matches.", hidden: true,
        role: "option", "aria-disabled": "true" }));
    this.narrow();
  }

  pick(option) {
    this.box.close();
    this.choose(this.items[[...this.list.children].indexOf(option)].value);
  }

  move(event) {
    const left = this.visible();
    const at = left.indexOf(this.active);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10,
      PageUp: at - 10 }[event.key];
    if (to !== undefined) {
      this.activate(left[Math.max(0, Math.min(left.length - 1, to))]);
    } else if (event.key === "Enter" && this.active) this.pick(this.active);
    else return;
    event.preventDefault();
  }
}
