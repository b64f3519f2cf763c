import assert from "node:assert/strict";
import test from "node:test";

import {
  shorten,
  visible,
} from "../../../tensorboard_plugin_attention/static/draw/tokens.js";

test("ordinary tokens stay as they are", () => {
  for (const token of [
    "dog", "##ing", "Ġthe", "▁a", "<script>alert(1)</script>", '"&\'', "naïve",
    "e\u0301", "漢字", "שלום", "👩‍👩‍👧", "❤️", "می‌خواهم", "क्‍ष",
    "a b",
  ]) {
    assert.equal(visible(token), token);
  }
});

test("invisible characters are written out", () => {
  for (const [token, shown] of [
    ["\u202e", "U+202E"],
    ["ab\u2066c\u2069", "abU+2066cU+2069"],
    ["a\u200bb", "aU+200Bb"],
    ["a\u200db", "aU+200Db"],
    ["\u200d", "U+200D"],
    ["\u00ad", "U+00AD"],
    ["\ufeffx", "U+FEFFx"],
    ["\n", "U+000A"],
    ["a\r\n\tb", "aU+000DU+000AU+0009b"],
    ["\0", "U+0000"],
    ["\x7f\x9f", "U+007FU+009F"],
    ["\u2028", "U+2028"],
    ["\ud800", "U+D800"],
    ["x\udc00y", "xU+DC00y"],
    ["\uffff", "U+FFFF"],
    ["\u{e0041}", "U+E0041"],
    ["\u3164", "U+3164"],
  ]) {
    assert.equal(visible(token), shown);
  }
});

test("empty and blank tokens are named", () => {
  assert.equal(visible(""), "(empty)");
  assert.equal(visible(null), "(empty)");
  assert.equal(visible(undefined), "(empty)");
  assert.equal(visible("  "), '"  "');
  assert.equal(visible("\u00a0"), '"\u00a0"');
  assert.equal(visible(7), "7");
});

test("combining marks are limited and separated from neighbours", () => {
  const heap = visible(`a${"\u0301".repeat(500)}b`);
  assert.equal(heap, `a${"\u0301".repeat(4)}…b`);
  assert.equal(visible("\u0301"), "◌\u0301");
});

test("visible is idempotent", () => {
  for (const token of ["", "  ", "\u0301".repeat(9), "\u202ea", "\ud800"]) {
    assert.equal(visible(visible(token)), visible(token));
  }
});

test("long tokens are fast", () => {
  const before = performance.now();
  for (const part of ["x", "\u202e", "\u0301", "\u200d", "漢", "👩‍"]) {
    assert.ok(shorten(visible(part.repeat(10000)), 20).length <= 40);
  }
  assert.ok(performance.now() - before < 1000);
});

test("shorten counts code points", () => {
  assert.equal(shorten("short", 5), "short");
  assert.equal(shorten("longer", 5), "long…");
  assert.equal(shorten("😀😀😀", 3), "😀😀😀");
  assert.equal(shorten("😀😀😀😀", 3), "😀😀…");
  assert.equal(shorten("ab", 1), "…");
  assert.equal(shorten("", 3), "");
});
