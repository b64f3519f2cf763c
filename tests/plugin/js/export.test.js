import assert from "node:assert/strict";
import test from "node:test";

import {
  safeName,
  toCsv,
} from "../../../tensorboard_plugin_attention/static/draw/export.js";

const csv = (...rows) => toCsv({ caption: "c", columns: ["a", "b"], rows });

test("rows and the header end in CRLF", () => {
  assert.equal(csv(["x", 1], ["y", -0.5]), "a,b\r\nx,1\r\ny,-0.5\r\n");
  assert.equal(csv(), "a,b\r\n");
});

test("quotes, commas and line ends are quoted", () => {
  assert.equal(
    csv(['say "hi"', "a,b"], ["two\r\nlines", " x "]),
    'a,b\r\n"say ""hi""","a,b"\r\n"two\r\nlines"," x "\r\n',
  );
});

test("formulas become text", () => {
  for (const start of ["=", "+", "-", "@", "＝"]) {
    assert.equal(csv([`${start}A1`, 0]), `a,b\r\n'${start}A1,0\r\n`);
  }
  for (const start of ["\t", "\r"]) {
    assert.ok(csv([`${start}=1`, 0]).includes(`'${start}=1`));
  }
  assert.ok(csv(['=HYPERLINK("http://x")', 0]).includes('"\'=HYPERLINK('));
});

test("missing and not finite cells", () => {
  assert.equal(csv([null, undefined], ["", NaN]), "a,b\r\n,\r\n,NaN\r\n");
});

test("file names contain only safe characters", () => {
  for (const [name, file] of [
    ["run-1_head.0", "run-1_head.0.csv"],
    ["train/attention step 3", "train-attention-step-3.csv"],
    ["../../etc/passwd", "etc-passwd.csv"],
    ["a\\b:c*?<>|\0\u202e", "a-b-c.csv"],
    ["Übung", "Ubung.csv"],
    ["漢字", "attention.csv"],
    ["", "attention.csv"],
    ["...", "attention.csv"],
    [".hidden", "hidden.csv"],
    ["nul", "attention-nul.csv"],
    ["con.x", "attention-con.x.csv"],
  ]) {
    assert.equal(safeName(name, "csv"), file);
  }
  const long = safeName("x".repeat(1000), "svg");
  assert.ok(long.length <= 120 && /^[\w.-]+$/.test(long));
});
