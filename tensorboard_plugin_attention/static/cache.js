/** What was read, kept; who asks for the same thing shares one request. */

const CACHE_BYTES = 256 * 2 ** 20;

/** The least lately used goes first, once all are more than `limit` bytes. */
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

  /** What is kept under a key, now the most lately used; or undefined. */
  peek(key) {
    const entry = this.kept.get(key);
    if (!entry) return undefined;
    this.kept.delete(key);
    this.kept.set(key, entry);
    return entry.value;
  }

  /**
   * @param {string} key
   * @param {AbortSignal|undefined} signal Ends this wait; the work itself
   *     ends once nobody waits for it.
   * @param {function(AbortSignal): Promise<[*, number]>} load The value and
   *     its bytes. What fails is not kept.
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
    // So that `pending` holds the work before it can end.
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
