"""Memory of self-attention over long inputs, beside the plain way.

    python -m training.benchmark.long_attention

One forward and one backward pass over 8,192 tokens (4 heads of 64, batch 1,
float32), each way in a process of its own. The plain way is that of a layer
that is asked for its scores: it holds the matrix of all pairs.
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

_PLAIN, _BY_ROWS = "whole matrix", "by rows"


@click.command()
@click.option("--length", default=8192, show_default=True, help="tokens")
@click.option("--num_heads", default=4, show_default=True)
@click.option("--key_dim", default=64, show_default=True)
@click.option("--dropout", default=0.0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="one line of JSON")
def main(length, num_heads, key_dim, dropout, as_json):
    """Prints peak memory, time and the largest difference of both ways."""
    runs = {
        way: _in_new_process(way, length, num_heads, key_dim, dropout)
        for way in (_PLAIN, _BY_ROWS)
    }
    figures = {
        way: {"peak_growth_mb": growth, "seconds": seconds}
        for way, (growth, seconds, _) in runs.items()
    }
    differences = None
    if not dropout:  # each way drops other weights
        arrays = zip(runs[_PLAIN][2], runs[_BY_ROWS][2], strict=True)
        differences = [
            float(np.abs(a - b).max() / np.abs(a).max()) for a, b in arrays
        ]
    if as_json:
        click.echo(json.dumps({**figures, "differences": differences}))
    else:
        Console().print(_table(figures))
        click.echo(_difference(differences))


def _difference(differences):
    if differences is None:
        return "not compared: each way drops other weights"
    return (
        "largest difference, as a share of the largest value: output "
        f"{differences[0]:.1e}, gradients {max(differences[1:]):.1e}"
    )


def _in_new_process(*arguments):
    # A new interpreter, whose memory has never been higher than its own.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, arguments)


def _measure(way, length, num_heads, key_dim, dropout):
    """Peak growth in MB, seconds, and the arrays that must be equal."""
    import keras
    import tensorflow as tf

    from keras_attn.layers import MultiHeadSelfAttention

    keras.utils.set_random_seed(0)
    width = num_heads * key_dim
    # Without biases: the gradient of the keys' one is 0, and rounding is all
    # that would be compared.
    layer = MultiHeadSelfAttention(num_heads, dropout=dropout, use_bias=False)
    layer.build((1, length, width))
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(1, length, width)), tf.float32)

    def forward_and_backward(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True, return_attention_scores=way == _PLAIN)
            y = y[0] if way == _PLAIN else y
            loss = tf.reduce_sum(tf.sin(y))
        return [y, *tape.gradient(loss, [x, *layer.trainable_variables])]

    forward_and_backward(x[:, :64])  # what TensorFlow sets up once
    idle, began = _peak_mb(), time.perf_counter()
    arrays = [tensor.numpy() for tensor in forward_and_backward(x)]
    return _peak_mb() - idle, time.perf_counter() - began, arrays


def _peak_mb():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _table(figures):
    table = Table(box=None)
    table.add_column("scores")
    table.add_column("peak memory over idle", justify="right")
    table.add_column("seconds", justify="right")
    for way, figure in figures.items():
        table.add_row(
            way,
            f"{figure['peak_growth_mb']:,.0f} MB",
            f"{figure['seconds']:.1f}",
        )
    return table


if __name__ == "__main__":
    main()
