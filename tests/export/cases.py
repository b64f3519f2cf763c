"""Small classifiers, and ids for them."""

import keras
import numpy as np
import tensorflow as tf

from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer

TEXTS = ["A good dog!", "who's there?", "x", "very bad " * 23]
WORDS = [f"{a}{b}" for a in "abcdefghijk" for b in "lmnopqrstuv"]
LONG_AND_SHORT = [" ".join(WORDS[i : 3 * i + 1]) for i in range(40)]
SUBLAYERS = [
    ("learned", "bilinear", "max"),
    ("relative_bias", "additive", "first"),
    ("rotary", "cosine", "attention"),
    ("alibi", "dot", "mean"),
]


def small_classifier(**settings):
    keras.utils.set_random_seed(1)
    settings = {"d_model": 12, "num_heads": 3, "num_layers": 1} | settings
    model = SentenceClassifier(Vectorizer(WORDS), ["good", "bad"], **settings)
    model.build((None, None))
    return model


def half_classifier(policy):
    """A classifier that was made under a policy, whose layers are now mixed."""
    keras.config.set_dtype_policy(policy)
    try:
        return small_classifier()
    finally:
        keras.config.set_dtype_policy("float32")


def random_ids(model, batch, length, seed=0):
    """A batch whose last sentence ends in padding."""
    rng = np.random.default_rng(seed)
    shape = (batch, length)
    ids = rng.integers(1, model.vectorizer.num_ids, shape, np.int32)
    ids[-1, 1 + length // 2 :] = 0
    return ids


class _MaskKept(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True


@keras.saving.register_keras_serializable("tests")
class Digamma(_MaskKept):
    """What neither TFLite nor ONNX can compute."""

    def call(self, x, mask=None):
        return tf.math.digamma(keras.ops.exp(x))


@keras.saving.register_keras_serializable("tests")
class Rounded(_MaskKept):
    """What computes in a dtype that ONNX's operators do not have."""

    def call(self, x, mask=None):
        ones = keras.ops.ones(x.shape[-1], "bfloat16")
        return keras.ops.cast(keras.ops.cast(x, "bfloat16") * ones, x.dtype)


@keras.saving.register_keras_serializable("tests")
class Sliced(_MaskKept):
    """What people write, and TFLite cannot do."""

    def call(self, x, mask=None):
        return x * keras.ops.cast(mask, x.dtype)[..., None]
