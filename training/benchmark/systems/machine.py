"""The limits of the machine: the work that all systems are made of."""

_SIZE = 2048  # of a square matrix; larger than the caches
_COPIED = 64 << 20  # floats


class _Work:
    def __init__(self, run):
        self._run = run

    def run(self):
        self._run()


def matrix_product(precision):
    """Product of two matrices in TensorFlow: 2 * 2048**3 operations."""
    import tensorflow as tf

    x = tf.random.normal((_SIZE, _SIZE))
    x = tf.cast(x, precision)
    product = tf.function(tf.matmul)
    return _Work(lambda: product(x, x))


def memory_copy():
    """Read and write 64 Mi floats: 512 MiB of traffic."""
    import tensorflow as tf

    x = tf.random.normal((_COPIED,))
    negative = tf.function(tf.negative)
    return _Work(lambda: negative(x))


PRODUCT_OPERATIONS = 2 * _SIZE**3
COPIED_BYTES = 2 * 4 * _COPIED
