/** The slider that selects a step and can play the steps. */

import { el } from "../draw/dom.js";
import { iconButton } from "./controls.js";

const PLAY_PAUSE = 600;

/**
 * Create the slider.
 * @param {function(number|null): Promise} go Shows a step and resolves once it
 *     is shown. Null means the newest step, now and later.
 * @returns {StepSlider} With `element`, `update`, `move`, `toggle` and `stop`.
 */
export function stepSlider(go) {
  return new StepSlider(go);
}

class StepSlider {
  constructor(go) {
    this.go = go;
    this.steps = [];
    this.at = 0;
    this.playing = 0;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.range = el("input", { type: "range", min: 0, "aria-label": "Step",
      on: { input: () => {
        this.stop();
        this.show(Number(this.range.value));
      } } });
    this.output = el("output", { class: "step" });
    this.play = iconButton("▶", "Play the steps", () => this.toggle());
    this.element = el("div", { class: "steps" }, this.play, this.range,
      this.output);
    this.calm.addEventListener("change", () => this.stop());
  }

  /** Show the kept `steps`, of which at most `limit` are kept, at `step`. */
  update(steps, limit, step) {
    this.steps = steps;
    this.at = steps.findIndex((one) => one.step === step);
    const { range, output, at } = this;
    range.max = Math.max(0, steps.length - 1);
    range.disabled = steps.length < 2;
    range.value = at;
    range.setAttribute("aria-valuetext", `step ${step}`);
    const more = limit ? `; TensorBoard keeps at most ${limit}, use ` +
      `--samples_per_plugin attention=${2 * limit} to keep more` : "";
    const position = `${at + 1} of ${steps.length}`;
    const full = steps.length >= limit;
    output.replaceChildren(el("b", { text: `step ${step}` }),
      ` (${position}${full ? more : ""})`);
    const time = new Date(1000 * steps[at]?.wallTime);
    output.title = `${position}${more}` +
      (Number.isNaN(+time) ? "" : `\nwritten ${time.toLocaleString()}`);
    this.mark();
  }

  /** Move by a number of steps. */
  move(by) {
    this.stop();
    return this.show(this.at + by);
  }

  /** Play the steps up to the last one, or pause. */
  async toggle() {
    if (this.playing) return this.stop();
    if (this.calm.matches || this.steps.length < 2) return undefined;
    const run = this.playing = Math.random();
    this.mark();
    if (this.at === this.steps.length - 1) await this.show(0);
    while (this.playing === run && this.at < this.steps.length - 1) {
      await new Promise((done) => setTimeout(done, PLAY_PAUSE));
      // The current view stays until the next one is ready.
      if (this.playing === run) await this.show(this.at + 1);
    }
    return this.playing === run ? this.stop() : undefined;
  }

  stop() {
    this.playing = 0;
    this.mark();
  }

  show(index) {
    const { steps } = this;
    if (!steps.length) return undefined;
    this.at = Math.max(0, Math.min(steps.length - 1, index));
    return this.go(this.at === steps.length - 1 ? null : steps[this.at].step);
  }

  mark() {
    const { play, playing, calm } = this;
    play.textContent = playing ? "❚❚" : "▶";
    play.title = calm.matches
      ? "Playback is off because your system is set to reduce motion"
      : playing ? "Pause" : "Play the steps";
    play.setAttribute("aria-label", play.title);
    play.disabled = calm.matches || this.steps.length < 2;
  }
}
