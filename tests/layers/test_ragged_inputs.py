"""Ragged tensors are padded tensors with a mask, or refused in one line."""

import keras
import numpy as np
import pytest

from keras_attn import layers, ops
from keras_attn.models import SentenceClassifier, TextEncoder
from keras_attn.text import Vectorizer

tf = pytest.importorskip("tensorflow")
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(
        keras.backend.backend() != "tensorflow", reason="TensorFlow's tensors"
    ),
]

LENGTHS = [3, 5, 1]
MASK = np.arange(5) < np.array(LENGTHS)[:, None]
X = np.random.default_rng(0).normal(size=(3, 5, 8)).astype("float32")
X = X * MASK[:, :, None]
IDS = np.where(MASK, np.random.default_rng(1).integers(2, 9, (3, 5)), 0)
IDS = IDS.astype("int32")


def ragged(x):
    return tf.RaggedTensor.from_tensor(x, lengths=LENGTHS)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def self_attention():
    return layers.MultiHeadSelfAttention(2)


LAYERS = [
    self_attention,
    lambda: layers.EncoderBlock(self_attention(), layers.FeedForward(5)),
    lambda: layers.PositionalEncoding(),
    lambda: layers.LearnedPositionalEncoding(5),
    lambda: layers.AttentionPooling(2),
    lambda: layers.FirstTokenPooling(),
    lambda: layers.MaskedMaxPooling(),
    lambda: layers.MaskedMeanPooling(),
]


@pytest.mark.parametrize("make", LAYERS, ids=lambda make: type(make()).__name__)
def test_vectors_of_texts(make):
    layer = make()
    expected = layer(X, mask=MASK)
    for output in (layer(ragged(X)), tf.function(layer)(ragged(X))):
        np.testing.assert_allclose(array(output), array(expected), atol=1e-6)
    if expected.shape[1:] == (5, 8):
        np.testing.assert_array_equal(layer(ragged(X))._keras_mask, MASK)


def test_a_layer_without_a_mask_passes_it_on():
    layer = layers.FeedForward(5)
    output = layer(ragged(X))
    np.testing.assert_allclose(
        array(output)[MASK], array(layer(X))[MASK], atol=1e-6
    )
    pooled = layers.MaskedMeanPooling()(output)
    expected = layers.MaskedMeanPooling()(output, mask=MASK)
    np.testing.assert_array_equal(array(pooled), array(expected))


@pytest.mark.slow
def test_two_inputs():
    block = layers.DecoderBlock(
        self_attention(), layers.MultiHeadAttention(2), layers.FeedForward(5)
    )
    expected = block(X, X, x_mask=MASK, memory_mask=MASK)
    np.testing.assert_allclose(
        array(block(ragged(X), ragged(X))), array(expected), atol=1e-6
    )
    attention = layers.MultiHeadAttention(2)
    expected = attention(X, X, query_mask=MASK, value_mask=MASK)
    found = attention(ragged(X), value=ragged(X))
    np.testing.assert_allclose(array(found), array(expected), atol=1e-6)


@pytest.fixture(scope="module")
def classifier():
    vectorizer = Vectorizer([f"word{i}" for i in range(7)])
    model = SentenceClassifier(
        vectorizer, ["x", "y"], num_layers=1, d_model=8, num_heads=2
    )
    model.build((None, None))
    return model


@pytest.mark.slow
def test_ids_of_texts(classifier):
    expected = array(classifier(IDS))
    ids = ragged(IDS)
    np.testing.assert_allclose(array(classifier(ids)), expected, atol=1e-6)
    np.testing.assert_allclose(array(classifier(ids=ids)), expected, atol=1e-6)
    logits, maps = classifier.explain(ids)
    np.testing.assert_allclose(array(logits), expected, atol=1e-6)
    assert tuple(maps[0].shape) == (3, 2, 5, 5)
    encoder = TextEncoder(9, num_layers=1, d_model=8, num_heads=2)
    vectors = encoder(ids)
    np.testing.assert_allclose(array(vectors), array(encoder(IDS)), atol=1e-6)
    np.testing.assert_array_equal(vectors._keras_mask, MASK)


@pytest.mark.slow
def test_ids_in_predict_and_fit(classifier):
    found = classifier.predict(ragged(IDS), verbose=0)
    np.testing.assert_allclose(found, array(classifier(IDS)), atol=1e-6)
    classifier.compile(
        "sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    data = tf.data.Dataset.from_tensor_slices((ragged(IDS), [0, 1, 0]))
    classifier.fit(data.batch(3), shuffle=False, verbose=0)
    classifier.fit(ragged(IDS), np.array([0, 1, 0]), verbose=0)


def test_a_functional_model_with_ragged_inputs():
    ids = keras.Input((None,), dtype="int32", ragged=True)
    encoder = TextEncoder(9, num_layers=1, d_model=8, num_heads=2)
    model = keras.Model(ids, layers.MaskedMeanPooling()(encoder(ids)))
    expected = layers.MaskedMeanPooling()(encoder(IDS))
    np.testing.assert_allclose(
        array(model(ragged(IDS))), array(expected), atol=1e-6
    )


def test_a_ragged_width_is_refused():
    x = tf.ragged.constant([[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]])
    with pytest.raises(ValueError, match="2 ragged axes.*`ragged_rank=1`"):
        layers.MaskedMeanPooling()(x)


HEADS = tf.RaggedTensor.from_tensor(tf.ones((2, 3, 5, 4)), lengths=[1, 3])
REFUSED = {
    "attention": lambda x: ops.attention(x, x, x),
    "dot_scores": lambda x: ops.dot_scores(x, x),
    "scaled_dot_scores": lambda x: ops.scaled_dot_scores(x, x),
    "rotary_embedding": lambda x: ops.rotary_embedding(x, [0, 1, 2, 3, 4]),
    "masked_mean": ops.masked_mean,
    "a score": lambda x: layers.DotProductScore()(x, x),
    "rotary positions": lambda x: layers.RotaryEmbedding()(x),
}


@pytest.mark.parametrize("name", REFUSED)
def test_elsewhere_one_line_tells_what_to_do(name):
    message = r"Received: a RaggedTensor.*to_tensor"
    with pytest.raises(ValueError, match=message):
        REFUSED[name](HEADS)
