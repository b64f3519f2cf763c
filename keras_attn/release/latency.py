"""Latency of exported files: the time for one text on one thread."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

MAX_TEXTS = 500
_WARM_UP = 50  # texts that run before the measurement


def measure_latencies(paths, reference):
    """Measure the time for single texts, in a separate process.

    TensorFlow sets its number of threads when it starts. In a process that
    trained or exported, it has already started.

    Args:
        paths: List of `Path` of exported files.
        reference: `keras_attn.release.proof.Reference`, of which up to 500
            texts are used.

    Returns:
        List with one dictionary per path: `median_ms` and `p99_ms`, the 99th
        percentile, in milliseconds.
    """
    texts, ids = reference.texts[:MAX_TEXTS], reference.ids[:MAX_TEXTS]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_measure_all, paths, texts, ids).result()


def _measure_all(paths, texts, ids):
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = "1"
    try:
        # Imported after the number of threads is set.
        from keras_attn.export import open_exported

        return [
            _measure(open_exported(path, num_threads=1), texts, ids)
            for path in paths
        ]
    except KeyboardInterrupt:  # the parent process reports it
        os._exit(130)


def _measure(opened, texts, ids):
    import numpy as np

    if opened.takes == "texts":
        inputs = [[text] for text in texts]
    else:
        inputs = [row[None] for row in ids]
    for x in inputs[:_WARM_UP]:
        opened.probabilities(x)
    seconds = []
    for x in inputs:
        start = time.perf_counter()
        opened.probabilities(x)
        seconds.append(time.perf_counter() - start)
    median, p99 = np.percentile(seconds, [50, 99]) * 1000
    return {"median_ms": float(median), "p99_ms": float(p99)}
