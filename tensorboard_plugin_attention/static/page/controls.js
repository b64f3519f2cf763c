/** The page's controls: pickers of the data, tabs, help and notices. */

import { el } from "../draw/dom.js";
import { picker } from "./picker.js";
import { shorten, visible } from "../draw/tokens.js";

const KEYS = [
  ["[ ]", "previous, next step"],
  [", .", "previous, next head"],
  ["{ }", "previous, next text"],
  ["Space", "play or pause the steps"],
  ["1 – 7", "select a view"],
  ["t", "show or hide the table"],
  ["Arrows", "move within tabs, grids and maps"],
  ["Esc", "close a list or this help"],
  ["?", "show this help"],
];
const EXAMPLE = [
  'board = keras.callbacks.TensorBoard("logs")',
  "maps = keras_attn.tensorboard.AttentionMaps(" +
    'board, ["a text", "another text"])',
  "model.fit(x, y, callbacks=[board, maps])",
].join("\n");

/** A button that shows a symbol; `label` is its name. */
export function iconButton(text, label, click) {
  return el("button", { type: "button", class: "icon", text, title: label,
    "aria-label": label, on: { click } });
}

/** The pickers of run and tag: `{elements, update(tags, run, tag)}`. */
export function dataPickers(set) {
  let known = [];
  let shown = null;
  // The tag is kept if the new run has it.
  const run = picker("Run", { choose: (value) => set({ run: value,
    tag: known.some((one) => one.run === value && one.tag === shown)
      ? shown : null }) });
  const tag = picker("Tag", { choose: (value) => set({ tag: value }) });
  const item = (value) => {
    const text = visible(value);
    return { value, text, show: () => [el("bdi", { text, title: text })] };
  };
  return {
    elements: [run.element, tag.element],
    update(tags, chosenRun, chosenTag) {
      [known, shown] = [tags, chosenTag];
      const runs = [...new Set(tags.map((one) => one.run))];
      const own = tags.filter((one) => one.run === chosenRun);
      run.update(runs.map(item), chosenRun);
      tag.update(own.map((one) => item(one.tag)), chosenTag);
      tag.element.hidden = own.length < 2;
    },
  };
}

/** Whether an example's prediction is correct; null if this is unknown. */
export function isRight({ label, prediction }) {
  return label === null || prediction === null ? null : label === prediction;
}

/** The examples in the picker: all, or only those predicted (in)correctly. */
export function offered(examples, correct) {
  return correct === "all" ? examples : examples.filter((example) =>
    isRight(example) === (correct === "right"));
}

function textNodes(example) {
  const right = isRight(example);
  const sure = example.probabilities?.find(([name]) =>
    name === example.prediction)?.[1];
  const said = [
    example.label !== null && `label: ${visible(example.label)}`,
    example.prediction !== null &&
      `predicted: ${visible(example.prediction)}` +
      (sure === undefined ? "" : ` (${(100 * sure).toFixed(0)}%)`),
    example.cut?.tokens && `first ${example.tokens.length} of ` +
      `${example.cut.tokens} tokens`,
    example.error && "damaged",
  ].filter(Boolean).join(" · ");
  const text = visible(example.text);
  return [
    right === null ? "" : el("span", { class: right ? "good" : "bad",
      role: "img", "aria-label": right ? "correct" : "incorrect",
      text: right ? "✓" : "✗" }),
    el("bdi", { class: "excerpt", text: shorten(text, 300), title: text }),
    el("span", { class: "muted", text: said }),
  ];
}

