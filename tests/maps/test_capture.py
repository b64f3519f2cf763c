"""Recorded maps equal the layer's own; the model never notices."""

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.maps import capture_attention, record_attention

B, T, S, H, D = 2, 5, 7, 3, 11  # unequal primes: no axis passes for another


def _array(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def _self_attention_model():
    """Two attention layers, the second inside a nested model."""
    x = keras.Input((None, D))
    inner_x = keras.Input((None, D))
    inner_y = keras.layers.MultiHeadAttention(H, 4, name="deep")(
        inner_x, inner_x
    )
    inner = keras.Model(inner_x, inner_y, name="inner")
    y = keras.layers.MultiHeadAttention(H, 4, name="first")(x, x)
    return keras.Model(x, keras.layers.Dense(2)(inner(y)))


class Block(keras.layers.Layer):
    """A subclassed block around one of our layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention = keras_attn.layers.MultiHeadSelfAttention(
            H, key_dim=4, dropout=0.5, name="attention"
        )

    def call(self, x, return_attention_scores=False):
        return self.attention(
            x, return_attention_scores=return_attention_scores
        )


class Stack(keras.Model):
    """A subclassed model of two blocks, the second asked for its scores."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [Block(name=f"block_{i}") for i in range(2)]

    def call(self, x):
        x = self.blocks[0](x)
        x, self.scores = self.blocks[1](x, return_attention_scores=True)
        return x


class Failing(Stack):
    """Runs its layers, then raises while `fail` is set."""

    fail = False

    def call(self, x):
        x = super().call(x)
        if self.fail:
            raise RuntimeError("after the attention")
        return x


class Compiled(Stack):
    """Compiles its own call, as some do for speed."""

    def call(self, x):
        import tensorflow as tf

        return tf.function(self.blocks[0].__call__)(x)


def _calls(model):
    return [vars(layer).get("call") for layer in model._flatten_layers()]


def test_self_attention_equals_the_layers_own_scores():
    model, x = _self_attention_model(), _array(B, T, D)
    maps = capture_attention(model, x)
    first = model.get_layer("first")
    y, weights = first(x, x, return_attention_scores=True)
    deep = model.get_layer("inner").get_layer("deep")
    _, deep_weights = deep(y, y, return_attention_scores=True)
    assert list(maps) == [first.path, deep.path]
    assert maps[first.path].shape == (B, H, T, T)
    assert maps[first.path].dtype == np.float32
    np.testing.assert_array_equal(maps[first.path], weights)
    np.testing.assert_allclose(maps[deep.path], deep_weights, atol=1e-6)


def test_cross_attention_keeps_query_and_key_axes_apart():
    query, value = keras.Input((T, D)), keras.Input((S, D))
    layer = keras.layers.MultiHeadAttention(H, 4, name="cross")
    model = keras.Model([query, value], layer(query, value))
    inputs = [_array(B, T, D), _array(B, S, D)]
    maps = capture_attention(model, inputs)
    _, weights = layer(*inputs, return_attention_scores=True)
    assert maps["cross"].shape == (B, H, T, S)
    np.testing.assert_array_equal(maps["cross"], weights)


def test_padding_gets_no_attention():
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(9, D, mask_zero=True)(ids)
    y = keras.layers.MultiHeadAttention(H, 4, name="attention")(x, x)
    model = keras.Model(ids, keras.layers.GlobalAveragePooling1D()(y))
    weights = capture_attention(model, np.array([[3, 4, 5, 0, 0]]))["attention"]
    np.testing.assert_array_equal(weights[0, :, :3, 3:], 0)
    np.testing.assert_allclose(weights[0, :, :3, :3].sum(-1), 1, atol=1e-6)


def test_a_layer_without_heads_counts_as_one():
    query, value = keras.Input((T, D)), keras.Input((S, D))
    layer = keras.layers.Attention(name="headless")
    model = keras.Model([query, value], layer([query, value]))
    inputs = [_array(B, T, D), _array(B, S, D)]
    _, weights = layer(inputs, return_attention_scores=True)
    captured = capture_attention(model, inputs)["headless"]
    np.testing.assert_array_equal(captured[:, 0], weights)


def test_outputs_are_identical_before_during_and_after():
    model, x = Stack(name="stack"), _array(B, T, D)
    before = np.asarray(model(x))
    with record_attention(model) as maps:
        during = np.asarray(model(x, training=False))
    np.testing.assert_array_equal(during, before)
    np.testing.assert_array_equal(model(x), before)
    assert list(maps) == [
        "stack/block_0/attention",
        "stack/block_1/attention",
    ]
    # This caller asked for the scores itself, and got them.
    np.testing.assert_array_equal(maps["stack/block_1/attention"], model.scores)


def test_an_unbuilt_model_is_built():
    maps = capture_attention(Stack(), _array(B, T, D))
    assert [weights.shape for weights in maps.values()] == [(B, H, T, T)] * 2


def test_every_layer_has_its_own_call_again():
    model, x = Failing(), _array(B, T, D)
    model(x)
    assert set(_calls(model)) == {None}
    capture_attention(model, x)
    assert set(_calls(model)) == {None}
    model.fail = True
    with pytest.raises(RuntimeError, match="after the attention"):
        capture_attention(model, x)
    assert set(_calls(model)) == {None}


def test_recordings_nest():
    model, x = Stack(), _array(B, T, D)
    model(x)
    with record_attention(model) as outer:
        with record_attention(model) as inner:
            model(x)
        model(x)
    assert len(inner) == 2
    assert len(outer) == 4  # both calls
    assert set(_calls(model)) == {None}


def test_each_run_of_a_layer_is_kept():
    x = keras.Input((None, D))
    layer = keras.layers.MultiHeadAttention(H, 4, name="shared")
    model = keras.Model(x, layer(layer(x, x), x))
    values = _array(B, T, D)
    maps = capture_attention(model, values)
    y, first = layer(values, values, return_attention_scores=True)
    _, second = layer(y, values, return_attention_scores=True)
    assert list(maps) == ["shared", "shared#2"]
    np.testing.assert_allclose(maps["shared"], first, atol=1e-6)
    np.testing.assert_allclose(maps["shared#2"], second, atol=1e-6)


def test_works_inside_fit_and_leaves_its_compiled_step_alone():
    model, x = Stack(name="stack"), _array(B, T, D)
    model.compile("sgd", "mse", jit_compile=False)
    seen = []
    callback = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(
            capture_attention(model, x)
        )
    )
    model.fit(x, x, epochs=3, batch_size=B, verbose=0, callbacks=[callback])
    assert len(seen) == 3
    first, last = (maps["stack/block_0/attention"] for maps in seen[::2])
    assert np.abs(first - last).max() > 0  # it watches training
    assert model.predict(x, verbose=0).shape == x.shape


