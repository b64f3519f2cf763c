"""Recorded maps equal the scores that the chosen layers return."""

import weakref

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.maps import capture_attention, record_attention
from tests.maps.samples import (
    STACK_PATHS,
    B,
    D,
    H,
    S,
    Stack,
    T,
    array,
    cross,
    functional,
    multi_head,
    numpy_of,
)


def scores_of(layer, *inputs):
    return numpy_of(layer(*inputs, return_attention_scores=True))


def test_self_attention_equals_the_layers_own_scores():
    model, x = functional(), array(B, T, D)
    maps = capture_attention(model, x)
    first = model.get_layer("first")
    y, weights = scores_of(first, x, x)
    deep = model.get_layer("inner").get_layer("deep")
    _, deep_weights = scores_of(deep, y, y)
    assert list(maps) == [first.path, deep.path]
    assert maps[first.path].shape == (B, H, T, T)
    assert maps[first.path].dtype == np.float32
    np.testing.assert_array_equal(maps[first.path], weights)
    np.testing.assert_allclose(maps[deep.path], deep_weights, atol=1e-6)


def test_cross_attention_keeps_query_and_key_axes_apart():
    model, inputs = cross(), [array(B, T, D), array(B, S, D)]
    maps = capture_attention(model, inputs)
    _, weights = scores_of(model.get_layer("cross"), *inputs)
    assert maps["cross"].shape == (B, H, T, S)
    np.testing.assert_array_equal(maps["cross"], weights)


def test_padding_gets_no_attention_and_gives_none():
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(9, D, mask_zero=True)(ids)
    y = multi_head("attention")(x, x)
    model = keras.Model(ids, keras.layers.GlobalAveragePooling1D()(y))
    weights = capture_attention(model, np.array([[3, 4, 5, 0, 0]]))["attention"]
    np.testing.assert_array_equal(weights[0, :, :3, 3:], 0)
    np.testing.assert_array_equal(weights[0, :, 3:], 0)  # queries' mask
    np.testing.assert_allclose(weights[0, :, :3, :3].sum(-1), 1, atol=1e-6)


@pytest.mark.parametrize("name", ["Attention", "AdditiveAttention"])
def test_a_layer_without_heads_counts_as_one(name):
    query, value = keras.Input((T, D)), keras.Input((S, D))
    layer = getattr(keras.layers, name)(name="headless")
    model = keras.Model([query, value], layer([query, value]))
    inputs = [array(B, T, D), array(B, S, D)]
    _, weights = scores_of(layer, inputs)
    captured = capture_attention(model, inputs)["headless"]
    np.testing.assert_array_equal(captured[:, 0], weights)
    assert capture_attention(model, inputs, heads=0)["headless"].shape == (
        (B, 1, T, S)
    )


def test_grouped_queries_give_a_map_for_each_query_head():
    layer = keras.layers.GroupQueryAttention(4, 2 * H, H, name="grouped")
    query, value = keras.Input((T, D)), keras.Input((S, D))
    model = keras.Model([query, value], layer(query, value))
    inputs = [array(B, T, D), array(B, S, D)]
    _, weights = scores_of(layer, *inputs)
    captured = capture_attention(model, inputs)["grouped"]
    assert captured.shape == (B, 2 * H, T, S)
    np.testing.assert_array_equal(captured, weights)


def test_attention_pooling_is_recorded_with_its_hops_as_heads():
    x = keras.Input((None, D))
    layer = keras_attn.layers.AttentionPooling(num_hops=H, name="pooling")
    model = keras.Model(x, layer(x))
    captured = capture_attention(model, array(B, T, D))["pooling"]
    _, weights = scores_of(layer, array(B, T, D))
    assert captured.shape == (B, H, 1, T)
    np.testing.assert_array_equal(captured, weights)


@pytest.mark.slow
def test_blocks_are_recorded_by_the_layers_inside_them():
    layers = keras_attn.layers
    x, memory = keras.Input((None, 12)), keras.Input((None, 12))
    encoder = layers.EncoderBlock(
        layers.MultiHeadSelfAttention(H, name="own"),
        layers.FeedForward(7),
        name="encoder",
    )
    decoder = layers.DecoderBlock(
        layers.MultiHeadSelfAttention(H, causal=True, name="own"),
        layers.MultiHeadAttention(H, name="other"),
        layers.FeedForward(7),
        name="decoder",
    )
    model = keras.Model([x, memory], decoder(x, encoder(memory)))
    inputs = [array(B, T, 12), array(B, S, 12)]
    maps = capture_attention(model, inputs)
    assert {path: weights.shape for path, weights in maps.items()} == {
        "encoder/own": (B, H, S, S),
        "decoder/own": (B, H, T, T),
        "decoder/other": (B, H, T, S),
    }
    future = np.triu(np.ones((T, T), bool), 1)
    np.testing.assert_array_equal(maps["decoder/own"][..., future], 0)
    memory = encoder(inputs[1])
    _, own, other = scores_of(decoder, inputs[0], memory)
    np.testing.assert_array_equal(maps["decoder/own"], own)
    np.testing.assert_array_equal(maps["decoder/other"], other)


