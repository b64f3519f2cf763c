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
    // A panel that would leave the page is aligned to the right.
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
 * @returns {{element, update: function(items, chosen)}} `items` are
 *     `{value, text, show: () => Node[]}`; the filter searches `text`.
 */
export function picker(name, { choose, extra = null }) {
  const list = el("div", { class: "list", role: "listbox",
    id: `attention-list-${count += 1}`, "aria-label": name });
  const filter = el("input", { type: "search", role: "combobox",
    placeholder: "Filter", "aria-label": `${name}: filter`,
    "aria-expanded": "true", "aria-autocomplete": "list",
    "aria-controls": list.id, autocomplete: "off", spellcheck: "false" });
  let items = [];
  let chosen = null;
  let active = null;
  let stale = true;
  const box = popup(name, { children: [el("div", { class: "filters" }, filter,
    extra), list], onOpen: () => {
    if (stale) fill();
    filter.focus();
    filter.select();
    activate(list.querySelector("[aria-selected=true]") ?? visible()[0]);
  } });

  const visible = () =>
    [...list.children].filter((option) => !option.hidden && option.id);
  const activate = (option) => {
    active?.classList.remove("active");
    active = option ?? null;
    active?.classList.add("active");
    active?.scrollIntoView({ block: "nearest" });
    if (active) filter.setAttribute("aria-activedescendant", active.id);
    else filter.removeAttribute("aria-activedescendant");
  };
  const narrow = () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    items.forEach(({ text }, i) => {
      const low = text.toLowerCase();
      list.children[i].hidden = !words.every((word) => low.includes(word));
    });
    const left = visible();
    list.lastChild.hidden = left.length > 0;
    // By its id, because the list may be redrawn while it is open.
    activate(left.find(({ id }) => id === active?.id) ?? left[0]);
  };
  const fill = () => {
    stale = false;
    const options = items.map((item, i) => el("div", {
      id: `${list.id}-${i}`, role: "option", class: "option",
      "aria-selected": String(item.value === chosen) }, ...item.show()));
    list.replaceChildren(...options,
      el("p", { class: "muted", text: "No matches.", hidden: true,
        role: "option", "aria-disabled": "true" }));
    narrow();
  };
  const pick = (option) => {
    box.close();
    choose(items[[...list.children].indexOf(option)].value);
  };
  filter.addEventListener("input", narrow);
  filter.addEventListener("keydown", (event) => {
    const left = visible();
    const at = left.indexOf(active);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10,
      PageUp: at - 10 }[event.key];
    if (to !== undefined) {
      activate(left[Math.max(0, Math.min(left.length - 1, to))]);
    } else if (event.key === "Enter" && active) pick(active);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", ({ target }) => {
    const option = target.closest(".option");
    if (option) pick(option);
  });
  return {
    element: box.element,
    /**
     * Draws the list only when it is opened, as there may be 1,000 runs.
     * `said` is what the button shows, by default the chosen item.
     */
    update(newItems, newChosen, said) {
      items = newItems;
      chosen = newChosen;
      stale = true;
      box.say(...(said ??
        items.find(({ value }) => value === chosen)?.show() ?? ["none"]));
      if (!list.parentNode.hidden) fill();
    },
  };
}
