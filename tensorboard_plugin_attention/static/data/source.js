/** Sources of data: TensorBoard over HTTP, or the HTML file itself. */

import { Cache } from "./cache.js";
import { readManifest, readOverview, readWeights } from "./format.js";

const MANIFEST_SHARE = 10;

const bytesOf = (maps) => maps.reduce((all, map) =>
  all + map.values.byteLength + (map.masked?.byteLength ?? 0), 0);

/** The base of both sources, which differ in `list`, `series` and `blob`. */
class Source {
  constructor() {
    this.cache = new Cache();
    this.written = new Map();
    this.used = new Set();
  }

  /** All tags, `[{run, tag, version}]`, sorted. */
  async tags() {
    const { compare } = new Intl.Collator("en", { numeric: true });
    return (await this.list()).sort((a, b) =>
      compare(a.run, b.run) || compare(a.tag, b.tag));
  }

  /** The kept steps, ascending: `{steps: [{step, wallTime}], limit}`. */
  async steps(run, tag) {
    const { steps, limit } = await this.series(run, tag);
    const known = (Array.isArray(steps) ? steps : [])
      .map((row) => (Array.isArray(row)
        ? { step: row[0], wallTime: row[1] } : row))
      .filter((row) => Number.isSafeInteger(row?.step))
      .sort((a, b) => a.step - b.step);
    for (const { step, wallTime } of known) {
      this.written.set(JSON.stringify([run, tag, step]), wallTime);
    }
    return { steps: known, limit: Number.isInteger(limit) ? limit : 0 };
  }

  /** The manifest of a step, checked; see `format.js`. */
  manifest(run, tag, step, signal) {
    return this.#read(run, tag, step, 0, signal, async (stream) => {
      const manifest = await readManifest(stream);
      const tokens = manifest.examples.reduce((all, { tokens: own }) =>
        all + own.length, 0);
      return [manifest, MANIFEST_SHARE * (1024 + 16 * tokens)];
    });
  }

  /** The manifest, if it is in the cache. */
  cached(run, tag, step) {
    return this.cache.peek(this.#key(run, tag, step, 0));
  }

  /** The overview of one text: a small Map for each layer. */
  async overview(run, tag, step, example, signal) {
    const manifest = await this.manifest(run, tag, step, signal);
    const chunk = manifest.overviews.get(placeOf(manifest, example));
    const what = "The overview of this text";
    if (!chunk) throw new Error(`${what} was not logged at step ${step}.`);
    if (chunk.error) throw new Error(`${what} is damaged: ${chunk.error}.`);
    return this.#read(run, tag, step, chunk.item, signal, async (stream) => {
      const maps = await readOverview(stream, chunk, what);
      return [maps, bytesOf(maps)];
    });
  }

  /** All weights of one layer for one text, a Map. */
  async weights(run, tag, step, example, layer, signal) {
    const manifest = await this.manifest(run, tag, step, signal);
    const place = placeOf(manifest, example);
    const chunk = manifest.weights.get(`${place}.${layer}`);
    const name = manifest.layers[layer]?.name ?? layer;
    const what = `The map of layer ${name}`;
    if (!chunk) {
      throw new Error(`${what} was not logged at step ${step}, because of ` +
        "the limit on bytes per step (max_bytes). The Model view shows an " +
        "overview.");
    }
    if (chunk.error) throw new Error(`${what} is damaged: ${chunk.error}.`);
    const shown = JSON.stringify([run, tag, step, place]);
    if (this.shown !== shown) this.used = new Set();
    this.shown = shown;
    this.used.add(layer);
    return this.#read(run, tag, step, chunk.item, signal, async (stream) => {
      const map = await readWeights(stream, chunk, what);
      return [map, bytesOf([map])];
    });
  }

  /**
   * Preload a step that may be shown next, with the data that the shown step
   * uses.
   * @returns {Promise<void>} Never fails.
   */
  async prefetch(run, tag, step, example, signal) {
    try {
      const layers = [...this.used];
      const manifest = await this.manifest(run, tag, step, signal);
      const place = placeOf(manifest, example);
      const chunks = [
        [manifest.overviews.get(place), readOverview],
        ...layers.map((layer) =>
          [manifest.weights.get(`${place}.${layer}`), readWeights]),
      ];
      await Promise.all(chunks.map(([chunk, read]) =>
        chunk && !chunk.error && this.#read(run, tag, step, chunk.item,
          signal, async (stream) => {
            const maps = await read(stream, chunk, "A map");
            return [maps, bytesOf([maps].flat())];
          })));
    } catch {
      // The error is reported once the step is shown.
    }
  }

  /** Forget everything. */
  clear() {
    this.cache.clear();
    this.used = new Set();
  }

  /** The key includes the time, as a step may be written again. */
  #key(run, tag, step, item) {
    const written = this.written.get(JSON.stringify([run, tag, step]));
    return JSON.stringify([run, tag, step, item, written]);
  }

  #read(run, tag, step, item, signal, read) {
    return this.cache.get(this.#key(run, tag, step, item), signal,
      async (shared) => read(await this.blob(run, tag, step, item, shared)));
  }
}

