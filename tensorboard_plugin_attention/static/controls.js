/** The page's own controls: what to look at, when, and how to find out more. */

import { el } from "./dom.js";
import { picker } from "./picker.js";
import { shorten, visible } from "./tokens.js";

const PLAY_PAUSE = 600;
const KEYS = [
  ["[ ]", "previous, next step"],
  [", .", "previous, next head"],
  ["{ }", "previous, next sentence"],
  ["Space", "play the steps, or pause"],
  ["1 – 7", "choose a view"],
  ["t", "open or close the table"],
  ["Arrows", "move within tabs, grids and maps"],
  ["Esc", "close a list or this help"],
  ["?", "this help"],
];
const EXAMPLE = [
  'board = keras.callbacks.TensorBoard("logs")',
  "maps = keras_attn.tensorboard.AttentionMaps(" +
    'board, ["a sentence", "another one"])',
  "model.fit(x, y, callbacks=[board, maps])",
].join("\n");

/** A button with a sign; `label` is what it is called. */
export function iconButton(text, label, click) {
  return el("button", { type: "button", class: "icon", text, title: label,
    "aria-label": label, on: { click } });
}

/** The pickers of run and tag: `{elements, update(tags, run, tag)}`. */
export function dataPickers(set) {
  let known = [];
  let shown = null;
  // A tag that the run does not have was not asked for there.
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

/** Whether an example was predicted right; null where nobody can tell. */
export function isRight({ label, prediction }) {
  return label === null || prediction === null ? null : label === prediction;
}

/** The examples that the picker offers: all, the right or the wrong ones. */
export function offered(examples, correct) {
  return correct === "all" ? examples : examples.filter((example) =>
    isRight(example) === (correct === "right"));
}

function sentenceNodes(example) {
  const right = isRight(example);
  const sure = example.probabilities?.find(([name]) =>
    name === example.prediction)?.[1];
  const said = [
    example.label !== null && `label ${visible(example.label)}`,
    example.prediction !== null && `predicted ${visible(example.prediction)}` +
      (sure === undefined ? "" : ` ${(100 * sure).toFixed(0)} %`),
    example.cut?.tokens && `first ${example.tokens.length} of ` +
      `${example.cut.tokens} tokens`,
    example.error && "damaged",
  ].filter(Boolean).join(" · ");
  const text = visible(example.text);
  return [
    right === null ? "" : el("span", { class: right ? "good" : "bad",
      role: "img", "aria-label": right ? "right" : "wrong",
      text: right ? "✓" : "✗" }),
    el("bdi", { class: "sentence", text: shorten(text, 300), title: text }),
    el("span", { class: "muted", text: said }),
  ];
}

/** The picker of sentences: `{element, update(state, examples, chosen)}`. */
export function sentencePicker(set, move) {
  const correct = el("select", { "aria-label": "Which sentences",
    on: { change: () => set({ correct: correct.value }) } },
  ...["all", "right", "wrong"].map((value) =>
    el("option", { value, text: value })));
  const box = picker("Sentence", { extra: correct,
    choose: (value) => set({ example: value, token: null }) });
  const buttons = [iconButton("‹", "Previous sentence", () => move(-1)),
    iconButton("›", "Next sentence", () => move(1))];
  const element = el("div", { class: "sentences" }, box.element, ...buttons);
  return {
    element,
    update(state, examples, chosen) {
      const list = offered(examples, state.correct);
      correct.value = state.correct;
      correct.hidden = examples.every((one) => isRight(one) === null);
      for (const button of buttons) button.disabled = !list.length;
      // What is shown stays, as a link names it, but is no match in the list.
      const aside = list.includes(chosen) ? [] : [el("span", { class: "bad",
        text: `does not match “${state.correct}”` })];
      box.update(list.map((example) => ({
        value: example.id,
        text: [example.text, example.label, example.prediction].join(" "),
        show: () => sentenceNodes(example),
      })), chosen.id, [...aside, ...sentenceNodes(chosen)]);
    },
  };
}

/**
 * The slider of steps, with play.
 * @param {function(number|null): Promise} go Shows a step; ends when it is
 *     there. Null is the newest, now and later.
 * @returns {{element, update(steps, limit, step), move(by), toggle(), stop()}}
 */
export function stepSlider(go) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const range = el("input", { type: "range", min: 0, "aria-label": "Step" });
  const said = el("output", { class: "step" });
  const play = iconButton("▶", "Play the steps", () => toggle());
  let steps = [];
  let at = 0;
  let playing = 0;

  const show = (index) => {
    if (!steps.length) return undefined;
    at = Math.max(0, Math.min(steps.length - 1, index));
    return go(at === steps.length - 1 ? null : steps[at].step);
  };
  const mark = () => {
    play.textContent = playing ? "❚❚" : "▶";
    play.title = calm.matches
      ? "Play is off: your system asks for less motion"
      : playing ? "Pause" : "Play the steps";
    play.setAttribute("aria-label", play.title);
    play.disabled = calm.matches || steps.length < 2;
  };
  const stop = () => {
    playing = 0;
    mark();
  };
  const toggle = async () => {
    if (playing) return stop();
    if (calm.matches || steps.length < 2) return undefined;
    const run = playing = Math.random();
    mark();
    if (at === steps.length - 1) await show(0);
    while (playing === run && at < steps.length - 1) {
      await new Promise((done) => setTimeout(done, PLAY_PAUSE));
      // The last picture stays until the next one is ready.
      if (playing === run) await show(at + 1);
    }
    return playing === run ? stop() : undefined;
  };
  calm.addEventListener("change", stop);
  range.addEventListener("input", () => {
    stop();
    show(Number(range.value));
  });
  return {
    element: el("div", { class: "steps" }, play, range, said),
    stop,
    toggle,
    move(by) {
      stop();
      return show(at + by);
    },
    update(newSteps, limit, step) {
      steps = newSteps;
      at = steps.findIndex((one) => one.step === step);
      range.max = Math.max(0, steps.length - 1);
      range.disabled = steps.length < 2;
      range.value = at;
      range.setAttribute("aria-valuetext", `step ${step}`);
      const more = limit ? `; at most ${limit} are kept: ` +
        `--samples_per_plugin attention=${2 * limit} keeps more` : "";
      const kept = `kept step ${at + 1} of ${steps.length}`;
      const full = steps.length >= limit;
      said.replaceChildren(el("b", { text: `step ${step}` }),
        ` (${kept}${full ? more : ""})`);
      const time = new Date(1000 * steps[at]?.wallTime);
      said.title = `${kept}${more}` +
        (Number.isNaN(+time) ? "" : `\nwritten ${time.toLocaleString()}`);
      mark();
    },
  };
}

