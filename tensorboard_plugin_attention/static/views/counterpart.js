/** The run and step to compare a text with: the same text in both. */

import { el } from "../draw/dom.js";
import { sceneOf } from "../data/scene.js";
import { visible } from "../draw/tokens.js";

// The number of runs to check in advance, each by its first and last step.
const MOST_RUNS = 100;
const AT_ONCE = 4;

/**
 * Create the pickers of run and step. Options without the text are disabled.
 * @returns {Counterpart} With `element` and `find`.
 */
export function createCounterpart() {
  return new Counterpart();
}

class Counterpart {
  constructor() {
    this.run = el("select", { on: { change: () =>
      this.set({ otherRun: this.run.value, otherStep: null }) } });
    this.step = el("select", { on: { change: () =>
      this.set({ otherStep: Number(this.step.value) }) } });
    this.element = el("div", { class: "maps-bar" },
      el("label", null, "Compare with run ", this.run),
      el("label", null, "Step ", this.step));
    this.checking = new AbortController();
  }

  /**
   * The scene to compare with.
   * @param {Object} context
   * @param {AbortSignal} signal
   * @returns {Promise<Object>}
   * @throws {Error} If there is none, with the reason.
   */
  async find(context, signal) {
    const { source, state, scene: { run: own, tag } } = context;
    const runs = (await source.tags()).filter((one) => one.tag === tag)
      .map((one) => one.run);
    const run = runs.includes(state.otherRun) ? state.otherRun : own;
    const { steps } = await source.steps(run, tag);
    const numbers = steps.map((one) => one.step);
    if (!numbers.length) {
      throw new Error(`Run ${run} has no steps with tag ${tag}.`);
    }
    const step = await stepOf(context, run, numbers, signal);
    signal.throwIfAborted();
    warnOf(context, "Run", state.otherRun, run);
    warnOf(context, "Step", state.otherStep, step);
    const place = { run, tag, step, steps };
    this.show(context, runs, numbers, place);
    const { why, ...what } = await sought(context, run, step, signal);
    if (!why) return sceneOf(source, { ...place, ...what }, signal);
    throw new Error(`Step ${step} of run ${
      visible(run)} cannot be compared: ${why}.`);
  }

  show(context, runs, numbers, place) {
    this.set = context.set;
    const { run, step } = this;
    const key = JSON.stringify([runs, numbers, place.run,
      context.scene.example.id]);
    if (key !== this.key) {
      this.key = key;
      this.checking.abort();
      this.checking = new AbortController();
      for (const [select, values] of [[run, runs], [step, numbers]]) {
        select.replaceChildren(...values.map((value) =>
          el("option", { value, text: visible(String(value)) })));
      }
      disable(context, [
        ...[...step.options].map((option) =>
          [option, place.run, Number(option.value)]),
        ...[...run.options].slice(0, MOST_RUNS).map((option) =>
          [option, option.value])], this.checking.signal);
    }
    run.value = place.run;
    step.value = place.step;
  }
}

/** The step in the state, or the first step that contains the text. */
async function stepOf(context, run, numbers, signal) {
  const { otherStep } = context.state;
  if (numbers.includes(otherStep)) return otherStep;
  for (const step of numbers) {
    const { why } = await sought(context, run, step, signal).catch(String);
    if (why === "") return step;
  }
  return numbers[0];
}

function warnOf({ warn }, name, wanted, shown) {
  if (wanted === null || wanted === shown) return;
  warn(`${name} ${wanted} is not available for comparison. Comparing with ${
    name.toLowerCase()} ${shown} instead.`);
}

/** Disable the options of steps and runs that do not contain the text. */
async function disable(context, jobs, signal) {
  const { source, scene } = context;
  const work = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const [option, run, only] = job;
      let why = "cannot be read";
      try {
        const steps = only === undefined
          ? (await source.steps(run, scene.tag)).steps : [{ step: only }];
        for (const { step } of new Set([steps[0], steps.at(-1)])) {
          ({ why } = await sought(context, run, step, signal));
          if (!why) break;
        }
      } catch {
        if (signal.aborted) return;
      }
      if (!why) continue;
      option.disabled = true;
      option.append(` (${why})`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** The same text at another step; `why` is "" if it was found. */
async function sought({ source, scene: { tag, example } }, run, step, signal) {
  const manifest = await source.manifest(run, tag, step, signal);
  const exampleIndex = manifest.examples.findIndex(({ id }) =>
    id === example.id);
  const found = manifest.examples[exampleIndex];
  const text = ({ tokens, key_tokens: keys }) => JSON.stringify([tokens, keys]);
  const why = !found ? "text not logged"
    : text(found) === text(example) ? "" : "different tokens";
  return { why, manifest, exampleIndex };
}
