"""Score layers, beyond the contract that all layers share."""

import keras
import numpy as np
import pytest

from keras_attn import layers, ops
from keras_attn.layers.scores import NAMES, get_score
from tests.backend import gradients

BATCH, HEADS, QUERIES, KEYS, WIDTH = 2, 3, 5, 7, 11
every_score = pytest.mark.parametrize("name", NAMES)
LEARNED = ("additive", "bilinear", "cosine")


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def heads(seed=0, width=WIDTH):
    rng = np.random.default_rng(seed)
    return [
        rng.normal(size=(BATCH, HEADS, n, width)).astype("float32")
        for n in (QUERIES, KEYS)
    ]


def perturbed(layer, seed=3):
    """Weights that differ from head to head and from where they start."""
    rng = np.random.default_rng(seed)
    layer.set_weights(
        [w + 0.3 * rng.normal(size=w.shape) for w in layer.get_weights()]
    )
    return layer


def built(name, **kwargs):
    layer = get_score(name, **kwargs)
    layer(*heads())
    return perturbed(layer)


def test_names_stand_for_classes():
    assert {name: type(get_score(name)) for name in NAMES} == {
        "additive": layers.AdditiveScore,
        "bilinear": layers.BilinearScore,
        "cosine": layers.CosineScore,
        "dot": layers.DotProductScore,
        "scaled_dot": layers.ScaledDotProductScore,
    }


def test_layers_use_their_weights_as_the_formulas_say():
    query, key = heads()
    additive = built("additive", units=13)
    expected = ops.additive_scores(query, key, *additive.get_weights())
    np.testing.assert_allclose(array(additive(query, key)), array(expected))
    bilinear = built("bilinear")
    expected = ops.bilinear_scores(query, key, *bilinear.get_weights())
    np.testing.assert_allclose(array(bilinear(query, key)), array(expected))
    cosine = built("cosine")
    scale = np.exp(cosine.get_weights()[0].astype(np.float64))
    expected = array(ops.cosine_scores(query, key, scale))
    np.testing.assert_allclose(array(cosine(query, key)), expected, rtol=1e-5)


def test_a_new_bilinear_score_is_the_scaled_dot_product():
    query, key = heads()
    np.testing.assert_allclose(
        array(layers.BilinearScore()(query, key)),
        array(ops.scaled_dot_scores(query, key)),
        atol=1e-6,
    )


def test_a_new_cosine_score_has_the_initial_scale():
    query, key = heads()
    np.testing.assert_allclose(
        array(layers.CosineScore(initial_scale=4.0)(query, key)),
        array(ops.cosine_scores(query, key, np.full(HEADS, 4.0))),
        rtol=1e-5,
    )


@pytest.mark.parametrize("width", [16, 64])
@pytest.mark.parametrize("name", ["additive", "bilinear", "scaled_dot"])
def test_new_scores_have_variance_one_at_any_width(name, width):
    """For queries and keys of variance 1, so that no softmax starts hard."""
    rng = np.random.default_rng(0)
    query, key = rng.normal(size=(2, 1, 32, 40, width)).astype("float32")
    assert 0.8 < array(get_score(name)(query, key)).var() < 1.25


def test_the_cosine_scale_is_not_rounded_with_the_inputs():
    keras.config.set_dtype_policy("mixed_bfloat16")
    score = layers.CosineScore(initial_scale=10.0)
    one = np.ones((1, HEADS, 1, 1), "float32")
    score(one, one)
    # In bfloat16 4.6 is 4.59375, whose exp is 98.9 and not 99.48.
    score.log_scale.assign(np.full(HEADS, 4.6))
    assert array(score(one, one))[0, 0].item() == 99.5


@pytest.mark.parametrize("name", LEARNED)
def test_gradients_are_the_slopes(name):
    """Against central differences of the layer's own float64 formula."""
    layer, inputs = built(name), heads()
    found = gradients(
        layer,
        inputs,
        lambda call, q, k: keras.ops.sum(keras.ops.sin(call(q, k))),
    )
    points = [*inputs, *layer.get_weights()]
    points = [x.astype(np.float64) for x in points]
    rng = np.random.default_rng(5)
    for i, gradient in enumerate(found):
        direction = rng.normal(size=points[i].shape)
        step = 1e-5 * direction
        up, down = (
            float64_loss(name, [*points[:i], points[i] + d, *points[i + 1 :]])
            for d in (step, -step)
        )
        slope = (up - down) / 2e-5
        assert slope == pytest.approx((gradient * direction).sum(), rel=1e-3)


