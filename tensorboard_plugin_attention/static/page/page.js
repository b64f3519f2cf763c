/** The page: it passes state and data to the controls and the chosen view. */

import {
  caveat, dataPickers, emptyState, helpDialog, iconButton, message,
  noticeList, offered, textPicker, viewTabs,
} from "./controls.js";
import { el } from "../draw/dom.js";
import { exportButtons, tableElement } from "../draw/export.js";
import { headChooser } from "./headchooser.js";
import { addStyles, connect, copy } from "./host.js";
import { listenToKeys } from "./keys.js";
import { Reader } from "../data/reader.js";
import { headsOf } from "../data/selection.js";
import { stepSlider } from "./slider.js";
import { clean } from "./state.js";
import { VIEWS, viewOf } from "./views.js";

const BUSY_PAUSE = 200;
const PREFETCH_PAUSE = 150;
const PANEL = "attention-view";

/**
 * Add the page to the document.
 * @param {Object} source Where the data comes from; see `source.js`.
 * @param {{host: boolean, ahead: Object}} [options] Whether the page is inside
 *     TensorBoard, and the requests already in progress; see `preload.js`.
 * @returns {Promise<void>} Resolves once the first view is drawn.
 */
export function start(source, { host = false, ahead = {} } = {}) {
  document.documentElement.lang ||= "en";
  document.title ||= "Attention for TensorBoard";
  // Requested first, so that the page is built while waiting.
  const tags = ahead.tags ?? source.tags();
  return new Page(source, host, ahead).load(tags);
}

class Page {
  constructor(source, hosted, ahead) {
    this.source = source;
    this.tags = [];
    this.reader = new Reader(source, ahead.series);
    this.views = new Map();
    this.scene = null;
    this.turn = 0;
    this.host = connect(hosted, {
      onState: (state) => this.show(state),
      onTheme: () => this.show(this.state),
      onReload: () => this.reload(),
    });
    this.state = this.host.state ?? clean();
    this.styled = ahead.styled ?? addStyles();
    this.build();
    listenToKeys({
      ready: () => !this.help.open && this.tags.length > 0,
      offer: (event, control) => this.offerKey(event, control),
      actions: () => this.actions(),
    });
  }

  build() {
    const set = (changes) => this.set(changes);
    this.data = dataPickers(set);
    this.texts = textPicker(set, (by) => this.moveText(by));
    this.slider = stepSlider((step) => this.set({ step }));
    this.heads = headChooser(set);
    this.tabs = viewTabs(VIEWS, (view) => set({ view }), PANEL);
    this.notices = noticeList();
    this.help = helpDialog();
    this.live = el("div", { class: "unseen", "aria-live": "polite" });
    this.hint = el("p", { class: "hint muted" });
    this.panel = el("div", { id: PANEL, class: "view", role: "tabpanel" });
    // Opened through the state: its own event fires late and would undo a
    // change.
    this.twin = el("details", { class: "table" },
      el("summary", { text: "Show as a table", on: {
        click: (event) => {
          event.preventDefault();
          set({ table: !this.state.table });
        } } }));
    this.copied = el("button", { type: "button", text: "Copy link",
      on: { click: () => this.copyLink() } });
    const exports = exportButtons(() => this.views.get(this.state.view),
      () => `attention-${this.state.view}-step-${this.scene?.step}`);
    // Hidden while there is no scene.
    this.pickers = [this.texts.element, this.heads.element];
    this.outputs = [exports, this.twin];
    this.main = el("main", null, this.notices.element, this.hint, this.panel,
      el("div", { class: "after" }, this.twin, exports));
    this.root = el("div", { class: "attention" },
      el("h1", { class: "unseen", text: "Attention" }),
      el("header", null,
        el("div", { class: "bar" }, ...this.data.elements,
          this.texts.element, el("span", { class: "space" }), this.copied,
          iconButton("?", "Keyboard shortcuts", () => this.help.showModal())),
        el("div", { class: "bar" }, this.slider.element, this.heads.element),
        this.tabs.element),
      this.main, el("footer", null, caveat()), this.live, this.help);
    this.root.hidden = true;
    document.body.append(this.root);
  }

