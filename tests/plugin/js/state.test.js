/** Links store the whole state safely. Run with `node --test`. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { VIEWS } = await import(
  "../../../tensorboard_plugin_attention/static/page/views.js");
const { clean, fromHash, toHash } = await import(
  "../../../tensorboard_plugin_attention/static/page/state.js");

const FULL = {
  view: "compare", run: "a/b&c=d#e%", tag: "τ 💡 =&", step: -7,
  example: "id 3\n", heads: ["2.3", "0.1"], combine: "rollout", token: 4,
  direction: "to", strongest: 11, scale: "log", palette: "gray",
  sort: "entropy", descending: false, filter: "distance", least: 0.25,
  most: 12.5, statistic: "max", otherRun: "<b>", otherStep: 300,
  correct: "wrong", table: true,
};

test("a link restores every field", () => {
  const state = clean(FULL);
  assert.deepEqual({ ...state }, FULL);
  const { here, state: read } = fromHash(toHash("#attention", state));
  assert.equal(here, true);
  assert.deepEqual(read, state);
});

test("a link with the default state clears other values", () => {
  const old = toHash("#attention", clean(FULL));
  const link = toHash(old, clean());
  assert.deepEqual(fromHash(link).state, clean());
  assert.ok(!link.includes("p.attention.run"));
});

test("parts of other plugins in the hash are kept", () => {
  const link = toHash("#attention&p.other.x=1&tagFilter=a", clean(FULL));
  assert.ok(link.startsWith("#attention&p.other.x=1&tagFilter=a&"));
});

test("the hash of another tab has no state", () => {
  assert.deepEqual(fromHash("#scalars&p.attention.view=head").here, false);
  assert.deepEqual(fromHash("#attention"), { here: true, state: null });
  assert.deepEqual(fromHash(""), { here: true, state: null });
});

test("what is invalid becomes its default", () => {
  const plain = clean();
  const wrong = {
    view: "constructor", step: "1.5", heads: "x_-1.2_9999999.0", token: -1,
    combine: "__proto__", strongest: "0", scale: ["log", "x"], palette: {},
    sort: "toString", descending: "constructor", filter: "x", least: "NaN",
    most: "Infinity", statistic: null, correct: 3, table: "yes",
    run: "r".repeat(5000), otherStep: "1e300", unknown: 1,
  };
  assert.deepEqual(clean(wrong), plain);
  assert.deepEqual(clean({ step: "0x10" }).step, null);
  assert.deepEqual(clean({ step: "" }).step, null);
});

test("hostile links give a valid state", () => {
  const { state } = fromHash("#attention&p.attention.__proto__=x" +
    "&p.attention.run=%E0%A4%A&p.attention.&p.attention.view=%68ead&&=");
  assert.equal(state.view, "head");
  assert.equal(state.run, null);
  assert.equal({}.x, undefined);
  const lone = clean({ run: "a\ud800b" });
  assert.equal(fromHash(toHash("", lone)).state.run, "a\ufffdb");
});

test("heads are unique, limited, and at least one", () => {
  const many = Array.from({ length: 3000 }, (_, i) => `${i}.0`);
  assert.equal(clean({ heads: many }).heads.length, 1024);
  assert.deepEqual(clean({ heads: ["1.2", "1.2"] }).heads, ["1.2"]);
  assert.deepEqual(clean({ heads: [] }).heads, ["0.0"]);
});

test("a state cannot be changed", () => {
  const state = clean({ heads: ["1.2"] });
  assert.ok(Object.isFrozen(state) && Object.isFrozen(state.heads));
  assert.equal(VIEWS.length, 7);
});
