/**
 * A cache of data that was read, in which equal requests are made only once.
 */

const CACHE_BYTES = 256 * 2 ** 20;

/** Drop the least recently used values above `limit` bytes. */
export class Cache {
  constructor(limit = CACHE_BYTES) {
    this.limit = limit;
    this.clear();
  }

  clear() {
    this.bytes = 0;
    this.kept = new Map();
    this.pending = new Map();
  }

  /** Return the value of a key and mark it as the most recently used. */
  peek(key) {
    const entry = this.kept.get(key);
    if (!entry) return undefined;
    this.kept.delete(key);
    this.kept.set(key, entry);
    return entry.value;
  }

  /**
   * @param {string} key
   * @param {AbortSignal|undefined} signal Stops waiting. The request is aborted
   *     once all callers have stopped waiting.
   * @param {function(AbortSignal): Promise<[*, number]>} load Returns the value
   *     and its size in bytes. Failures are not kept.
   * @returns {Promise<*>}
   */
  async get(key, signal, load) {
    signal?.throwIfAborted();
    const value = this.peek(key);
    if (value !== undefined) return value;
    let work = this.pending.get(key);
    if (!work) {
      const controller = new AbortController();
      work = { controller, waiting: 0 };
      work.promise = this.#run(key, work, load);
      this.pending.set(key, work);
    }
    return this.#wait(key, work, signal);
  }

  async #run(key, work, load) {
    // `pending` must contain the request before it can finish.
    await null;
    const pending = this.pending;
    try {
      const [value, bytes] = await load(work.controller.signal);
      work.controller.signal.throwIfAborted();
      if (pending === this.pending) this.#keep(key, value, bytes);
      return value;
    } finally {
      if (pending.get(key) === work) pending.delete(key);
    }
  }

  #wait(key, work, signal) {
    work.waiting += 1;
    return new Promise((resolve, reject) => {
      const stop = () => {
        reject(signal.reason);
        work.waiting -= 1;
        if (work.waiting || this.pending.get(key) !== work) return;
        this.pending.delete(key);
        work.controller.abort();
      };
      signal?.addEventListener("abort", stop, { once: true });
      work.promise.then(resolve, reject)
        .finally(() => signal?.removeEventListener("abort", stop));
    });
  }

  #keep(key, value, bytes) {
    this.kept.set(key, { value, bytes });
    this.bytes += bytes;
    for (const [oldest, entry] of this.kept) {
      if (this.bytes <= this.limit || oldest === key) break;
      this.kept.delete(oldest);
      this.bytes -= entry.bytes;
    }
  }
}
