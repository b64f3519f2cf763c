"""How long an exported file takes for one sentence, on one thread."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

MOST_TEXTS = 500
_WARM_UP = 50  # sentences, not measured


def latencies(paths, reference):
    """Measures the time of single sentences, in a process of its own.

    TensorFlow decides on its threads when it starts. A process that has
    trained or exported has started it already.

    Args:
        paths: List of `Path` of exported files.
        reference: `Reference` of `proof.py`, whose first 500 texts are used.

    Returns:
        A list of dictionaries, one a path: `median_ms` and `p99_ms`, the 99th
        percentile, in milliseconds.
    """
    texts, ids = reference.texts[:MOST_TEXTS], reference.ids[:MOST_TEXTS]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_measure_all, paths, texts, ids).result()


def _measure_all(paths, texts, ids):
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = "1"
    try:
        from keras_attn.export import open_exported

        return [
            _measure(open_exported(path, num_threads=1), texts, ids)
            for path in paths
        ]
    except KeyboardInterrupt:  # the command says that it was stopped
        os._exit(130)


def _measure(opened, texts, ids):
    import numpy as np

    if opened.takes == "texts":
        inputs = [[text] for text in texts]
    else:
        inputs = [row[None] for row in ids]
    for one in inputs[:_WARM_UP]:
        opened.probabilities(one)
    seconds = []
    for one in inputs:
        began = time.perf_counter()
        opened.probabilities(one)
        seconds.append(time.perf_counter() - began)
    median, p99 = np.percentile(seconds, [50, 99]) * 1000
    return {"median_ms": float(median), "p99_ms": float(p99)}
