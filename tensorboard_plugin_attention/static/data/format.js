/**
 * Read event format v1 without trusting it: a log may be truncated, corrupt or
 * hostile. See `docs/plugin_http_api.md`. Errors are messages for the user.
 */

const VERSION = 1;
const MANIFEST_BYTES = 2 ** 24;
const MOST_WEIGHTS = 2 ** 25;
const MOST_ROWS = 2 ** 20;
const MOST_HEADS = 1024;
const OVERVIEW_SIDE = 32;
const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array,
  float32: Float32Array };
const KINDS = ["self", "cross", "pool"];
const AXES = ["tokens", "key_tokens", "positions", "pooled"];

const many = (count) => count.toLocaleString("en");
const whole = (value, least, most) =>
  Number.isInteger(value) && value >= least && value <= most;
const list = (value) => (Array.isArray(value) ? value : []);
const textOrNull = (value) =>
  (value === null || value === undefined ? null : String(value));
const size = (shape) => shape.reduce((all, length) => all * length, 1);

/**
 * Decompress a gzip member, but never more than `most` bytes.
 * @param {ReadableStream} stream Of compressed bytes.
 * @param {number} most The largest number of bytes.
 * @param {boolean} exact Whether the data must have exactly `most` bytes.
 * @param {string} what Its name in messages, such as "The manifest".
 * @returns {Promise<Uint8Array>}
 * @throws {Error} If it is truncated, corrupt, too long or too short.
 */
export async function inflate(stream, most, exact, what) {
  const reader = stream.pipeThrough(new DecompressionStream("gzip"))
    .getReader();
  const parts = [];
  let count = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      count += value.length;
      // The rest of a decompression bomb is not read.
      if (count > most) break;
      parts.push(value);
    }
  } catch (error) {
    if (error?.name === "AbortError") throw error;
    if (error?.message === "Failed to fetch") throw error;
    throw new Error(`${what} is damaged and cannot be decompressed. ` +
      "The log is truncated or corrupt.", { cause: error });
  }
  if (count > most) {
    reader.cancel().catch(() => {});
    throw new Error(`${what} is damaged: it has more than ${
      many(most)} bytes.`);
  }
  if (exact && count < most) {
    throw new Error(`${what} is damaged: it has ${many(count)} bytes ` +
      `instead of ${many(most)}.`);
  }
  const bytes = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Convert stored numbers to weights.
 * @param {Uint8Array} bytes Must start at the beginning of its buffer.
 * @param {"uint8"|"uint16"|"float32"} dtype
 * @param {number[]} shape [heads, rows, columns]
 * @returns {Object} A Map: 0 where masked, NaN where not finite.
 */
export function decode(bytes, dtype, [heads, rows, columns]) {
  const stored = new ARRAYS[dtype](bytes.buffer, bytes.byteOffset,
    heads * rows * columns);
  const values = new Float32Array(stored.length);
  const masked = new Uint8Array(stored.length);
  const last = { uint8: 255, uint16: 65535 }[dtype];
  let any = 0;
  for (let i = 0; i < stored.length; i += 1) {
    const q = stored[i];
    if (last ? q === 0 : q === -Infinity) {
      masked[i] = 1;
      any = 1;
    } else if (last) {
      const w = (q - 1) / (last - 2);
      values[i] = q === last ? NaN : last === 255 ? w * w : w;
    } else values[i] = Number.isFinite(q) ? q : NaN;
  }
  return { heads, rows, columns, values, masked: any ? masked : null };
}

/** One layer's item as a Map; see `inflate` and `decode`. */
export async function readWeights(stream, chunk, what) {
  const length = size(chunk.shape) * ARRAYS[chunk.dtype].BYTES_PER_ELEMENT;
  return decode(await inflate(stream, length, true, what), chunk.dtype,
    chunk.shape);
}

/** The overview: one small Map per layer. */
export async function readOverview(stream, { dtype, shapes }, what) {
  const width = ARRAYS[dtype].BYTES_PER_ELEMENT;
  const length = shapes.reduce((all, shape) => all + size(shape), 0) * width;
  const bytes = await inflate(stream, length, true, what);
  let at = 0;
  return shapes.map((shape) => {
    const part = bytes.slice(at, at += size(shape) * width);
    return decode(part, dtype, shape);
  });
}

/** Item 0 of an event; see `checked`. */
export async function readManifest(stream) {
  const bytes = await inflate(stream, MANIFEST_BYTES, false, "The manifest");
  let raw;
  try {
    raw = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Error("The manifest is damaged: it is not JSON.",
      { cause: error });
  }
  return checked(raw);
}

/**
 * Build a manifest with valid types and lengths. Unknown keys are dropped, and
 * invalid layers, examples and chunks get an `error`.
 * @param {Object} raw Any JSON value.
 * @returns {Object} As in the format, but with `overviews` (by example) and
 *     `weights` (by "example.layer") instead of `chunks`.
 * @throws {Error} If no part of it can be used.
 */
export function checked(raw) {
  const version = raw?.version;
  if (!whole(version, 1, Number.MAX_SAFE_INTEGER)) {
    throw new Error("The manifest is damaged: it has no version.");
  }
  if (version > VERSION) {
    throw new Error(`This event uses format version ${version}, but this ` +
      `version of keras_attn reads only version ${VERSION}. Update ` +
      "keras_attn.");
  }
  const layers = list(raw.layers).slice(0, 4096).map(layerOf);
  const examples = list(raw.examples).slice(0, 4096).map(exampleOf);
  distinct(examples);
  const notices = list(raw.notices).slice(0, 20).map(String);
  for (const { error } of [...layers, ...examples]) {
    if (error) notices.push(error);
  }
  if (!layers.length || !examples.length) {
    throw new Error("The manifest is damaged: it has no layers or no texts.");
  }
  const manifest = { version, producer: textOrNull(raw.producer),
    model: textOrNull(raw.model), layers, examples, notices,
    overviews: new Map(), weights: new Map() };
  for (const chunk of list(raw.chunks)) addChunk(manifest, chunk);
  manifest.stats = examples.map((_, e) => layers.map((layer, l) =>
    statisticsOf(raw.stats?.[e]?.[l], layer.heads)));
  return manifest;
}

