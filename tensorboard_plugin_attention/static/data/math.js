/**
 * Computations of the page, without the DOM. A Matrix is the map of one head,
 * {rows, columns, values, masked}: values row by row, 0 where masked, NaN where
 * not finite. `masked` is null if nothing is masked. Values that are not finite
 * are ignored.
 */

/**
 * The statistics of a head; `most` is null if the data determines the range.
 */
export const STATISTICS = [
  ["entropy", "entropy", "0: all weight on one token, 1: uniform"],
  ["max", "largest weight", "largest weight of each token, averaged"],
  ["distance", "distance", "mean attention distance, in tokens", null],
  ["diagonal", "itself", "mean weight of a token on itself"],
  ["previous", "previous token", "mean weight on the previous token"],
  ["next", "next token", "mean weight on the next token"],
  ["first", "first token", "mean weight on the first token"],
  ["special", "special tokens", "mean weight on tokens such as [CLS]"],
  ["referent", "referent", "weight of the pronoun on its referent"],
].map(([name, label, hint, most = 1]) => {
  return { name, label, hint, least: 0, most };
});

/** One head of a Map, without copying. */
export function head(map, h) {
  const size = map.rows * map.columns;
  const part = (array) => array?.subarray(h * size, (h + 1) * size) ?? null;
  return {
    rows: map.rows,
    columns: map.columns,
    values: part(map.values),
    masked: part(map.masked),
  };
}

/** The mean of the finite values; NaN if there are none. */
export function meanOf(values) {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count += 1;
  }
  return sum / count;
}

/**
 * The entropy of each row, -sum w ln w / ln(number of unmasked keys): 0 for one
 * key, NaN for a row without weight or with a weight that is not finite.
 */
export function entropy({ rows, columns, values, masked }) {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    let total = 0;
    let keys = 0;
    for (let i = row * columns; i < (row + 1) * columns; i += 1) {
      if (masked?.[i]) continue;
      keys += 1;
      total += values[i];
      if (!(values[i] <= 0)) sum -= values[i] * Math.log(values[i]);
    }
    if (!Number.isFinite(total) || total === 0) return NaN;
    return keys > 1 ? sum / Math.log(keys) : 0;
  });
}

/**
 * The sum of each row: 1 for a softmax, NaN if all keys are masked, less than 1
 * if the text was truncated and the rest went to tokens that are not in the
 * map.
 */
export function rowSums({ rows, columns, values, masked }) {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = NaN;
    for (let i = row * columns; i < (row + 1) * columns; i += 1) {
      if (masked?.[i]) continue;
      sum = (sum || 0) + (Number.isFinite(values[i]) ? values[i] : 0);
    }
    return sum;
  });
}

/** Combine matrices of one shape cell by cell; masked where all of them are. */
function cells(matrices, valueOf) {
  const [{ rows, columns }] = matrices;
  const values = new Float32Array(rows * columns);
  const masked = matrices.every((matrix) => matrix.masked)
    ? new Uint8Array(rows * columns)
    : null;
  for (const other of matrices) {
    if (other.rows === rows && other.columns === columns) continue;
    const found = `${rows} x ${columns} and ${other.rows} x ${other.columns}`;
    throw new Error(`The maps have different shapes, ${found}. Select heads ` +
      "with the same shape.");
  }
  for (let i = 0; i < values.length; i += 1) {
    values[i] = valueOf(i);
    if (masked) masked[i] = matrices.every((m) => m.masked[i]) ? 1 : 0;
  }
  return { rows, columns, values, masked };
}

/** Mean of matrices of one shape. */
export function mean(matrices) {
  return cells(matrices, (i) => {
    let sum = 0;
    let count = 0;
    for (const { values } of matrices) {
      if (!Number.isFinite(values[i])) continue;
      sum += values[i];
      count += 1;
    }
    return sum / count;
  });
}

/** Largest of matrices of one shape. */
export function largest(matrices) {
  return cells(matrices, (i) => {
    let most = NaN;
    for (const { values } of matrices) {
      const value = values[i];
      if (Number.isFinite(value) && !(value <= most)) most = value;
    }
    return most;
  });
}

/** a - b, NaN where one of them is not finite. */
export function difference(a, b) {
  return cells([a, b], (i) => a.values[i] - b.values[i]);
}

/**
 * Attention rollout (Abnar & Zuidema 2020): A' = A / 2 + I / 2 with rows
 * that sum to 1, R = A'_L ... A'_1.
 * @param {Array} layers One square Matrix per layer, in order.
 */