@pytest.mark.parametrize(
    "layers, expected",
    [
        ("block_1", ["stack/block_1/attention"]),
        (["stack/block_0/attention"], ["stack/block_0/attention"]),
        (
            ["attention"],
            ["stack/block_0/attention", "stack/block_1/attention"],
        ),
    ],
)
def test_layers_are_chosen_by_name_or_path(layers, expected):
    model = Stack(name="stack")
    assert list(capture_attention(model, _array(B, T, D), layers)) == expected


def test_an_unknown_layer_is_refused_with_those_there_are():
    model = Stack(name="stack")
    with pytest.raises(
        ValueError, match=r"'block_' in 'stack'.*stack/block_0/attention, "
    ):
        capture_attention(model, _array(B, T, D), ["block_0", "block_"])


def test_a_model_without_attention_is_refused():
    model = keras.Sequential([keras.Input((D,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="whose `call` takes `return_att"):
        capture_attention(model, _array(B, D))


def test_a_call_that_traces_a_graph_is_refused():
    model = Compiled()
    model.built = True
    with pytest.raises(ValueError, match="while a graph was being traced"):
        capture_attention(model, _array(B, T, D))


def test_a_block_in_which_nothing_ran_is_refused():
    model = Stack(name="stack")
    model(_array(B, T, D))
    with (
        pytest.raises(ValueError, match="None of the attention layers of"),
        record_attention(model),
    ):
        pass
