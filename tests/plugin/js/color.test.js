/** Scales, palettes and the colors of heads. */

import assert from "node:assert/strict";
import test from "node:test";

import {
  HEAD_COLORS, PALETTES, SCALES, colorOf, exact, headColor,
  headDash, mostOf, painter, scaled, ticksOf,
} from "../../../tensorboard_plugin_attention/static/draw/color.js";

function light([r, g, b]) {
  const [x, y, z] = [r, g, b].map((part) => {
    const s = part / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function contrast(a, b) {
  const [low, high] = [light(a), light(b)].sort((p, q) => p - q);
  return (high + 0.05) / (low + 0.05);
}

test("scales keep 0, 1 and the order", () => {
  for (const scale of SCALES) {
    assert.equal(scaled(0, scale), 0);
    assert.equal(scaled(1, scale), 1);
    let before = -1;
    for (const w of [-1, 0.0001, 0.001, 0.1, 0.5, 2]) {
      const now = scaled(w, scale);
      assert.ok(now >= before && now <= 1, `${scale} ${w}`);
      before = now;
    }
  }
  assert.equal(scaled(0.25, "sqrt"), 0.5);
  assert.ok(Math.abs(scaled(0.01, "log") - 0.5) < 1e-12);
});

test("palettes have matplotlib's ends and monotonic lightness", () => {
  assert.deepEqual(colorOf(0, "viridis"), [68, 1, 84]);
  assert.deepEqual(colorOf(1, "viridis"), [253, 231, 37]);
  for (const palette of PALETTES) {
    const lights = Array.from({ length: 33 }, (_, i) =>
      light(colorOf(i / 32, palette)));
    const up = palette === "gray" ? -1 : 1;
    for (let i = 1; i < 33; i += 1) {
      assert.ok(up * (lights[i] - lights[i - 1]) > 0, `${palette} ${i}`);
    }
  }
  assert.deepEqual(colorOf(-1, "magma"), colorOf(0, "magma"));
  assert.deepEqual(colorOf(2, "magma"), colorOf(1, "magma"));
});

test("differences: blue below, orange above, neutral at 0", () => {
  for (const dark of [false, true]) {
    const { color } = painter({ signed: true, dark }, [{ values: [0.5, 1] }]);
    const [r, , b] = color(-1);
    assert.ok(b > r);
    const [red, , blue] = color(1);
    assert.ok(red > blue);
    const middle = color(0);
    assert.ok(Math.max(...middle) - Math.min(...middle) < 16);
  }
});

test("32 heads are legible in both themes and distinct", () => {
  for (const hex of HEAD_COLORS) {
    const color = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    assert.ok(contrast(color, [255, 255, 255]) >= 3, `${hex} on white`);
    assert.ok(contrast(color, [31, 34, 39]) >= 3, `${hex} on dark`);
  }
  const looks = Array.from({ length: 32 }, (_, i) =>
    headColor(i) + headDash(i));
  assert.equal(new Set(looks).size, 32);
});

test("painter: transparent where masked, red where not finite", () => {
  const matrix = { values: Float32Array.of(0, 0.5, NaN, 0),
    masked: Uint8Array.of(0, 0, 0, 1) };
  const most = mostOf([matrix]);
  assert.equal(most, 0.5);
  const { paint, color } = painter({ palette: "viridis", scale: "linear" },
    [matrix]);
  const pixels = paint(matrix);
  assert.deepEqual([...pixels.slice(0, 4)], [68, 1, 84, 255]);
  assert.deepEqual([...pixels.slice(4, 8)], [253, 231, 37, 255]);
  assert.deepEqual([...pixels.slice(8, 12)], [209, 36, 47, 255]);
  assert.equal(pixels[15], 0);
  assert.deepEqual(color(0.5), [253, 231, 37]);
});

test("the range scale uses all colors", () => {
  const matrix = { values: Float32Array.of(0.5, 0.4999, 0, 0.5001),
    masked: Uint8Array.of(0, 0, 1, 0) };
  const colors = (scale, matrices = [matrix]) => {
    const { color } = painter({ palette: "viridis", scale }, matrices);
    return matrix.values.map((value) => color(value)[1]);
  };
  assert.deepEqual([...colors("range")], [144, 1, 1, 231]);
  assert.ok(Math.min(...colors("linear").filter((_, i) => i !== 2)) > 229);
  const flat = [{ values: Float32Array.of(0.25, 0.25) }];
  assert.deepEqual(painter({ scale: "range" }, flat).color(0.25),
    [253, 231, 37]);
});

test("ticks have enough digits to tell them apart", () => {
  assert.deepEqual(ticksOf([0, 0.25, 0.5]), ["0", "0.25", "0.5"]);
  assert.deepEqual(ticksOf([0.49999, 0.5, 0.50001]),
    ["0.49999", "0.5", "0.50001"]);
  assert.deepEqual(ticksOf([0, 0, 0]), ["0", "0", "0"]);
  assert.deepEqual(ticksOf([0.5, 0.5]), ["0.5", "0.5"]);
  assert.deepEqual(ticksOf([-0.5, 0, 0.5]), ["-0.5", "0", "0.5"]);
});

test("exact: four significant digits", () => {
  assert.equal(exact(0.123456), "0.1235");
  assert.equal(exact(0.00001234567), "1.235e-5");
  assert.equal(exact(0), "0");
  assert.equal(exact(NaN), "not finite");
});