def float64_loss(name, points):
    query, key, *weights = points
    if name == "additive":
        query = np.einsum("bhtk,hku->bhtu", query, weights[0])
        key = np.einsum("bhsk,hku->bhsu", key, weights[1])
        hidden = np.tanh(query[:, :, :, np.newaxis] + key[:, :, np.newaxis])
        scores = np.einsum("bhtsu,hu->bhts", hidden, weights[2])
    elif name == "bilinear":
        scores = np.einsum("bhtk,hkl,bhsl->bhts", query, weights[0], key)
    else:
        query = query / np.linalg.norm(query, axis=-1, keepdims=True)
        key = key / np.linalg.norm(key, axis=-1, keepdims=True)
        scale = np.exp(weights[0])
        scores = np.einsum("h,bhtk,bhsk->bhts", scale, query, key)
    return np.sin(scores).sum()


@every_score
@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_zero_vectors_have_finite_gradients(name, policy):
    keras.config.set_dtype_policy(policy)
    query, key = heads()
    query[0, 0, 1] = key[1, 2, 3] = 0.0
    found = gradients(
        built(name),
        [query, key],
        lambda call, q, k: keras.ops.sum(
            keras.ops.sin(keras.ops.cast(call(q, k), "float32"))
        ),
    )
    assert all(np.isfinite(gradient).all() for gradient in found)
    if name == "cosine":
        assert (found[0][0, 0, 1] == 0).all() and (found[0] != 0).any()
        assert (found[1][1, 2, 3] == 0).all() and (found[1] != 0).any()


def test_configs_hold_the_arguments():
    assert layers.CosineScore(initial_scale=3.0).get_config()[
        "initial_scale"
    ] == pytest.approx(3.0)
    assert layers.AdditiveScore(units=13).get_config()["units"] == 13
    config = keras.saving.serialize_keras_object(layers.AdditiveScore(units=13))
    assert get_score(config).units == 13


@pytest.mark.parametrize("given", ["cosin", "Cosine", "cosine_similarity"])
def test_an_unknown_name_is_answered_with_the_nearest(given):
    with pytest.raises(ValueError) as error:
        get_score(given)
    message = str(error.value)
    assert "`score` must be one of ['additive', 'bilinear', 'cosine'" in message
    assert f"Received: score='{given}'. Did you mean 'cosine'?" in message


@pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
def test_a_scale_that_has_no_logarithm_is_refused(scale):
    with pytest.raises(ValueError, match=f"initial_scale={scale}"):
        layers.CosineScore(initial_scale=scale)


@pytest.mark.parametrize("units", [0, -3, 2.5, True])
def test_units_that_are_no_positive_integer_are_refused(units):
    with pytest.raises(ValueError, match=f"units={units}"):
        layers.AdditiveScore(units=units)


@every_score
@pytest.mark.parametrize(
    "query_shape, key_shape, said",
    [
        ((5, 11), (7, 11), r"of shape \(B, H, T, K\)"),
        ((2, 4, 5, 11), (2, 2, 7, 11), "the same number of heads"),
        ((2, 3, 5, 11), (2, 3, 7, 13), "the same known width K"),
        ((2, 3, 5, None), (2, 3, 7, None), "the same known width K"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(name, query_shape, key_shape, said):
    with pytest.raises(ValueError, match=said) as error:
        get_score(name).build(query_shape, key_shape)
    assert f"query_shape={query_shape}" in str(error.value)
    assert f"key_shape={key_shape}" in str(error.value)


@pytest.mark.parametrize("name", LEARNED)
def test_weights_of_each_head_need_the_number_of_heads(name):
    with pytest.raises(ValueError, match="H must be known. Received: query"):
        get_score(name).build((2, None, 5, 11), (2, None, 7, 11))


def test_one_row_has_one_initial_variance_in_every_head():
    """Glorot's fans are those of a head, however many heads there are."""
    for num_heads in (1, 32):
        score = layers.AdditiveScore()
        score.build((1, num_heads, 1, 64), (1, num_heads, 1, 64))
        variance = score.get_weights()[0].var()
        assert variance == pytest.approx(2 / 128, rel=0.1)
