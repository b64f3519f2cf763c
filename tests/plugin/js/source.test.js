/** Reading stored and damaged events. Run with `node --test`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const { Cache } = await import(
  "../../../tensorboard_plugin_attention/static/data/cache.js");
const { EmbeddedSource, HttpSource } = await import(
  "../../../tensorboard_plugin_attention/static/data/source.js");
const { checked, decode, inflate } = await import(
  "../../../tensorboard_plugin_attention/static/data/format.js");

const streamOf = (bytes) => new Response(bytes).body;
const bytesOf = (array) => new Uint8Array(array.buffer);

function manifest(changes = {}) {
  return {
    format: "attention", version: 1, model: null, future: { x: 1 },
    layers: [
      { name: "a", heads: 2, kind: "self", rows: "tokens",
        columns: "tokens" },
      { name: "b", heads: 1, kind: "pool", rows: "pooled",
        columns: "tokens" },
    ],
    examples: [{ id: "x", text: "the dog", tokens: ["the", "dog", 7],
      special: [0, 9], pair: [1, 5], label: "l", prediction: "p",
      probabilities: [["p", 0.5], ["q", "bad"]] }],
    chunks: [
      { item: 1, kind: "overview", example: 0, dtype: "uint8",
        shapes: [[2, 3, 3], [1, 1, 3]] },
      { item: 2, kind: "weights", example: 0, layer: 0, dtype: "uint16",
        shape: [2, 3, 3] },
      { item: 3, kind: "weights", example: 0, layer: 1, dtype: "float32",
        shape: [1, 1, 3] },
    ],
    stats: [[{ entropy: [0.5, null], max: [1] }, null]],
    notices: ["left out"],
    ...changes,
  };
}

function items(changes, replaced = {}) {
  const whole = [
    gzipSync(JSON.stringify(manifest(changes))),
    gzipSync(new Uint8Array(21).fill(254)),
    gzipSync(bytesOf(new Uint16Array(18).fill(65534))),
    gzipSync(bytesOf(new Float32Array([-Infinity, NaN, 0.25]))),
  ];
  return whole.map((item, i) => replaced[i] ?? item);
}

function embedded(stored) {
  const blobs = Object.fromEntries(stored.map((item, i) =>
    [`r\nt\n5\n${i}`, Buffer.from(item).toString("base64")]));
  return new EmbeddedSource({ tags: [{ run: "r", tag: "t", version: 1 }],
    steps: { "r\nt": { steps: [[5, 1.5, stored.length]], limit: 0 } },
    blobs });
}

test("an event is read from the file", async () => {
  const source = embedded(items());
  assert.deepEqual(await source.tags(), [{ run: "r", tag: "t", version: 1 }]);
  assert.deepEqual(await source.steps("r", "t"),
    { steps: [{ step: 5, wallTime: 1.5 }], limit: 0 });
  assert.equal(source.cached("r", "t", 5), undefined);
  const read = await source.manifest("r", "t", 5);
  assert.equal(source.cached("r", "t", 5), read);
  const [example] = read.examples;
  assert.deepEqual(example.tokens, ["the", "dog", "7"]);
  assert.deepEqual(example.special, [0]);
  assert.equal(example.pair, null);
  assert.deepEqual(example.probabilities, [["p", 0.5]]);
  assert.deepEqual(read.stats[0], [{ entropy: [0.5, null],
    max: null }, {}]);
  const [first, pool] = await source.overview("r", "t", 5, "x");
  assert.deepEqual([first.heads, pool.columns], [2, 3]);
  assert.equal(first.values[0], 1);
  const map = await source.weights("r", "t", 5, 0, 0);
  assert.equal(map.values.length, 18);
  assert.equal(map.masked, null);
  const exact = await source.weights("r", "t", 5, 0, 1);
  assert.deepEqual([...exact.values], [0, NaN, 0.25]);
  assert.deepEqual([...exact.masked], [1, 0, 0]);
});

test("each dtype is decoded", () => {
  const u8 = decode(new Uint8Array([0, 1, 128, 254, 255]), "uint8", [1, 1, 5]);
  assert.deepEqual([...u8.values], [0, 0, Math.fround((127 / 253) ** 2), 1,
    NaN]);
  assert.deepEqual([...u8.masked], [1, 0, 0, 0, 0]);
  const u16 = decode(bytesOf(new Uint16Array([0, 1, 32768, 65534, 65535])),
    "uint16", [1, 1, 5]);
  assert.deepEqual([...u16.values], [0, 0, Math.fround(32767 / 65533), 1,
    NaN]);
  const f32 = decode(bytesOf(new Float32Array([Infinity, 1.5])), "float32",
    [1, 2, 1]);
  assert.deepEqual([...f32.values], [NaN, 1.5]);
  assert.equal(f32.masked, null);
});

test("a decompression bomb is stopped", async () => {
  const bomb = gzipSync(new Uint8Array(50e6));
  const source = embedded(items({}, { 2: bomb }));
  await assert.rejects(source.weights("r", "t", 5, 0, 0),
    /map of layer a is damaged: it has more than 36 bytes/);
  // The rest keeps working.
  await source.weights("r", "t", 5, 0, 1);
  await assert.rejects(inflate(streamOf(bomb), 2 ** 24, false, "It"),
    /more than 16,777,216 bytes/);
});

test("truncated, corrupt and short items are damaged", async () => {
  const long = gzipSync(bytesOf(new Uint16Array(18).map((_, i) => i * 999)));
  for (const item of [long.subarray(0, 30), Buffer.from("no gzip"),
    Buffer.from([])]) {
    const source = embedded(items({}, { 2: item }));
    await assert.rejects(source.weights("r", "t", 5, 0, 0), /is damaged/);
  }
  const short = embedded(items({}, { 2: gzipSync(new Uint8Array(9)) }));
  await assert.rejects(short.weights("r", "t", 5, 0, 0),
    /damaged: it has 9 bytes instead of 36/);
  for (const item of [gzipSync("{"), gzipSync("null"), gzipSync("[]"),
    gzipSync('{"version":"1"}')]) {
    await assert.rejects(embedded([item]).manifest("r", "t", 5), /damaged/);
  }
  await assert.rejects(embedded([]).manifest("r", "t", 5),
    /an item is missing/);
});

test("a newer version asks for an update", () => {
  assert.throws(() => checked(manifest({ version: 3 })),
    /format version 3, .* Update keras_attn/);
});

test("a wrong shape affects only its own layer", async () => {
  const wrong = [[2, 4, 3], [3, 3, 3], [2, 3], "x", null, [2, -3, 3],
    [2, 3.5, 3], [2, 1e9, 1e9]];
  for (const shape of wrong) {
    const chunks = manifest().chunks;
    chunks[1].shape = shape;
    const source = embedded(items({ chunks }));
    await assert.rejects(source.weights("r", "t", 5, 0, 0), /is damaged/);
    await source.weights("r", "t", 5, 0, 1);
    await source.overview("r", "t", 5, 0);
  }
});

test("a pooling may have several rows", () => {
  const given = manifest();
  given.chunks[2].shape = [1, 2, 3];
  const { weights } = checked(given);
  assert.equal(weights.get("0.1").error, undefined);
  given.chunks[2].shape = [1, 2, 4];
  assert.match(checked(given).weights.get("0.1").error,
    /4 rows or columns for 3 tokens/);
});

test("the valid parts of hostile manifests are kept", () => {
  const odd = checked(manifest({
    layers: [{ name: "a", heads: 1e9, kind: "self" }, manifest().layers[1]],
    examples: [{ id: "x", tokens: "no" }, { id: "x", tokens: [null, {}] }],
    chunks: [null, 7,
      { kind: "weights", example: "__proto__", layer: 0, item: 1,
        dtype: "uint8", shape: [2, 3, 3] },
      { item: -1, kind: "overview", example: 1, dtype: "toString" }],
    stats: "none", notices: [{}],
  }));
  assert.match(odd.layers[0].error, /Layer a is damaged/);
  assert.match(odd.examples[0].error, /Text 0 is damaged/);
  assert.deepEqual(odd.examples.map(({ id }) => id), ["x", "x#2"]);
  assert.deepEqual(odd.examples[1].tokens, ["null", "[object Object]"]);
  assert.ok(odd.overviews.get(1).error);
  assert.equal(odd.notices.length, 3);
});

test("the cache drops the least recently used", async () => {
  const cache = new Cache(10);
  let loads = 0;
  const get = (key) => cache.get(key, undefined, async () => {
    loads += 1;
    return [key, 4];
  });
  await get("a");
  await get("b");
  await get("a");
  await get("c");
  assert.equal(loads, 3);
  assert.equal(cache.peek("b"), undefined);
  assert.equal(cache.peek("a"), "a");
  assert.equal(cache.bytes, 8);
});

test("requests are shared and aborted alone; failures are not kept",
  async () => {
  const cache = new Cache(10);
  const seen = [];
  const load = (signal) => new Promise((resolve, reject) => {
    seen.push(signal);
    signal.addEventListener("abort", () => reject(signal.reason));
    setTimeout(() => resolve(["v", 1]), 30);
  });
  const [one, two] = [new AbortController(), new AbortController()];
  const first = cache.get("k", one.signal, load);
  const second = cache.get("k", two.signal, load);
  await null;
  one.abort();
  await assert.rejects(first, { name: "AbortError" });
  assert.equal(await second, "v");
  assert.equal(seen.length, 1);

  const alone = new AbortController();
  const third = cache.get("other", alone.signal, load);
  await new Promise((done) => setTimeout(done, 1));
  alone.abort();
  await assert.rejects(third, { name: "AbortError" });
  assert.equal(seen[1].aborted, true);
  assert.equal(cache.peek("other"), undefined);
  assert.equal(await cache.get("other", undefined, load), "v");

  const bad = () => Promise.reject(new Error("no"));
  await assert.rejects(cache.get("bad", undefined, bad), /no/);
  assert.equal(await cache.get("bad", undefined, load), "v");
});

test("responses and errors of TensorBoard", async (context) => {
  const asked = [];
  const stored = items();
  context.mock.method(globalThis, "fetch", async (url) => {
    asked.push(url);
    const route = new URL(url, "http://h/");
    if (route.pathname === "/tags") {
      return Response.json({ runs: { "run 10": { t: { version: 1 } },
        "run 9": { "a&b": { version: null } } } });
    }
    if (route.pathname === "/steps") {
      return Response.json({ steps: [[9, 1, 4], ["x"], [5, 1, 4]],
        limit: 50 });
    }
    const item = stored[route.searchParams.get("item")];
    return item && route.searchParams.get("run") === "a&b"
      ? new Response(item)
      : new Response("no such blob", { status: 404 });
  });
  const source = new HttpSource();
  assert.deepEqual((await source.tags()).map(({ run }) => run),
    ["run 9", "run 10"]);
  const { steps } = await source.steps("a&b", "t");
  assert.deepEqual(steps.map(({ step }) => step), [5, 9]);
  await Promise.all([0, 1].map(() => source.manifest("a&b", "t", 5)));
  await source.weights("a&b", "t", 5, 0, 0);
  await source.prefetch("a&b", "t", 9, "x");
  assert.ok(source.cached("a&b", "t", 9));
  const blobs = asked.filter((url) => url.includes("blob"));
  assert.equal(blobs.length, new Set(blobs).size);
  assert.ok(blobs.every((url) => url.startsWith("./blob?run=a%26b&tag=t")));
  await assert.rejects(source.manifest("b", "t", 5),
    /TensorBoard returned 404: no such blob/);
});