/** The picker of texts: `{element, update(state, examples, chosen)}`. */
export function textPicker(set, move) {
  const correct = el("select", { "aria-label": "Which texts",
    on: { change: () => set({ correct: correct.value }) } },
  ...[["all", "all"], ["right", "predicted correctly"],
    ["wrong", "predicted incorrectly"]].map(([value, text]) =>
    el("option", { value, text })));
  const box = picker("Text", { extra: correct,
    choose: (value) => set({ example: value, token: null }) });
  const buttons = [iconButton("‹", "Previous text", () => move(-1)),
    iconButton("›", "Next text", () => move(1))];
  const element = el("div", { class: "texts" }, box.element, ...buttons);
  return {
    element,
    update(state, examples, chosen) {
      const list = offered(examples, state.correct);
      correct.value = state.correct;
      correct.hidden = examples.every((one) => isRight(one) === null);
      for (const button of buttons) button.disabled = !list.length;
      // A shown text stays, because a link may select it, but is not in the
      // list.
      const aside = list.includes(chosen) ? [] : [el("span", { class: "bad",
        text: `not in the list: predicted ${
          state.correct === "right" ? "incorrectly" : "correctly"}` })];
      box.update(list.map((example) => ({
        value: example.id,
        text: [example.text, example.label, example.prediction].join(" "),
        show: () => textNodes(example),
      })), chosen.id, [...aside, ...textNodes(chosen)]);
    },
  };
}

/**
 * The views' tabs.
 * @param {{id, title}[]} views
 * @param {function(string)} choose Gets the id.
 * @param {string} panel Id of the element that contains the view.
 * @returns {{element, update: function(string)}}
 */
export function viewTabs(views, choose, panel) {
  const tabs = views.map(({ id, title }, i) => el("button", { type: "button",
    role: "tab", id: `attention-tab-${id}`, "aria-controls": panel,
    title: `${title} (${i + 1})`, text: title, data: { view: id },
    on: { click: () => choose(id) } }));
  const element = el("div", { class: "tabs", role: "tablist",
    "aria-label": "Views" }, ...tabs);
  element.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0,
      End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = tabs.at(to % tabs.length);
    tab.focus();
    choose(tab.dataset.view);
  });
  return { element, update(chosen) {
    for (const tab of tabs) {
      const here = tab.dataset.view === chosen;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
    }
  } };
}

/** The list of keyboard shortcuts, a dialog to open with `showModal`. */
export function helpDialog() {
  const dialog = el("dialog",
    { class: "help", "aria-label": "Keyboard shortcuts" },
    el("h2", { text: "Keyboard shortcuts" }),
    el("dl", null, ...KEYS.flatMap(([keys, text]) => [
      el("dt", null, el("kbd", { text: keys })), el("dd", { text })])),
    el("form", { method: "dialog" }, el("button", { text: "Close" })));
  return dialog;
}

/**
 * Notices: `{element, update(texts, missing)}`. `missing` contains the notices
 * that the page shows something other than what was requested. They are
 * highlighted.
 */
export function noticeList() {
  const element = el("div", { class: "notices", role: "status" });
  let last = "";
  return { element, update(texts, missing = []) {
    const unique = [...new Set([...missing, ...texts])];
    if (unique.join("\n") === last) return;
    last = unique.join("\n");
    element.replaceChildren(...unique.map((text) =>
      el("p", { dir: "auto", text: shorten(visible(text), 600),
        class: missing.includes(text) && "missing" })));
  } };
}

/** A message in place of a view, with a button to try again. */
export function message(text, again = null) {
  return el("div", { class: "message", role: "alert" },
    el("p", { dir: "auto", text: shorten(visible(text), 1000) }),
    again && el("button", { type: "button", text: "Try again",
      on: { click: again } }));
}

/** The page for logs without attention, which explains how to log it. */
export function emptyState(again) {
  return el("div", { class: "empty" },
    el("h2", { text: "No attention in these logs yet" }),
    el("p", { text: "To log the attention maps of a few texts during " +
      "training, add these lines:" }),
    el("pre", { tabindex: "0", role: "region", "aria-label": "Example" },
      el("code", { text: EXAMPLE })),
    el("p", null, "New data appears when TensorBoard reloads. ",
      el("button", { type: "button", text: "Reload", on: { click: again } })));
}

/** The note below every view. */
export function caveat() {
  return el("p", { class: "caveat" },
    "Attention weights alone do not explain a model's decision. ",
    el("a", { href: "https://arxiv.org/abs/1902.10186", target: "_blank",
      rel: "noopener", text: "Why not?" }));
}
