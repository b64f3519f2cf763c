/** From the selected heads to the maps to show. */

import assert from "node:assert/strict";
import test from "node:test";

import {
  headsOf, missingHeads, rolloutLayers, selected,
} from "../../../tensorboard_plugin_attention/static/data/selection.js";

const layers = [
  { name: "one", heads: 2, kind: "self", rows: "tokens" },
  { name: "across", heads: 2, kind: "cross", rows: "tokens" },
  { name: "two", heads: 2, kind: "self", rows: "tokens" },
  { name: "pooling", heads: 1, kind: "pool", rows: "pooled" },
];
const axes = {
  self: { rows: ["a", "b"], columns: ["a", "b"], kind: "self" },
  cross: { rows: ["a", "b"], columns: ["x", "y"], kind: "cross" },
  pool: { rows: ["(pooled)"], columns: ["a", "b"], kind: "pool" },
};
const scene = {
  layers,
  axes: (layer) => axes[layers[layer].kind],
  async weights(layer) {
    const { heads, kind } = layers[layer];
    const rows = kind === "pool" ? 1 : 2;
    const values = new Float32Array(heads * rows * 2).fill(0.5);
    values.set([1, 0], 0);
    return { heads, rows, columns: 2, values, masked: null };
  },
};

function of(heads, combine = "none") {
  return { scene, state: { heads, combine } };
}

test("only existing heads, and at least one", () => {
  const ids = (heads) => headsOf({ heads }, layers).map(({ id }) => id);
  assert.deepEqual(ids(["2.1", "9.0", "0.7", "x", "0.0", "2.1"]),
    ["2.1", "0.0"]);
  assert.deepEqual(ids(["9.9"]), ["0.0"]);
  assert.deepEqual(headsOf({ heads: ["0.0"] }, []), []);
  assert.equal(headsOf({ heads: ["3.0"] }, layers)[0].label,
    "pooling, hop 0");
});

test("missing heads are named", () => {
  const said = (heads) => missingHeads({ heads }, layers).join();
  assert.equal(said(["0.0", "2.1"]), "");
  assert.match(said(["9.9"]),
    /do not have head 9\.9 .* Showing one, head 0 instead\.$/);
  assert.match(said(["0.0", "9.0", "2.1", "9.1", "9.2", "9.3"]),
    
    /heads 9\.0, 9\.1, 9\.2 and 1 more .* Showing the other 2 heads\.$/);
});

test("one map per head, or one for all", async () => {
  const [a, b] = await selected(of(["0.0", "2.1"]));
  assert.deepEqual([a.label, b.label], ["one, head 0", "two, head 1"]);
  assert.notEqual(a.color, b.color);
  assert.deepEqual([...a.matrix.values], [1, 0, 0.5, 0.5]);
  const [mean] = await selected(of(["0.0", "2.1"], "mean"));
  assert.equal(mean.head, null);
  assert.deepEqual([...mean.matrix.values], [0.75, 0.25, 0.5, 0.5]);
  const [most] = await selected(of(["0.0", "2.1"], "max"));
  assert.deepEqual([...most.matrix.values], [1, 0.5, 0.5, 0.5]);
});

test("heads with different tokens cannot be combined",
  async () => {
    const context = of(["0.0", "1.0"]);
    await assert.rejects(selected(context),
      /one and across stand for different/);
    const both = await selected(context, scene, { mixed: true });
    assert.equal(both.length, 2);
    await assert.rejects(
      selected(of(["0.0", "1.0"], "mean"), scene, { mixed: true }));
  });

test("rollout uses self-attention up to the last selected layer", async () => {
  const heads = headsOf({ heads: ["3.0"] }, layers);
  assert.deepEqual(rolloutLayers(scene, heads), [0, 2]);
  const [rolled] = await selected(of(["3.0"], "rollout"));
  assert.equal(rolled.label, "rollout up to two");
  const [a, b] = rolled.matrix.values;
  assert.ok(Math.abs(a + b - 1) < 1e-6);
  const none = { ...scene, layers: [layers[1]], axes: () => axes.cross };
  await assert.rejects(selected({ ...of(["0.0"], "rollout"), scene: none }),
    /self-attention/);
  await assert.rejects(
    selected(of(["0.0"], "rollout"), scene, { stale: () => true }),
    { name: "AbortError" });
});

test("no rollout of a cut text that lost weight", async () => {
  const cut = { ...scene, example: { cut: { tokens: 9 } } };
  const context = { ...of(["0.0"], "rollout"), scene: cut };
  // A causal map loses nothing: its rows still sum to 1.
  assert.equal((await selected(context)).length, 1);
  const weights = async (layer) => {
    const map = await scene.weights(layer);
    return { ...map, values: map.values.map((weight) => weight / 2) };
  };
  await assert.rejects(selected({ ...context, scene: { ...cut, weights } }),
    /this text was truncated/);
});

test("a damaged layer affects only its own map", async () => {
  const said = [];
  const weights = async (layer) => {
    if (layer === 2) throw new Error("two is damaged.");
    return scene.weights(layer);
  };
  const context = (heads, combine) => ({ scene: { ...scene, weights },
    state: { heads, combine }, warn: (text) => said.push(text) });
  const [only, ...more] = await selected(context(["2.0", "0.0"], "none"));
  assert.deepEqual([only.label, more.length], ["one, head 0", 0]);
  assert.deepEqual(said, ["Not shown: two is damaged."]);
  const [mean] = await selected(context(["0.0", "2.0", "0.1"], "mean"));
  assert.deepEqual([mean.label, mean.id], ["mean of 2 of 3 heads", "0.0,0.1"]);
  await assert.rejects(selected(context(["2.0"], "none")), /two is damaged/);
});

test("a mean names the number of heads", async () => {
  const said = [];
  const weights = async (layer) => {
    const map = await scene.weights(layer);
    map.values.fill(NaN, 4);
    return map;
  };
  const [mean] = await selected({ scene: { ...scene, weights },
    state: { heads: ["0.0", "0.1"], combine: "mean" },
    warn: (text) => said.push(text) });
  assert.equal(mean.label, "mean of 1 of 2 heads");
  assert.match(said.join(), /not finite are ignored in the mean of 1 of 2/);
});