/**
 * The views' tabs.
 * @param {{id, title}[]} views
 * @param {function(string)} choose Gets the id.
 * @param {string} panel Id of the element that holds the view.
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

/** The list of keys: a dialog to open with `showModal`. */
export function helpDialog() {
  const dialog = el("dialog", { class: "help", "aria-label": "Keyboard" },
    el("h2", { text: "Keyboard" }),
    el("dl", null, ...KEYS.flatMap(([keys, text]) => [
      el("dt", null, el("kbd", { text: keys })), el("dd", { text })])),
    el("form", { method: "dialog" }, el("button", { text: "Close" })));
  return dialog;
}

/**
 * Sentences for the reader: `{element, update(texts, missing)}`; `missing`,
 * what is shown otherwise than was asked for, stands out.
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

/** What stands where a picture would: `text`, and a way to try again. */
export function message(text, again = null) {
  return el("div", { class: "message", role: "alert" },
    el("p", { dir: "auto", text: shorten(visible(text), 1000) }),
    again && el("button", { type: "button", text: "Try again",
      on: { click: again } }));
}

/** What a log without attention shows: the lines that would write some. */
export function emptyState(again) {
  return el("div", { class: "empty" },
    el("h2", { text: "No attention in these logs yet" }),
    el("p", { text: "Three lines log the maps of chosen sentences as a " +
      "model trains:" }),
    el("pre", { tabindex: "0", role: "region", "aria-label": "Example" },
      el("code", { text: EXAMPLE })),
    el("p", null, "TensorBoard's reload button looks again, and so does ",
      el("button", { type: "button", text: "Reload", on: { click: again } })));
}

/** The note that belongs under every picture of attention. */
export function caveat() {
  return el("p", { class: "caveat" },
    "Attention weights are not by themselves an explanation. ",
    el("a", { href: "https://arxiv.org/abs/1902.10186", target: "_blank",
      rel: "noopener", text: "Why not?" }));
}
