/** The page: state and data go down to the controls and the chosen view. */

import {
  caveat, dataPickers, emptyState, helpDialog, iconButton, message,
  noticeList, offered, sentencePicker, stepSlider, viewTabs,
} from "./controls.js";
import { el } from "./dom.js";
import { exportButtons, tableElement } from "./export.js";
import { headChooser } from "./heads.js";
import { addStyles, connect, copy } from "./host.js";
import { listenToKeys } from "./keys.js";
import { Reader } from "./reader.js";
import { headsOf } from "./selection.js";
import { clean } from "./state.js";
import { VIEWS, viewOf } from "./views.js";

const BUSY_PAUSE = 200;
const PREFETCH_PAUSE = 150;
const PANEL = "attention-view";

/**
 * Puts the page into the document.
 * @param {Object} source Where the data come from; see `source.js`.
 * @param {{host: boolean, ahead: Object}} [options] Whether TensorBoard is
 *     around the page, and what is being read already; see `ahead.js`.
 * @returns {Promise<void>} Ends once the first picture stands.
 */
export function start(source, { host = false, ahead = {} } = {}) {
  document.documentElement.lang ||= "en";
  document.title ||= "Attention for TensorBoard";
  // Asked for first: the answer is under way while the page is built.
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
    listenToKeys(this, VIEWS);
  }

  build() {
    const set = (changes) => this.set(changes);
    this.data = dataPickers(set);
    this.sentences = sentencePicker(set, (by) => this.moveSentence(by));
    this.slider = stepSlider((step) => this.set({ step }));
    this.heads = headChooser(set);
    this.tabs = viewTabs(VIEWS, (view) => set({ view }), PANEL);
    this.notices = noticeList();
    this.help = helpDialog();
    this.live = el("div", { class: "unseen", "aria-live": "polite" });
    this.hint = el("p", { class: "hint muted" });
    this.panel = el("div", { id: PANEL, class: "view", role: "tabpanel" });
    // The state opens it: its own event would come late, and undo a change.
    this.twin = el("details", { class: "table" },
      el("summary", { text: "Table of these numbers", on: {
        click: (event) => {
          event.preventDefault();
          set({ table: !this.state.table });
        } } }));
    this.copied = el("button", { type: "button", text: "Copy link",
      on: { click: () => this.copyLink() } });
    const exports = exportButtons(() => this.views.get(this.state.view),
      () => `attention-${this.state.view}-step-${this.scene?.step}`);
    // Without a scene there is nothing that these could choose from.
    this.choices = [this.sentences.element, this.heads.element];
    this.taken = [exports, this.twin];
    this.main = el("main", null, this.notices.element, this.hint, this.panel,
      el("div", { class: "after" }, this.twin, exports));
    this.root = el("div", { class: "attention" },
      el("h1", { class: "unseen", text: "Attention" }),
      el("header", null,
        el("div", { class: "bar" }, ...this.data.elements,
          this.sentences.element, el("span", { class: "space" }), this.copied,
          iconButton("?", "Keyboard help", () => this.help.showModal())),
        el("div", { class: "bar" }, this.slider.element, this.heads.element),
        this.tabs.element),
      this.main, el("footer", null, caveat()), this.live, this.help);
    this.root.hidden = true;
    document.body.append(this.root);
  }

  /** Looks for data again. */
  reload() {
    this.reader.series.clear();
    return this.load(this.source.tags());
  }

  async load(asked) {
    try {
      [this.tags] = await Promise.all([asked, this.styled]);
      await this.refresh();
    } catch (error) {
      await this.styled;
      this.fail(error);
    }
  }

  /** Changes some of the state: the link and the page follow. */
  set(changes) {
    const state = clean({ ...this.state, ...changes });
    this.host.write(state);
    return this.show(state);
  }

  show(state) {
    this.state = state;
    return this.refresh();
  }

  /** Brings everything in line with the state; the last call wins. */
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
    // One that has been overtaken would leave its mark for good.
    const busy = setTimeout(() => turn === this.turn && this.mark(true),
      BUSY_PAUSE);
    try {
      const notices = [];
      const scene = await this.reader.read(this, notices,
        () => turn === this.turn)
        .catch((error) => {
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
      for (const part of [...this.choices, ...this.taken]) part.hidden = false;
      this.sentences.update(this.state, scene.manifest.examples,
        scene.example);
      this.heads.update(this.state, scene.layers);
      await this.draw(view, turn, (text) => notices.push(text));
      // Once a picture, so that they do not come and go with each.
      tell();
    } catch (error) {
      if (turn === this.turn) this.fail(error);
    } finally {
      clearTimeout(busy);
      if (turn === this.turn) this.mark(false);
    }
  }

  mark(busy) {
    this.main.setAttribute("aria-busy", String(busy));
  }

  /** What views get; `warn` takes sentences on what they cannot show. */
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

  /** The chosen view, or why it cannot be shown; the page lives on. */
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
    for (const part of this.choices) part.hidden = !this.scene;
    for (const part of this.taken) part.hidden = true;
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

  /** Says where the reader has got to, when that has changed. */
  tell() {
    const { scene } = this;
    const label = headsOf(this.state, scene.layers)[0]?.label;
    const text = `layer ${label}, step ${scene.step}`;
    if (this.told && this.told !== text) this.announce(text);
    this.told = text;
  }

  announce(text) {
    this.live.textContent = text;
  }

  async copyLink() {
    // Not "the newest step" or "the first run": just what is seen now.
    const { run, tag, step, example } = this.scene ?? {};
    const seen = this.scene && { run, tag, step, example: example.id,
      ...this.views.get(this.state.view)?.seen?.() };
    const link = this.host.link(clean({ ...this.state, ...seen }));
    const copied = await copy(link);
    this.copied.textContent = copied ? "Copied" : "Copy link";
    this.announce(copied ? "Link copied" : "The link could not be copied");
    if (!copied) this.notices.update([`The link: ${link}`]);
    setTimeout(() => { this.copied.textContent = "Copy link"; }, 1500);
  }

  moveSentence(by) {
    const { manifest: { examples }, exampleIndex } = this.scene;
    const fit = new Set(offered(examples, this.state.correct));
    // On from the one that is shown, which need not be among those that fit.
    const order = [...examples.slice(exampleIndex + 1),
      ...examples.slice(0, exampleIndex)].filter((one) => fit.has(one));
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
