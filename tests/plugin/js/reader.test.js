/** The reader returns what a state names, and notices about the rest. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { Reader } = await import(
  "../../../tensorboard_plugin_attention/static/data/reader.js");
const { clean } = await import(
  "../../../tensorboard_plugin_attention/static/page/state.js");

const MANIFEST = {
  examples: [{ id: "a", tokens: ["x"] }, { id: "b", tokens: ["y"] }],
  layers: [{ name: "one", heads: 2, kind: "self" }],
  stats: [[{}], [{}]],
  weights: new Map(),
  overviews: new Map(),
};
const TAGS = [{ run: "r", tag: "t" }, { run: "r", tag: "u" },
  { run: "s", tag: "t" }];

/** A source that counts what it is asked for. */
function sourceOf(steps = [{ step: 3 }, { step: 9 }]) {
  const asked = [];
  return {
    asked,
    cached: () => undefined,
    steps: async (run, tag) => {
      asked.push(`steps ${run} ${tag}`);
      if (!steps) throw new Error("offline");
      return { steps, limit: 50 };
    },
    manifest: async (run, tag, step) => {
      asked.push(`manifest ${step}`);
      return MANIFEST;
    },
  };
}

test("run and tag are those of the state, or the first", () => {
  const reader = new Reader(sourceOf());
  assert.deepEqual(reader.place(TAGS, clean({ run: "r", tag: "u" })),
    { run: "r", tag: "u", notices: [] });
  assert.deepEqual(reader.place(TAGS, clean()),
    { run: "r", tag: "t", notices: [] });
  const { run, tag, notices } = reader.place(TAGS,
    clean({ run: "gone", tag: "v" }));
  assert.deepEqual([run, tag], ["r", "t"]);
  assert.deepEqual(notices, [
    "Run gone is not in these logs. Showing run r instead.",
    "Tag v is not in run r. Showing tag t instead.",
  ]);
});

test("a step that is not kept is replaced by the nearest", async () => {
  const source = sourceOf();
  const reader = new Reader(source);
  const newest = await reader.steps("r", "t", clean());
  assert.deepEqual([newest.step, newest.limit, newest.notices], [9, 50, []]);
  const near = await reader.steps("r", "t", clean({ step: 4 }));
  assert.equal(near.step, 3);
  assert.deepEqual(near.notices,
    ["Step 4 is not available. Showing step 3 instead."]);
  assert.deepEqual(source.asked, ["steps r t"]);
  reader.clear();
  await reader.steps("r", "t", clean());
  assert.equal(source.asked.length, 2);
});

test("steps that could not be read are requested again", async () => {
  const source = sourceOf(null);
  const reader = new Reader(source);
  for (let i = 0; i < 2; i += 1) {
    await assert.rejects(reader.steps("r", "t", clean()), /offline/);
  }
  assert.equal(source.asked.length, 2);
  await assert.rejects(new Reader(sourceOf([])).steps("r", "t", clean()),
    /no steps yet/);
});

test("a scene has the text of the state", async () => {
  const reader = new Reader(sourceOf());
  const where = { run: "r", tag: "t", step: 3, steps: [{ step: 3 }] };
  const { scene, notices } = await reader.scene(where,
    clean({ example: "b" }), null);
  assert.deepEqual([scene.example.id, scene.step, notices], ["b", 3, []]);
  const again = await reader.scene(where, clean({ example: "b" }), scene);
  assert.equal(again.scene, scene);
  const lost = await reader.scene(where,
    clean({ example: "gone", heads: "0.0_0.7" }), scene);
  assert.equal(lost.scene.example.id, "a");
  assert.equal(lost.notices.length, 2);
  assert.match(lost.notices[0], /text in this link was not logged/);
  assert.match(lost.notices[1], /do not have head 0\.7/);
});

test("a scene is not used again after another was read", async () => {
  const reader = new Reader(sourceOf());
  const at = (step) => ({ run: "r", tag: "t", step, steps: [] });
  const steps = at(3);
  const { scene } = await reader.scene(steps, clean(), null);
  await reader.scene(at(9), clean(), scene);
  // Its signal is aborted, so it could not read anything more.
  const back = await reader.scene(steps, clean(), scene);
  assert.notEqual(back.scene, scene);
  assert.equal((await reader.scene(steps, clean(), back.scene)).scene,
    back.scene);
});

test("what is read for another step is aborted", async () => {
  const reader = new Reader(sourceOf());
  const at = (step) => ({ run: "r", tag: "t", step, steps: [] });
  await reader.scene(at(3), clean(), null);
  const { signal } = reader;
  await reader.scene(at(3), clean(), null);
  assert.equal(signal.aborted, false);
  await reader.scene(at(9), clean(), null);
  assert.equal(signal.aborted, true);
  assert.equal(reader.signal.aborted, false);
});
