/** The share of the attention that the head view shows. */

import assert from "node:assert/strict";
import test from "node:test";

import { shareText, strongestLines } from
  "../../../tensorboard_plugin_attention/static/views/lines/edges.js";

const entry = (values, masked = null) => ({ matrix: { rows: 2, columns: 2,
  values: Float32Array.from(values), masked } });

test("the share includes the attention to cut tokens", () => {
  const whole = strongestLines([entry([0.75, 0.25, 0.5, 0.5])], 1, "from");
  assert.deepEqual([whole.percent, whole.lost], [62, 0]);
  const kept = [entry([0.25, 0, 0.125, 0.125])];
  const cut = strongestLines(kept, Infinity, "from", true);
  assert.deepEqual([cut.percent, cut.lost], [25, 75]);
  assert.match(shareText(cut, 2, true), /Showing 25% .*; 75% goes to truncated/);
  assert.equal(strongestLines(kept, Infinity, "to", true).percent, 25);
});

test("rows without keys are ignored", () => {
  const masked = Uint8Array.of(1, 1, 0, 0);
  const found = strongestLines([entry([0, 0, 0.25, 0.25], masked)], Infinity,
    "from", true);
  assert.deepEqual([found.percent, found.lost], [50, 50]);
});
