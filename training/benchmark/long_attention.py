"""Memory of self-attention for long inputs, by rows and as a whole matrix.

    python -m training.benchmark.long_attention

One forward and one backward pass over 8,192 tokens (4 heads of 64, batch 1,
float32), each method in its own process. A layer stores the whole attention
matrix if its scores are requested. Otherwise it computes long inputs by rows.
"""

import json
import multiprocessing
import resource
import sys
import time

import click
import numpy as np
from rich.console import Console
from rich.table import Table

_WHOLE_MATRIX, _BY_ROWS = "whole matrix", "by rows"


@click.command()
@click.option("--length", default=8192, show_default=True, help="tokens")
@click.option("--num_heads", default=4, show_default=True)
@click.option("--key_dim", default=64, show_default=True)
@click.option("--dropout", default=0.0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="print one line of JSON")
def main(length, num_heads, key_dim, dropout, as_json):
    """Print the memory and time of both methods, and compare their results."""
    runs = {
        method: _in_new_process(method, length, num_heads, key_dim, dropout)
        for method in (_WHOLE_MATRIX, _BY_ROWS)
    }
    results = {
        method: {"peak_growth_mb": growth, "seconds": seconds}
        for method, (growth, seconds, _) in runs.items()
    }
    differences = None
    if not dropout:  # with dropout, each method drops different weights
        arrays = zip(runs[_WHOLE_MATRIX][2], runs[_BY_ROWS][2], strict=True)
        differences = [
            float(np.abs(a - b).max() / np.abs(a).max()) for a, b in arrays
        ]
    if as_json:
        click.echo(json.dumps({**results, "differences": differences}))
    else:
        Console().print(_table(results))
        click.echo(_difference(differences))


def _difference(differences):
    if differences is None:
        return "Not compared: with dropout, the methods drop different weights."
    return (
        "Largest difference relative to the largest value: output "
        f"{differences[0]:.1e}, gradients {max(differences[1:]):.1e}."
    )


def _in_new_process(*arguments):
    # The peak memory of a process never decreases, so each starts fresh.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, arguments)


def measure(method, length, num_heads, key_dim, dropout):
    """Run one forward and one backward pass.

    Returns:
        Tuple of the growth of the peak memory in MB, the time in seconds, and
        a list of arrays: the output and the gradients.
    """
    import keras
    import tensorflow as tf

    from keras_attn.layers import MultiHeadSelfAttention

    keras.utils.set_random_seed(0)
    width = num_heads * key_dim
    # The gradient of the keys' bias is 0 except for rounding errors, which
    # cannot be compared, so the layer has no biases.
    layer = MultiHeadSelfAttention(num_heads, dropout=dropout, use_bias=False)
    layer.build((1, length, width))
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(1, length, width)), tf.float32)

    with_scores = method == _WHOLE_MATRIX

    def forward_and_backward(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True, return_attention_scores=with_scores)
            y = y[0] if with_scores else y
            loss = tf.reduce_sum(tf.sin(y))
        return [y, *tape.gradient(loss, [x, *layer.trainable_variables])]

    forward_and_backward(x[:, :64])  # TensorFlow's one-time setup
    idle, start = _peak_mb(), time.perf_counter()
    arrays = [tensor.numpy() for tensor in forward_and_backward(x)]
    return _peak_mb() - idle, time.perf_counter() - start, arrays


def _peak_mb():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _table(results):
    table = Table(box=None)
    table.add_column("method")
    table.add_column("peak memory above idle", justify="right")
    table.add_column("seconds", justify="right")
    for method, result in results.items():
        table.add_row(
            method,
            f"{result['peak_growth_mb']:,.0f} MB",
            f"{result['seconds']:.1f}",
        )
    return table


if __name__ == "__main__":
    main()