/** The index of an example given by index or by id. */
function placeOf(manifest, example) {
  return typeof example === "number"
    ? example
    : manifest.examples.findIndex(({ id }) => id === example);
}

/** TensorBoard's routes, relative to the page's base. */
export class HttpSource extends Source {
  /** @param {string} [base] URL of the routes, ending with a slash. */
  constructor(base = "./") {
    super();
    this.base = base;
    this.requests = new Map();
  }

  /**
   * Request data that will be read soon. The response is used once.
   * @param {Promise<Response>} [request] A request that was already sent.
   */
  requestAhead(route, query = {}, request = fetch(this.#url(route, query))) {
    // A failure is reported when the response is used.
    request.catch(() => {});
    this.requests.set(this.#url(route, query), request);
  }

  async list() {
    const { runs } = await this.#json("tags", {});
    return Object.entries(runs ?? {}).flatMap(([run, tags]) =>
      Object.entries(tags ?? {}).map(([tag, given]) =>
        ({ run, tag, version: given?.version ?? null })));
  }

  series(run, tag) {
    return this.#json("steps", { run, tag });
  }

  async blob(run, tag, step, item, signal) {
    return (await this.#get("blob", { run, tag, step, item }, signal)).body;
  }

  async #json(route, query) {
    const response = await this.#get(route, query);
    return response.json().catch(() => {
      throw new Error(`TensorBoard's response to ${route} is not JSON.`);
    });
  }

  #url(route, query) {
    const options = `${new URLSearchParams(query)}`;
    return `${this.base}${route}${options && "?"}${options}`;
  }

  async #get(route, query, signal) {
    const url = this.#url(route, query);
    const request = this.requests.get(url) ?? fetch(url, { signal });
    this.requests.delete(url);
    const response = await request.catch((error) => {
      if (error.name === "AbortError") throw error;
      throw new Error("TensorBoard is not responding. Is it still running?",
        { cause: error });
    });
    if (response.ok) return response;
    const said = (await response.text().catch(() => "")).slice(0, 300);
    throw new Error(`TensorBoard returned ${response.status}: ${said}`);
  }
}

/** Data inside the page: items in base64, keyed "run\ntag\nstep\nitem". */
export class EmbeddedSource extends Source {
  /** @param {{tags: Object[], steps: Object, blobs: Object}} data */
  constructor({ tags, steps, blobs }) {
    super();
    this.data = { tags, steps, blobs };
  }

  async list() {
    return this.data.tags.map(({ run, tag, version }) =>
      ({ run, tag, version: version ?? null }));
  }

  async series(run, tag) {
    return this.data.steps[`${run}\n${tag}`] ?? { steps: [], limit: 0 };
  }

  async blob(run, tag, step, item) {
    const text = this.data.blobs[[run, tag, step, item].join("\n")];
    if (text === undefined) {
      throw new Error("This file is incomplete: an item is missing.");
    }
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    return new Response(bytes).body;
  }
}
