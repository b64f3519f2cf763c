/** The run and step to compare a text with: the same text in both. */

import { el } from "../draw/dom.js";
import { sceneOf } from "../data/scene.js";
import { visible } from "../draw/tokens.js";

// Runs that are checked in advance, each by its first and last step.
const MOST_RUNS = 100;
const AT_ONCE = 4;

/**
 * Creates the pickers of run and step. Options without the text are disabled.
 * @returns {Object} `element`, and `find(context, signal)`, which returns a
 *     promise of the other scene, or of an Error if there is none.
 */
export function createCounterpart() {
  let set = null;
  const run = el("select", { on: { change: () =>
    set({ otherRun: run.value, otherStep: null }) } });
  const step = el("select", { on: { change: () =>
    set({ otherStep: Number(step.value) }) } });
  const element = el("div", { class: "maps-bar" },
    el("label", null, "Compare with run ", run),
    el("label", null, "Step ", step));
  let key = null;
  let looking = new AbortController();

  function show(context, runs, numbers, place) {
    ({ set } = context);
    const shown = JSON.stringify([runs, numbers, place.run,
      context.scene.example.id]);
    if (shown !== key) {
      key = shown;
      looking.abort();
      looking = new AbortController();
      for (const [select, values] of [[run, runs], [step, numbers]]) {
        select.replaceChildren(...values.map((value) =>
          el("option", { value, text: visible(String(value)) })));
      }
      look(context, [
        ...[...step.options].map((option) =>
          [option, place.run, Number(option.value)]),
        ...[...run.options].slice(0, MOST_RUNS).map((option) =>
          [option, option.value])], looking.signal);
    }
    run.value = place.run;
    step.value = place.step;
  }

  return {
    element,
    async find(context, signal) {
      const { source, state, scene: { run: own, tag } } = context;
      const runs = (await source.tags()).filter((one) => one.tag === tag)
        .map((one) => one.run);
      const other = runs.includes(state.otherRun) ? state.otherRun : own;
      const { steps } = await source.steps(other, tag);
      const numbers = steps.map((one) => one.step);
      if (!numbers.length) {
        throw new Error(`Run ${other} has no steps with tag ${tag}.`);
      }
      let chosen = numbers.find((one) => one === state.otherStep);
      for (const one of chosen === undefined ? numbers : []) {
        const { why } = await sought(context, other, one, signal).catch(String);
        if (why === "") {
          chosen = one;
          break;
        }
      }
      chosen ??= numbers[0];
      signal.throwIfAborted();
      const said = (name, asked, shown) => asked !== null && asked !== shown &&
        context.warn(`${name} ${asked} is not available for comparison. ` +
          `Comparing with ${name.toLowerCase()} ${shown} instead.`);
      said("Run", state.otherRun, other);
      said("Step", state.otherStep, chosen);
      const place = { run: other, tag, step: chosen, steps };
      show(context, runs, numbers, place);
      const { why, ...what } = await sought(context, other, chosen, signal);
      if (!why) return sceneOf(source, { ...place, ...what }, signal);
      throw new Error(`Step ${chosen} of run ${
        visible(other)} cannot be compared: ${why}.`);
    },
  };
}

/** Disables the options of steps and runs that do not contain the text. */
async function look(context, jobs, signal) {
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
