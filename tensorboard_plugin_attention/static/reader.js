/** From the state to the scene: which run, step and sentence, and its data. */

import { chosenTag, nearest, sceneOf } from "./scene.js";
import { missingHeads } from "./selection.js";

export class Reader {
  /**
   * @param {Object} source See `source.js`.
   * @param {Map<string, Promise>} [series] Steps that are being read already.
   */
  constructor(source, series = new Map()) {
    this.source = source;
    this.series = series;
    this.stop = new AbortController();
  }

  /** Ends what is being read for the scene. */
  get signal() {
    return this.stop.signal;
  }

  /**
   * The scene of the page's state, read where it has to be.
   * @param {Object} page Its controls follow as soon as something is known.
   * @param {string[]} notices Gets what the state names and nobody has.
   * @param {function(): boolean} wanted Whether it has not been overtaken.
   * @returns {Promise<Object|null>} null if overtaken.
   */
  async read(page, notices, wanted) {
    const { state, tags } = page;
    const { run, tag } = chosenTag(tags, state);
    if (state.run !== null && state.run !== run) {
      notices.push(`Run ${state.run} is not in these logs; run ${run} is ` +
        "shown instead.");
    }
    if (state.tag !== null && state.tag !== tag) {
      notices.push(`Tag ${state.tag} is not in run ${run}; tag ${tag} is ` +
        "shown instead.");
    }
    page.data.update(tags, run, tag);
    const { steps, limit } = await this.steps(run, tag);
    if (!wanted()) return null;
    if (!steps.length) throw new Error(`No step of ${tag} is kept yet.`);
    const { step } = nearest(steps, state.step);
    if (state.step !== null && step !== state.step) {
      notices.push(`Step ${state.step} is not kept; step ${step} is shown.`);
    }
    page.slider.update(steps, limit, step);
    this.moveTo(JSON.stringify([run, tag, step]));
    const { source, signal } = this;
    const manifest = source.cached(run, tag, step) ??
      await source.manifest(run, tag, step, signal);
    if (!wanted()) return null;
    const found = manifest.examples.findIndex(({ id }) =>
      id === state.example);
    if (state.example !== null && found < 0) {
      notices.push("The sentence of this link was not logged at this step.");
    }
    notices.push(...missingHeads(state, manifest.layers));
    const what = { run, tag, step, steps, manifest,
      exampleIndex: Math.max(0, found) };
    const same = page.scene && !page.failed && Object.keys(what)
      .every((name) => page.scene[name] === what[name]);
    return same ? page.scene : sceneOf(source, what, signal);
  }

  /** Steps and their limit, asked for once unless that failed. */
  steps(run, tag) {
    const key = JSON.stringify([run, tag]);
    if (!this.series.has(key)) {
      this.series.set(key, this.source.steps(run, tag));
    }
    return this.series.get(key).catch((error) => {
      this.series.delete(key);
      throw error;
    });
  }

  /** Ends what was being read elsewhere. */
  moveTo(place) {
    if (place === this.place) return;
    this.place = place;
    this.stop.abort();
    this.stop = new AbortController();
  }
}