export function rollout(layers) {
  const steps = rolloutSteps(layers);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** `rollout` as a generator that yields often, so that the page can respond. */
export function* rolloutSteps(layers) {
  const size = layers[0].rows;
  let product = null;
  for (const matrix of layers) {
    const { rows, columns } = matrix;
    if (rows !== size || columns !== size) {
      const found = `${rows} x ${columns}, not ${size} x ${size}`;
      throw new Error(`Rollout needs square maps of the same size: ${found}.`);
    }
    // Padded with three rows of zeros, so that rows can be taken four at a
    // time.
    const next = new Float64Array((size + 3) * size);
    for (let row = 0, work = 0; row < size; row += 1) {
      work += rolloutRow(matrix, row, product, next);
      if (work < 1e7) continue;
      yield;
      work = 0;
    }
    product = next;
  }
  const values = Float32Array.from(product.subarray(0, size * size));
  return { rows: size, columns: size, values, masked: null };
}

/** Add a row to the product; returns the number of multiplications. */
function rolloutRow({ values, columns: size }, row, product, next) {
  const start = row * size;
  const mixed = new Float64Array(size + 3);
  for (let k = 0; k < size; k += 1) {
    const weight = values[start + k];
    mixed[k] = (Number.isFinite(weight) ? weight / 2 : 0) +
      (k === row ? 0.5 : 0);
  }
  const sum = mixed.reduce((a, b) => a + b, 0);
  const share = mixed.map((weight) => weight / sum);
  const to = next.subarray(start, start + size);
  if (!product) {
    to.set(share.subarray(0, size));
    return size;
  }
  let used = 0;
  for (let k = 0; k < size; k += 4) {
    const a = share[k];
    const b = share[k + 1];
    const c = share[k + 2];
    const d = share[k + 3];
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    let p = k * size;
    for (let j = 0; j < size; j += 1, p += 1) {
      to[j] += a * product[p] + b * product[p + size] +
        c * product[p + 2 * size] + d * product[p + 3 * size];
    }
    used += 4 * size;
  }
  return used;
}

/**
 * The k strongest edges of each row, or of one `row` or one `column`.
 * @param {Object} matrix One head.
 * @param {number} k The number of edges; Infinity for all.
 * @param {Object} [among] `row` or `column`; `minimum`, the smallest weight.
 * @return {{edges: Array, shown: number, hidden: number}} Edges {row, column,
 *     weight}, strongest first, and the shares (0 to 1) of the weight that
 *     these edges include and leave out.
 */
export function strongest(matrix, k, { row, column, minimum = 0 } = {}) {
  const { rows, columns, values } = matrix;
  const edges = [];
  let total = 0;
  const take = (count, first, step) => {
    const cells = Array.from({ length: count }, (_, i) => first + i * step);
    const usable = cells.filter((i) => values[i] > 0 && values[i] < Infinity);
    usable.sort((i, j) => values[j] - values[i]);
    for (const i of usable) total += values[i];
    for (const i of usable.slice(0, k)) {
      const weight = values[i];
      if (weight < minimum) break;
      edges.push({ row: Math.floor(i / columns), column: i % columns, weight });
    }
  };
  if (Number.isInteger(column)) take(rows, column, columns);
  else if (Number.isInteger(row)) take(columns, row * columns, 1);
  else for (let t = 0; t < rows; t += 1) take(columns, t * columns, 1);
  edges.sort((a, b) => b.weight - a.weight);
  const shown = total ? edges.reduce((a, e) => a + e.weight, 0) / total : 0;
  return { edges, shown, hidden: total ? Math.max(0, 1 - shown) : 0 };
}

/** A matrix of at most size x size cells, each the largest of its bin. */
export function pooled(matrix, size) {
  const rows = Math.min(matrix.rows, size);
  const columns = Math.min(matrix.columns, size);
  const values = new Float32Array(rows * columns).fill(NaN);
  const masked = matrix.masked ? new Uint8Array(rows * columns).fill(1) : null;
  for (let i = 0; i < matrix.values.length; i += 1) {
    const row = Math.floor(i / matrix.columns);
    const column = i % matrix.columns;
    const to =
      place(row, rows, matrix.rows) * columns +
      place(column, columns, matrix.columns);
    if (matrix.values[i] > values[to] || Number.isNaN(values[to])) {
      values[to] = matrix.values[i];
    }
    if (masked && !matrix.masked[i]) masked[to] = 0;
  }
  return { rows, columns, values, masked };
}

/** The bin b with floor(b * n / bins) <= i < floor((b + 1) * n / bins). */
function place(i, bins, n) {
  return Math.floor(((i + 1) * bins - 1) / n);
}
