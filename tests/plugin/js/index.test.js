import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import test from "node:test";

const STATIC = new URL(
  "../../../tensorboard_plugin_attention/static/",
  import.meta.url,
);
const read = (name) => readFileSync(new URL(`${name}.js`, STATIC), "utf8");

/** A module and all that it imports statically, without ".js". */
function closure(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, path] of read(name).matchAll(/\bfrom "(\.[^"]+)\.js"/g)) {
    closure(posix.join(posix.dirname(name), path), found);
  }
  return found;
}

function listed(name) {
  const [, list] = read("index").match(new RegExp(`${name} = \\[([^\\]]*)\\]`));
  return [...list.matchAll(/"([^"]+)"/g)].map(([, module]) => module);
}

test("exactly the modules that read the data are preloaded", () => {
  const needed = [...closure("page/preload")];
  assert.deepEqual(listed("DATA").toSorted(), needed.toSorted());
});

test("exactly the modules of the first picture are preloaded", () => {
  const needed = ["page/preload", "page/page", "views/model"]
    .flatMap((name) => [...closure(name)]);
  const all = [...listed("DATA"), ...listed("PAGE")];
  assert.deepEqual(all.toSorted(), [...new Set(needed)].toSorted());
});
