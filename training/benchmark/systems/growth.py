"""Steps of `fit` whose cost should grow with the length, or not at all."""

import numpy as np


class _FitStep:
    """One step of `fit` on a batch whose length the graph does not know."""

    def __init__(self, model, length):
        import tensorflow as tf

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(2, 1, length, 256)).astype("float32")
        spec = tf.TensorSpec((None, None, 256), tf.float32)
        self._batches = tf.data.Dataset.from_generator(
            lambda: iter([(x, y)]), output_signature=(spec, spec)
        )
        self._model = model

    def run(self):
        self._model.fit(self._batches, verbose=0)


class _Steps:
    def __init__(self, model, x, y):
        self._model, self._x, self._y = model, x, y

    def run(self):
        return float(self._model.train_on_batch(self._x, self._y))


def attention_in_fit(length):
    """A training step of one attention layer, 4 heads of 64, on one text."""
    import keras

    from keras_attn.layers import MultiHeadSelfAttention

    keras.utils.set_random_seed(0)
    x = keras.Input((None, 256))
    model = keras.Model(x, MultiHeadSelfAttention(4, key_dim=64)(x))
    model.compile("sgd", "mse", jit_compile=False)
    return _FitStep(model, length)


def classifier_step(vocabulary_size):
    """A training step of a classifier on 64 texts of 32 tokens."""
    import keras

    from keras_attn.layers import MaskedMeanPooling
    from keras_attn.models import TextEncoder
    from keras_attn.optimizers import AdamW

    keras.utils.set_random_seed(0)
    ids = keras.Input((None,), dtype="int32")
    x = MaskedMeanPooling()(TextEncoder(vocabulary_size)(ids))
    model = keras.Model(ids, keras.layers.Dense(2)(x))
    model.compile(
        AdamW(5e-4, weight_decay=0.01, lazy=True, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    rng = np.random.default_rng(0)
    # Words of a Zipf distribution, as in texts. Every vocabulary has the same
    # number of them in the batch, spread over its whole table.
    words = np.minimum(rng.zipf(1.3, (64, 32)), 999)
    ids = words * (vocabulary_size // 1000)
    return _Steps(model, ids.astype("int32"), rng.integers(0, 2, 64))