  /** Read all data again. */
  reload() {
    this.reader.clear();
    return this.load(this.source.tags());
  }

  async load(tags) {
    try {
      [this.tags] = await Promise.all([tags, this.styled]);
      await this.refresh();
    } catch (error) {
      await this.styled;
      this.fail(error);
    }
  }

  /** Change parts of the state, and update the link and the page. */
  set(changes) {
    const state = clean({ ...this.state, ...changes });
    this.host.write(state);
    return this.show(state);
  }

  show(state) {
    this.state = state;
    return this.refresh();
  }

  /** Update the page to the state; the last call wins. */
  async refresh() {
    const turn = this.turn += 1;
    this.root.dataset.theme = this.host.theme();
    this.root.hidden = false;
    this.root.classList.toggle("bare", !this.tags.length);
    if (!this.tags.length) {
      this.panel.replaceChildren(emptyState(() => this.reload()));
      return;
    }
    const view = viewOf(this.state);
    this.tabs.update(view.id);
    this.panel.setAttribute("aria-labelledby", `attention-tab-${view.id}`);
    this.hint.textContent = view.hint ?? "";
    // A superseded refresh must not leave the page marked as busy.
    const busy = setTimeout(() => turn === this.turn && this.mark(true),
      BUSY_PAUSE);
    try {
      const notices = [];
      const scene = await this.read(turn, notices).catch((error) => {
        if (turn === this.turn) {
          this.scene = null;
          this.notices.update([], notices);
        }
        throw error;
      });
      if (!scene) return;
      const tell = () => turn === this.turn &&
        this.notices.update(scene.manifest.notices, notices);
      if (scene !== this.scene) tell();
      this.scene = scene;
      this.pickers.concat(this.outputs).forEach((part) => {
        part.hidden = false;
      });
      this.texts.update(this.state, scene.manifest.examples,
        scene.example);
      this.heads.update(this.state, scene.layers);
      await this.draw(view, turn, (text) => notices.push(text));
      // Once per drawing, so that notices do not flicker.
      tell();
    } catch (error) {
      if (turn === this.turn) this.fail(error);
    } finally {
      clearTimeout(busy);
      if (turn === this.turn) this.mark(false);
    }
  }

  /**
   * Read the scene that the state selects; the controls show what is known.
   * @param {number} turn Of `refresh`.
   * @param {string[]} notices Receives one notice per part of the state that
   *     does not exist.
   * @returns {Promise<Object|null>} null if a newer refresh has superseded it.
   */
  async read(turn, notices) {
    const { reader, state } = this;
    const place = reader.place(this.tags, state);
    notices.push(...place.notices);
    const { run, tag } = place;
    this.data.update(this.tags, run, tag);
    const series = await reader.steps(run, tag, state);
    if (turn !== this.turn) return null;
    notices.push(...series.notices);
    const { steps, limit, step } = series;
    this.slider.update(steps, limit, step);
    const found = await reader.scene({ run, tag, step, steps }, state,
      this.failed ? null : this.scene);
    if (turn !== this.turn) return null;
    notices.push(...found.notices);
    return found.scene;
  }

  mark(busy) {
    this.main.setAttribute("aria-busy", String(busy));
  }

  /**
   * What views receive; `warn` takes notices about data that they cannot show.
   */
  context(warn) {
    return {
      warn,
      state: this.state,
      set: (changes) => this.set(changes),
      source: this.source,
      theme: this.root.dataset.theme,
      announce: (text) => this.announce(text),
      scene: this.scene,
    };
  }

  /** Draw the chosen view. */
  async draw(view, turn, warn) {
    const { create } = await view.load();
    if (turn !== this.turn) return;
    if (!this.views.has(view.id)) this.views.set(view.id, create());
    const shown = this.views.get(view.id);
    if (this.panel.firstChild !== shown.element) {
      this.panel.replaceChildren(shown.element);
    }
    await shown.update(this.context(warn));
    if (turn !== this.turn) return;
    this.failed = false;
    performance.mark("attention:drawn");
    this.drawTable(shown);
    this.tell();
    setTimeout(() => turn === this.turn && this.prefetch(), PREFETCH_PAUSE);
  }