function layerOf(raw, index) {
  const layer = {
    name: String(raw?.name ?? `layer ${index}`),
    heads: raw?.heads,
    kind: raw?.kind,
    rows: raw?.rows ?? (raw?.kind === "pool" ? "pooled" : "tokens"),
    columns: raw?.columns ??
      (raw?.kind === "cross" ? "key_tokens" : "tokens"),
  };
  const good = whole(layer.heads, 1, MOST_HEADS) &&
    KINDS.includes(layer.kind) && AXES.includes(layer.rows) &&
    AXES.slice(0, 3).includes(layer.columns);
  return good ? layer : {
    ...layer, heads: 0, kind: "self", rows: "tokens", columns: "tokens",
    error: `Layer ${layer.name} is damaged: its description is invalid.`,
  };
}

function exampleOf(raw, index) {
  const id = String(raw?.id ?? index);
  const text = String(raw?.text ?? "");
  const good = Array.isArray(raw?.tokens) && raw.tokens.length <= MOST_ROWS &&
    ((raw.key_tokens ?? null) === null || Array.isArray(raw.key_tokens));
  if (!good) {
    return { ...exampleOf({ id, text, tokens: [] }),
      error: `Text ${index} is damaged: it has no tokens.` };
  }
  const tokens = raw.tokens.map(String);
  const keys = raw.key_tokens?.map(String) ?? null;
  const place = (value, axis) => whole(value, 0, axis.length - 1);
  const pair = list(raw.pair);
  const special = list(raw.special).filter((i) => place(i, tokens));
  const paired = pair.length === 2 && place(pair[0], tokens) &&
    place(pair[1], keys ?? tokens);
  const probabilities = list(raw.probabilities)
    .filter((row) => Array.isArray(row) && Number.isFinite(row[1]))
    .map((row) => [String(row[0]), row[1]]);
  const cut = ["tokens", "key_tokens"].map((name) =>
    [name, whole(raw.cut?.[name], 1, 1e9) ? raw.cut[name] : null]);
  return {
    id, text: text || tokens.join(" "), tokens, key_tokens: keys,
    special: Array.isArray(raw.special) ? special : null,
    pair: paired ? pair : null,
    label: textOrNull(raw.label), prediction: textOrNull(raw.prediction),
    probabilities: probabilities.length ? probabilities : null,
    cut: cut.some(([, length]) => length) ? Object.fromEntries(cut) : null,
  };
}

function distinct(examples) {
  const seen = new Set();
  for (const example of examples) {
    const { id } = example;
    for (let n = 2; seen.has(example.id); n += 1) example.id = `${id}#${n}`;
    seen.add(example.id);
  }
}

function addChunk(manifest, raw) {
  const { layers, examples } = manifest;
  if (!whole(raw?.example, 0, examples.length - 1)) return;
  const example = examples[raw.example];
  const good = whole(raw.item, 1, 1e6) && Object.hasOwn(ARRAYS, raw.dtype);
  const chunk = { item: raw.item, dtype: raw.dtype };
  if (raw.kind === "overview") {
    chunk.shapes = list(raw.shapes);
    const fits = chunk.shapes.length === layers.length &&
      chunk.shapes.every((shape, l) => isShape(shape, layers[l].heads) &&
        shape[1] <= OVERVIEW_SIDE && shape[2] <= OVERVIEW_SIDE);
    if (!good || !fits) chunk.error = "its shapes do not match the layers";
    manifest.overviews.set(raw.example, chunk);
  } else if (raw.kind === "weights" &&
    whole(raw.layer, 0, layers.length - 1)) {
    const layer = layers[raw.layer];
    chunk.shape = raw.shape;
    if (!good || !isShape(raw.shape, layer.heads)) {
      chunk.error = "its shape is invalid";
    } else {
      chunk.error = misfit(raw.shape[1], layer.rows, example) ??
        misfit(raw.shape[2], layer.columns, example);
    }
    manifest.weights.set(`${raw.example}.${raw.layer}`, chunk);
  }
}

function isShape(shape, heads) {
  return Array.isArray(shape) && shape.length === 3 &&
    // The overview still contains the heads of a damaged layer.
    (heads ? shape[0] === heads : whole(shape[0], 0, MOST_HEADS)) &&
    whole(shape[1], 0, MOST_ROWS) && whole(shape[2], 0, MOST_ROWS) &&
    size(shape) <= MOST_WEIGHTS;
}

function misfit(length, axis, example) {
  const expected = { tokens: example.tokens.length, pooled: length,
    key_tokens: example.key_tokens?.length ?? 0, positions: length }[axis];
  return length === expected ? undefined
    : `it has ${many(length)} rows or columns for ${many(expected)} ${
      axis.replace("_", " ")}`;
}

function statisticsOf(raw, heads) {
  return Object.fromEntries(Object.entries(raw ?? {}).map(([name, values]) =>
    [name, Array.isArray(values) && values.length === heads
      ? values.map((value) => (Number.isFinite(value) ? value : null))
      : null]));
}