def test_half_precision_gives_float32_maps():
    keras.config.set_dtype_policy("mixed_bfloat16")
    maps = capture_attention(functional(), array(B, T, D))
    assert {weights.dtype for weights in maps.values()} == {np.dtype("float32")}


def test_maps_may_be_written_to():
    weights = capture_attention(cross(), [array(B, T, D), array(B, S, D)])
    weights["cross"][0] = 0


@pytest.mark.slow
def test_an_unbuilt_model_is_built():
    maps = capture_attention(Stack(name="stack"), array(B, T, D))
    assert list(maps) == STACK_PATHS
    assert {weights.shape for weights in maps.values()} == {(B, H, T, T)}


@pytest.mark.slow
def test_a_caller_that_requests_scores_gets_the_recorded_ones():
    model, x = Stack(name="stack"), array(B, T, D)
    maps = capture_attention(model, x)
    np.testing.assert_array_equal(
        maps["stack/block_1/attention"], numpy_of(model.scores)
    )


@pytest.mark.slow
def test_recordings_nest():
    model, x = Stack(name="stack"), array(B, T, D)
    model(x)
    with record_attention(model, heads=0) as outer:
        with record_attention(model) as inner:
            model(x)
        model(x)
    assert list(inner) == STACK_PATHS
    assert list(outer) == [*STACK_PATHS, *(f"{p}#2" for p in STACK_PATHS)]
    np.testing.assert_array_equal(
        outer[f"{STACK_PATHS[0]}#2"], inner[STACK_PATHS[0]][:, :1]
    )


def test_each_run_of_a_layer_is_kept():
    x = keras.Input((None, D), name="x")
    layer = multi_head("shared")
    model = keras.Model(x, layer(layer(x, x), x))
    values = array(B, T, D)
    maps = capture_attention(model, values)
    y, first = scores_of(layer, values, values)
    _, second = scores_of(layer, y, values)
    assert list(maps) == ["shared[x]", "shared[shared+x]"]
    np.testing.assert_allclose(maps["shared[x]"], first, atol=1e-6)
    np.testing.assert_allclose(maps["shared[shared+x]"], second, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "layers, expected",
    [
        ("block_1", [1]),
        (["stack/block_0/attention"], [0]),
        (["attention"], [0, 1]),
        (["last", "block_0"], [0, 2]),
    ],
)
def test_layers_are_chosen_by_name_or_path(layers, expected):
    maps = capture_attention(Stack(name="stack"), array(B, T, D), layers)
    assert list(maps) == [STACK_PATHS[i] for i in expected]


@pytest.mark.parametrize("heads", [1, [2, 0], np.array([1])])
def test_heads_are_chosen_by_number(heads):
    model, x = functional(), array(B, T, D)
    every, chosen = (
        capture_attention(model, x),
        capture_attention(model, x, heads=heads),
    )
    for path, weights in chosen.items():
        expected = every[path][:, np.atleast_1d(heads)]
        np.testing.assert_array_equal(weights, expected)


def test_of_all_scores_only_the_chosen_heads_stay_in_memory():
    given, alive = [], []

    class Watched(keras.layers.Layer):
        def call(self, x, return_attention_scores=False):
            alive.append(sum(scores() is not None for scores in given))
            scores = keras.ops.tile(keras.ops.expand_dims(x, 1), (1, H, 1, 1))
            if not return_attention_scores:
                return x
            given.append(weakref.ref(scores))
            return x, scores

    x = y = keras.Input((None, D))
    for _ in range(4):
        y = Watched()(y)
    model = keras.Model(x, y)
    given.clear()
    alive.clear()
    maps = capture_attention(model, array(B, T, D), heads=[1])
    assert [weights.shape for weights in maps.values()] == [(B, 1, T, D)] * 4
    assert alive == [0] * 8  # each layer is called twice


@pytest.mark.slow
@pytest.mark.parametrize(
    "jit_compile",
    [
        keras.backend.backend() == "jax",
        pytest.param(
            keras.backend.backend() != "torch", marks=pytest.mark.long
        ),
    ],
)
def test_works_inside_fit_without_changing_its_compiled_step(jit_compile):
    model, x = Stack(name="stack"), array(B, T, D)
    model.compile("sgd", "mse", jit_compile=jit_compile)
    seen, inside = [], keras.callbacks.Callback()
    inside.on_epoch_end = lambda epoch, logs: seen.append(
        (capture_attention(inside.model, x), capture_attention(model, x))
    )
    model.fit(x, x, epochs=3, batch_size=B, verbose=0, callbacks=[inside])
    assert len(seen) == 3
    first, last = (maps["stack/last"] for maps, _ in seen[::2])
    assert np.abs(first - last).max() > 0  # it watches training
    # On JAX a model that was not reached through the callback has no weights.
    for through_callback, directly in seen:
        np.testing.assert_equal(directly, through_callback)
    np.testing.assert_equal(capture_attention(model, x), seen[-1][0])
    assert model.predict(x, verbose=0).shape == x.shape
