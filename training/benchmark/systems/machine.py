"""The limit of the machine: the work that all systems are made of."""

_SIZE = 2048  # of a square matrix; larger than the caches
PRODUCT_OPERATIONS = 2 * _SIZE**3


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
