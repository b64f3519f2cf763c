/** The page's arithmetic against NumPy results from `fixtures.py`. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import {
  difference, entropy, head, largest, mean, meanOf, pooled, rollout, strongest,
} from "../../../tensorboard_plugin_attention/static/data/math.js";

const fixtures = JSON.parse(
  readFileSync(new URL("./fixtures.json", import.meta.url), "utf8"),
);

function matrixOf(rows) {
  const values = Float32Array.from(rows.flat());
  const masked = Uint8Array.from(values, (value) => (value === 0 ? 1 : 0));
  return { rows: rows.length, columns: rows[0].length, values, masked };
}

function close(found, expected, what) {
  assert.equal(found.length, expected.length, what);
  expected.forEach((value, i) => {
    if (value === null) assert.ok(Number.isNaN(found[i]), `${what} ${i}`);
    else assert.ok(Math.abs(found[i] - value) < 2e-7, `${what} ${i}`);
  });
}

for (const one of fixtures.cases) {
  test(`${one.name}: entropy, mean and largest`, () => {
    const matrices = one.weights.map(matrixOf);
    matrices.forEach((matrix, h) => {
      close(entropy(matrix), one.entropy[h], "entropy");
    });
    close(mean(matrices).values, one.mean.flat(), "mean");
    close(largest(matrices).values, one.largest.flat(), "largest");
  });

  test(`${one.name}: strongest`, () => {
    one.weights.map(matrixOf).forEach((matrix, h) => {
      const { k, edges, shown, hidden } = one.strongest[h];
      const found = strongest(matrix, k);
      const cells = found.edges.map(({ row, column }) => [row, column]);
      assert.deepEqual(cells, edges.map(([row, column]) => [row, column]));
      close(found.edges.map(({ weight }) => weight),
        edges.map((edge) => edge[2]), "weight");
      close([found.shown, found.hidden], [shown, hidden], "shares");
    });
  });
}

test("rollout, difference and pooling", () => {
  const { layers, result } = fixtures.rollout;
  close(rollout(layers.map(matrixOf)).values, result.flat(), "rollout");
  const { a, b, result: change } = fixtures.difference;
  close(difference(matrixOf(a), matrixOf(b)).values, change.flat(), "a - b");
  const { weights, size, result: small } = fixtures.pooled;
  const found = pooled(matrixOf(weights), size);
  assert.deepEqual([found.rows, found.columns], [size, size]);
  close(found.values, small.flat(), "pooled");
});

test("one row, one column and a minimum weight", () => {
  const matrix = matrixOf([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]);
  const row = strongest(matrix, 2, { row: 1 });
  assert.deepEqual(row.edges.map(({ column }) => column), [2, 1]);
  close([row.shown], [0.9], "row");
  const column = strongest(matrix, 1, { column: 0 });
  assert.deepEqual(column.edges.map((edge) => edge.row), [0]);
  close([column.shown], [5 / 6], "column");
  const least = strongest(matrix, Infinity, { minimum: 0.25 });
  assert.equal(least.edges.length, 3);
});

test("values that are not finite are ignored", () => {
  const matrix = matrixOf([[NaN, 0.3, 0.2], [0.1, 0.2, 0.7]]);
  matrix.masked = null;
  assert.ok(Number.isNaN(entropy(matrix)[0]));
  const other = matrixOf([[0.5, 0.3, 0.2], [0.1, Infinity, 0.7]]);
  close(mean([matrix, other]).values.slice(0, 5), [0.5, 0.3, 0.2, 0.1, 0.2],
    "mean");
  close(largest([matrix, other]).values.slice(0, 1), [0.5], "largest");
  assert.ok(Number.isNaN(difference(matrix, other).values[0]));
  assert.equal(strongest(matrix, 9).edges.length, 5);
  assert.ok(Number.isNaN(meanOf([NaN, Infinity])));
  // As a manifest says it: null, which the global isFinite takes for 0.
  assert.equal(meanOf([null, 0.5, null]), 0.5);
  assert.ok(Number.isNaN(meanOf([null, null])));
  const square = matrixOf([[NaN, 0.5], [0.5, 0.5]]);
  close(rollout([square]).values, [2 / 3, 1 / 3, 0.25, 0.75], "rollout");
});

test("shapes: empty, one head of a map, and different ones", () => {
  const empty = { rows: 0, columns: 0, values: new Float32Array(0),
    masked: null };
  assert.equal(entropy(empty).length, 0);
  assert.equal(strongest(empty, 3).hidden, 0);
  assert.equal(pooled(empty, 32).values.length, 0);
  const map = { heads: 2, rows: 1, columns: 2, masked: null,
    values: Float32Array.of(1, 2, 3, 4) };
  assert.deepEqual([...head(map, 1).values], [3, 4]);
  const one = matrixOf([[1]]);
  assert.throws(() => mean([one, matrixOf([[1, 2]])]), /1 x 1 and 1 x 2/);
  assert.throws(() => rollout([matrixOf([[1, 2]])]), /1 x 2/);
});

test("a cell is masked if it is masked in all heads", () => {
  const [a, b] = [matrixOf([[0, 0, 1]]), matrixOf([[0, 0.5, 0.5]])];
  assert.deepEqual([...mean([a, b]).masked], [1, 0, 0]);
  assert.equal(mean([a, { ...b, masked: null }]).masked, null);
});