  drawTable(shown) {
    this.twin.open = this.state.table;
    const old = this.twin.querySelector(".table-body");
    old?.remove();
    if (!this.state.table) return;
    let body;
    try {
      body = tableElement(shown.table());
    } catch (error) {
      body = message(error.message);
    }
    this.twin.append(el("div", { class: "table-body", tabindex: "0",
      role: "region", "aria-label": "Table" }, body));
  }

  fail(error) {
    if (error.name === "AbortError") return;
    this.failed = true;
    this.root.hidden = false;
    this.root.dataset.theme = this.host.theme();
    this.slider.stop();
    for (const part of this.pickers) part.hidden = !this.scene;
    for (const part of this.outputs) part.hidden = true;
    this.panel.replaceChildren(message(error.message, () => this.reload()));
  }

  prefetch() {
    for (const view of VIEWS) view.load().catch(() => {});
    const { run, tag, steps, step, example } = this.scene;
    const at = steps.findIndex((one) => one.step === step);
    for (const near of [steps[at + 1], steps[at - 1]]) {
      if (!near) continue;
      this.source.prefetch(run, tag, near.step, example.id,
        this.reader.signal);
    }
  }

  /** Announce the head and the step to screen readers if they changed. */
  tell() {
    const { scene } = this;
    const label = headsOf(this.state, scene.layers)[0]?.label;
    const text = `Layer ${label}, step ${scene.step}`;
    if (this.told && this.told !== text) this.announce(text);
    this.told = text;
  }

  announce(text) {
    this.live.textContent = text;
  }

  async copyLink() {
    // The link names the step and the run shown now, not "the newest step".
    const { run, tag, step, example } = this.scene ?? {};
    const seen = this.scene && { run, tag, step, example: example.id,
      ...this.views.get(this.state.view)?.seen?.() };
    const link = this.host.link(clean({ ...this.state, ...seen }));
    const copied = await copy(link);
    this.copied.textContent = copied ? "Copied" : "Copy link";
    this.announce(copied ? "Link copied" : "The link could not be copied");
    if (!copied) this.notices.update([`Copy this link: ${link}`]);
    setTimeout(() => { this.copied.textContent = "Copy link"; }, 1500);
  }

  /** Offer a key to the shown view; return true if the view has handled it. */
  offerKey(event, control) {
    // With the focus on a control outside the view, keys belong to it.
    if (!this.scene || this.failed) return false;
    if (control && !this.panel.contains(control)) return false;
    const view = this.views.get(this.state.view);
    return Boolean(view?.onKey?.(event, this.context()));
  }

  /** The keyboard shortcuts that work now. */
  actions() {
    const always = {
      "?": () => this.help.showModal(),
      "[": () => this.slider.move(-1),
      "]": () => this.slider.move(1),
      " ": () => this.slider.toggle(),
      t: () => this.set({ table: !this.state.table }),
      ...Object.fromEntries(VIEWS.map(({ id }, i) =>
        [i + 1, () => this.set({ view: id })])),
    };
    return this.scene ? { ...always,
      ",": () => this.moveHead(-1),
      ".": () => this.moveHead(1),
      "{": () => this.moveText(-1),
      "}": () => this.moveText(1),
    } : always;
  }

  moveText(by) {
    const { manifest: { examples }, exampleIndex } = this.scene;
    const inList = new Set(offered(examples, this.state.correct));
    // Relative to the shown one, which may not be in the list.
    const order = [...examples.slice(exampleIndex + 1),
      ...examples.slice(0, exampleIndex)].filter((one) => inList.has(one));
    const to = order.at(by > 0 ? 0 : -1);
    return to && this.set({ example: to.id, token: null });
  }

  moveHead(by) {
    const all = this.scene.layers.flatMap((layer, l) =>
      Array.from({ length: layer.heads }, (_, h) => `${l}.${h}`));
    const [main, ...others] = headsOf(this.state, this.scene.layers)
      .map(({ id }) => id);
    const to = all[(all.indexOf(main) + by + all.length) % all.length];
    return this.set({ heads: [to, ...others.filter((id) => id !== to)] });
  }
}
