/** Read the data of the first view while the page is still loading. */

import { addStyles, addressOf } from "./host.js";
import { chosenTag, nearest } from "../data/scene.js";
import { HttpSource } from "../data/source.js";
import { clean, fromHash } from "./state.js";
import { viewOf } from "./views.js";

/**
 * Start reading what the address selects.
 * @param {Promise<Response>} listed TensorBoard's response to `tags`.
 * @returns {{source: HttpSource, styled: Promise, tags: Promise, series: Map}}
 *     `styled` resolves with the style sheets; `series` will contain the steps
 *     of the tag. The maps are cached in the source.
 */
export function readAhead(listed) {
  const styled = addStyles();
  const source = new HttpSource();
  source.requestAhead("tags", {}, listed);
  const tags = source.tags();
  const series = new Map();
  const state = fromHash(addressOf(true).location.hash).state ?? clean();
  // The page repeats a failed request and reports the error.
  viewOf(state).load().catch(() => {});
  follow(state, source, tags, series).catch(() => {});
  return { source, styled, tags, series };
}

async function follow(state, source, tags, series) {
  const { run, tag } = chosenTag(await tags, state);
  const listed = source.steps(run, tag);
  series.set(JSON.stringify([run, tag]), listed);
  const { step } = nearest((await listed).steps, state.step);
  const small = state.view === "model";
  // The writer puts the overview of the first text right after item 0.
  if (small && state.example === null) {
    source.requestAhead("blob", { run, tag, step, item: 1 });
  }
  const manifest = await source.manifest(run, tag, step);
  const named = manifest.examples.findIndex(({ id }) => id === state.example);
  const example = Math.max(0, named);
  if (small) await source.overview(run, tag, step, example);
}
