/** The state of the page, and how links store it. */

import { STATISTICS } from "../data/math.js";
import { VIEWS } from "./views.js";

const PREFIX = "p.attention.";
const TAB = "attention";
const MOST_HEADS = 1024;
const STATISTIC = STATISTICS.map((statistic) => statistic.name);

const text = (fallback = null) => ({
  fallback,
  read: (value) => (value.length <= 4096 ? value : undefined),
});
const oneOf = (...names) => ({
  fallback: names[0],
  read: (value) => (names.includes(value) ? value : undefined),
});
const flag = (fallback) => ({
  fallback,
  read: (value) =>
    (value === "true" || value === "false" ? value === "true" : undefined),
});
const number = (fallback, least, most, whole = false) => ({
  fallback,
  read: (value) => {
    const given = /^-?[\d.]+(e[-+]?\d+)?$/i.test(value) ? Number(value) : NaN;
    const good = given >= least && given <= most;
    return good && (!whole || Number.isInteger(given)) ? given : undefined;
  },
});
const heads = {
  fallback: Object.freeze(["0.0"]),
  read: (value) => {
    const named = value.split(/[_,]/).filter((id) => /^\d{1,4}\.\d{1,4}$/
      .test(id));
    const unique = [...new Set(named)].slice(0, MOST_HEADS);
    return unique.length ? Object.freeze(unique) : undefined;
  },
};

const FIELDS = {
  view: oneOf(...VIEWS.map(({ id }) => id)),
  run: text(),
  tag: text(),
  step: number(null, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, true),
  example: text(),
  heads,
  combine: oneOf("none", "mean", "max", "rollout"),
  token: number(null, 0, 1e6, true),
  direction: oneOf("from", "to"),
  strongest: number(5, 1, 1000, true),
  scale: oneOf("linear", "sqrt", "log", "range"),
  palette: oneOf("viridis", "cividis", "magma", "gray"),
  sort: oneOf("layer", ...STATISTIC),
  descending: flag(true),
  filter: { ...oneOf(...STATISTIC), fallback: null },
  least: number(0, -1e9, 1e9),
  most: number(1, -1e9, 1e9),
  statistic: oneOf(...STATISTIC),
  otherRun: text(),
  otherStep: number(null, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER,
    true),
  correct: oneOf("all", "right", "wrong"),
  table: flag(false),
};

/**
 * Return a valid state, with defaults for missing, invalid and unknown values.
 * @param {Object} [raw] Values as in a state, or their text as in a link.
 * @returns {Object} Frozen, with every field.
 */
export function clean(raw = {}) {
  const state = {};
  for (const [name, { fallback, read }] of Object.entries(FIELDS)) {
    const value = Object.hasOwn(raw, name) ? raw[name] : null;
    const given = Array.isArray(value) ? value.join("_") : value;
    const kind = typeof given;
    const known = kind === "string" || kind === "number" || kind === "boolean";
    state[name] = (known ? read(String(given)) : undefined) ?? fallback;
  }
  return Object.freeze(state);
}

/**
 * The state in a link.
 * @param {string} hash Such as "#attention&p.attention.view=head".
 * @returns {{here: boolean, state: Object|null}} `here` is false if the hash
 *     belongs to another tab; `state` is null if the hash contains no state.
 */
export function fromHash(hash) {
  const parts = hash.replace(/^#/, "").split("&");
  const tab = parts.find((part) => part && !part.includes("="));
  const raw = Object.create(null);
  for (const part of parts) {
    if (!part.startsWith(PREFIX)) continue;
    const at = part.indexOf("=");
    if (at < 0) continue;
    try {
      raw[part.slice(PREFIX.length, at)] = decodeURIComponent(
        part.slice(at + 1),
      );
    } catch {
      // An invalid encoding is ignored.
    }
  }
  const any = Object.keys(raw).length > 0;
  return { here: !tab || tab === TAB, state: any ? clean(raw) : null };
}

/**
 * The hash of a state: the values that differ from the defaults, and the parts
 * of other plugins.
 * @param {string} hash The current hash.
 * @param {Object} state As `clean` returns it.
 * @returns {string} With its "#".
 */
export function toHash(hash, state) {
  const others = hash.replace(/^#/, "").split("&")
    .filter((part) => part.includes("=") && !part.startsWith(PREFIX));
  const ours = Object.entries(FIELDS)
    .filter(([name, { fallback }]) =>
      String(state[name]) !== String(fallback))
    .map(([name]) => `${PREFIX}${name}=${encoded(state[name])}`);
  // Without any value, the link would keep the previous state.
  if (!ours.length) ours.push(`${PREFIX}view=${state.view}`);
  return `#${[TAB, ...others, ...ours].join("&")}`;
}

function encoded(value) {
  const whole = Array.isArray(value) ? value.join("_") : String(value);
  // An unpaired surrogate cannot be encoded; no run can have one.
  return encodeURIComponent(whole.replace(/\p{Surrogate}/gu, "\ufffd"));
}
