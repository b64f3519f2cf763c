"""Score layers inside attention, ours and users' own."""

import keras
import numpy as np
import pytest

from keras_attn import layers

BATCH, LENGTH, HEADS = 2, 5, 3
every_score = pytest.mark.parametrize(
    "name", ["additive", "bilinear", "cosine", "dot", "scaled_dot"]
)


@keras.saving.register_keras_serializable("test_scores")
class DistanceScore(keras.layers.Layer):
    """A score as a user writes one."""

    def call(self, query, key):
        query = keras.ops.expand_dims(query, 3)
        key = keras.ops.expand_dims(key, 2)
        return -keras.ops.sum((query - key) ** 2, -1)


@keras.saving.register_keras_serializable("test_scores")
class ThreeAxesScore(keras.layers.Layer):
    """A score that forgets the keys."""

    def call(self, query, key):
        return keras.ops.sum(query, -1)


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def sentence(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(BATCH, LENGTH, 6)).astype("float32")


def perturbed(layer, seed=3):
    """Weights that differ from head to head and from where they start."""
    rng = np.random.default_rng(seed)
    layer.set_weights(
        [w + 0.3 * rng.normal(size=w.shape) for w in layer.get_weights()]
    )
    return layer


@every_score
def test_scores_inside_attention(name):
    """As the score, softmax and sum written out."""
    layer = layers.MultiHeadSelfAttention(num_heads=HEADS, score=name)
    x = sentence()
    layer(x)
    perturbed(layer.score)
    _, weights = layer(x, return_attention_scores=True)
    found = {w.path.split("/", 1)[1]: array(w) for w in layer.weights}
    query, key = (
        np.einsum("btd,dhk->bhtk", x, found[f"{part}/kernel"])
        + found[f"{part}/bias"][:, None]
        for part in ("query", "key")
    )
    expected = np.exp(array(layer.score(query, key)).astype(np.float64))
    expected /= expected.sum(-1, keepdims=True)
    np.testing.assert_allclose(array(weights), expected, atol=1e-5)


@pytest.mark.slow
def test_a_score_of_ones_own_inside_attention_by_its_name(tmp_path):
    inputs = keras.Input((None, 6))
    attention = layers.MultiHeadSelfAttention(
        num_heads=HEADS, score="test_scores>DistanceScore"
    )
    model = keras.Model(inputs, attention(inputs))
    assert isinstance(attention.score, DistanceScore)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        array(loaded(sentence())), array(model(sentence()))
    )
    plain = layers.MultiHeadSelfAttention(num_heads=HEADS)
    plain(sentence())
    plain.set_weights(attention.get_weights())
    assert np.abs(array(plain(sentence())) - array(model(sentence()))).max() > (
        1e-3
    )


def test_a_score_of_another_shape_is_refused():
    layer = layers.MultiHeadSelfAttention(
        num_heads=HEADS, score=ThreeAxesScore()
    )
    with pytest.raises(ValueError, match=r"to \(B, H, T, S\)\. Received"):
        layer(sentence())
