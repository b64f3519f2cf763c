"""A sublayer of two layers stays one in files and in copies."""

import gc
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from keras_attn import layers
from keras_attn.layers import (
    DecoderBlock,
    EncoderBlock,
    FeedForward,
    MultiHeadAttention,
    MultiHeadSelfAttention,
)
from keras_attn.models import SentenceClassifier, TextEncoder
from keras_attn.text import Vectorizer

X = np.random.default_rng(0).normal(size=(2, 3, 8)).astype("float32")
IDS = np.array([[2, 3, 4], [3, 2, 0]], "int32")


def chain(*steps):
    """A model that calls layers one after another."""
    x = inputs = keras.Input((None, 8))
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


def attention(**options):
    return MultiHeadSelfAttention(2, **options)


def sharing_bias():
    bias = layers.RelativePositionBias(2)
    one, other = attention(position=bias), attention(position=bias)
    return chain(one, other), X, lambda layer: layer.position


def sharing_score():
    score = layers.AdditiveScore(5)
    return (
        chain(attention(score=score), attention(score=score)),
        X,
        lambda layer: layer.score,
    )


def sharing_feed_forward():
    shared = FeedForward(5)
    return (
        chain(*(EncoderBlock(attention(), shared) for _ in range(2))),
        X,
        lambda layer: layer.feed_forward,
    )


def sharing_a_layer_of_keras():
    shared = keras.layers.Dense(8)
    return (
        chain(*(EncoderBlock(attention(), shared) for _ in range(2))),
        X,
        lambda layer: layer.feed_forward,
    )


def sharing_attention():
    """With a score that has one owner only."""
    shared = attention(score="bilinear")
    return (
        chain(*(EncoderBlock(shared, FeedForward(5)) for _ in range(2))),
        X,
        lambda layer: layer.attention,
    )


def sharing_cross_attention():
    shared = MultiHeadAttention(2)
    blocks = [DecoderBlock(attention(), shared, FeedForward(5)) for _ in "ab"]
    x = keras.Input((None, 8))
    model = keras.Model(x, blocks[1](blocks[0](x, x), x))
    return model, X, lambda layer: layer.cross_attention


def sharing_positions():
    shared = layers.LearnedPositionalEncoding(9)
    ids = keras.Input((None,), dtype="int32")
    sizes = {"num_layers": 1, "d_model": 8, "num_heads": 2}
    encoders = [TextEncoder(5, **sizes, position=shared) for _ in "ab"]
    model = keras.Model(ids, [encoder(ids) for encoder in encoders])
    return model, IDS, lambda layer: layer.position


def sharing_pooling():
    shared = layers.AttentionPooling()
    ids = keras.Input((None,), dtype="int32")
    sizes = {"num_layers": 1, "d_model": 8, "num_heads": 2}
    classifiers = [
        SentenceClassifier(
            Vectorizer(["a", "b", "c"]), ["x", "y"], **sizes, pooling=shared
        )
        for _ in "ab"
    ]
    model = keras.Model(ids, [classifier(ids) for classifier in classifiers])
    return model, IDS, lambda layer: layer.pooling


SHARING = [
    sharing_bias,
    sharing_score,
    sharing_feed_forward,
    sharing_a_layer_of_keras,
    sharing_attention,
    sharing_cross_attention,
    sharing_positions,
    sharing_pooling,
]


def by_keras_file(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


def by_h5_file(model, folder):
    model.save(folder / "model.h5")
    return keras.models.load_model(folder / "model.h5")


def by_clone(model, folder):
    copy = keras.models.clone_model(model)
    model.save_weights(folder / "model.weights.h5")
    copy.load_weights(folder / "model.weights.h5")
    return copy


def by_config(model, folder):
    copy = keras.Model.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    return copy


COPYING = [by_keras_file, by_h5_file, by_clone, by_config]
# Owners of three kinds: a layer, a block and a model.
IN_EVERY_RUN = [sharing_bias, sharing_cross_attention, sharing_pooling]
CASES = [
    (sharing_bias, by_clone),
    *((make, by_keras_file) for make in IN_EVERY_RUN),
    *(
        pytest.param(make, copying, marks=pytest.mark.long)
        for make in SHARING
        for copying in COPYING
        if (make, copying) != (sharing_bias, by_clone)
        and (make not in IN_EVERY_RUN or copying is not by_keras_file)
    ),
]


def outputs(model, x):
    return [keras.ops.convert_to_numpy(y) for y in keras.tree.flatten(model(x))]


def shared_by(model, sublayer):
    """The shared sublayer, once the same in both layers."""
    one, other = (sublayer(layer) for layer in model.layers[1:])
    assert one is other
    return one


@pytest.mark.slow
@pytest.mark.parametrize("make, copying", CASES)
def test_a_shared_sublayer_stays_one(make, copying, tmp_path):
    model, x, sublayer = make()
    copies = [copying(model, tmp_path) for _ in range(2)]
    for copy in copies:
        assert copy.count_params() == model.count_params()
        for one, two in zip(outputs(model, x), outputs(copy, x), strict=True):
            np.testing.assert_array_equal(one, two)
    found = {id(shared_by(m, sublayer)) for m in (model, *copies)}
    assert len(found) == 3
    again = copying(copies[0], tmp_path)
    assert shared_by(again, sublayer) is not shared_by(copies[0], sublayer)


@pytest.mark.slow
def test_a_copy_of_one_layer_alone_is_not_in_the_way(tmp_path):
    model, _, sublayer = sharing_bias()
    alone = [type(m).from_config(m.get_config()) for m in model.layers[1:2] * 2]
    assert alone[0].position is not alone[1].position
    loaded = by_keras_file(model, tmp_path)
    cloned = keras.models.clone_model(model)
    copies = [shared_by(m, sublayer) for m in (loaded, cloned)]
    assert len({id(x) for x in (*copies, *(m.position for m in alone))}) == 4


def test_a_layer_that_is_gone_shares_nothing():
    bias = layers.RelativePositionBias(2)
    attention(position=bias)
    gc.collect()
    config = attention(position=bias).get_config()["position"]
    assert "shared_object_id" not in config


@pytest.mark.slow
def test_copies_in_several_threads_share_nothing():
    model, _, sublayer = sharing_feed_forward()

    def copy(_):
        return shared_by(keras.models.clone_model(model), sublayer)

    with ThreadPoolExecutor(4) as pool:
        copies = list(pool.map(copy, range(8)))
    assert len({id(copy) for copy in copies}) == 8
