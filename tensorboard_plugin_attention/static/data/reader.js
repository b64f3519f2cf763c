/** Read what the state selects: run, tag, step and text, and their data. */

import { chosenTag, nearest, sceneOf } from "./scene.js";
import { missingHeads } from "./selection.js";

export class Reader {
  /**
   * @param {Object} source See `source.js`.
   * @param {Map<string, Promise>} [series] Steps that are already being read.
   */
  constructor(source, series = new Map()) {
    this.source = source;
    this.series = series;
    this.controller = new AbortController();
    this.signals = new WeakMap();
  }

  /** Abort reading once another step is shown. */
  get signal() {
    return this.controller.signal;
  }

  /**
   * The run and tag to show.
   * @param {Object[]} tags At least one.
   * @param {Object} state
   * @returns {{run: string, tag: string, notices: string[]}} `notices` list the
   *     parts of the state that do not exist.
   */
  place(tags, state) {
    const { run, tag } = chosenTag(tags, state);
    const notices = [];
    if (state.run !== null && state.run !== run) {
      notices.push(`Run ${state.run} is not in these logs. Showing run ${
        run} instead.`);
    }
    if (state.tag !== null && state.tag !== tag) {
      notices.push(`Tag ${state.tag} is not in run ${run}. Showing tag ${
        tag} instead.`);
    }
    return { run, tag, notices };
  }

  /**
   * The steps of a tag and the one to show.
   * @returns {Promise<{steps: Object[], limit: number, step: number,
   *     notices: string[]}>}
   */
  async steps(run, tag, state) {
    const { steps, limit } = await this.#listed(run, tag);
    if (!steps.length) throw new Error(`Tag ${tag} has no steps yet.`);
    const { step } = nearest(steps, state.step);
    const notices = state.step === null || step === state.step ? []
      : [`Step ${state.step} is not available. Showing step ${
        step} instead.`];
    return { steps, limit, step, notices };
  }

  /**
   * The scene of a step.
   * @param {{run, tag, step, steps}} where
   * @param {Object} state
   * @param {Object|null} last A scene that is returned if it still fits.
   * @returns {Promise<{scene: Object, notices: string[]}>}
   */
  async scene(where, state, last) {
    const { run, tag, step } = where;
    this.moveTo(JSON.stringify([run, tag, step]));
    const { source, signal } = this;
    const manifest = source.cached(run, tag, step) ??
      await source.manifest(run, tag, step, signal);
    const found = manifest.examples.findIndex(({ id }) =>
      id === state.example);
    const notices = missingHeads(state, manifest.layers);
    if (state.example !== null && found < 0) {
      notices.unshift("The text in this link was not logged at this step.");
    }
    const what = { ...where, manifest, exampleIndex: Math.max(0, found) };
    // A scene whose requests have been aborted cannot be used again.
    const same = last && this.signals.get(last) === signal &&
      Object.keys(what).every((name) => last[name] === what[name]);
    if (same) return { scene: last, notices };
    const scene = sceneOf(source, what, signal);
    this.signals.set(scene, signal);
    return { scene, notices };
  }

  /** Forget the lists of steps. */
  clear() {
    this.series.clear();
  }

  /** The steps and their limit, requested once unless that failed. */
  async #listed(run, tag) {
    const key = JSON.stringify([run, tag]);
    if (!this.series.has(key)) {
      this.series.set(key, this.source.steps(run, tag));
    }
    return this.series.get(key).catch((error) => {
      this.series.delete(key);
      throw error;
    });
  }

  /** Abort the requests for a scene that is no longer shown. */
  moveTo(place) {
    if (place === this.at) return;
    this.at = place;
    this.controller.abort();
    this.controller = new AbortController();
  }
}
