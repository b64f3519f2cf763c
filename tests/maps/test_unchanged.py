"""Recording changes nothing in a model: outputs, state, its own calls."""

import keras
import numpy as np
import pytest

from keras_attn.maps import (
    call_with_attention,
    capture_attention,
    record_attention,
)
from tests.maps.samples import (
    KINDS,
    PADDED,
    B,
    D,
    S,
    Stack,
    T,
    array,
    assert_identical,
    built,
    cross,
    multi_head,
    numpy_of,
    restless,
)


def state(model):
    """Everything that a forward pass may change."""
    losses = [numpy_of(loss) for loss in model.losses]
    own = [
        {
            name: vars(layer).get(name)
            for name in ("call", "requested", "_flash_attention")
        }
        for layer in model._flatten_layers()
    ]
    return [numpy_of(list(model.variables)), losses, own]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_are_identical_before_during_and_after(kind):
    model, inputs = built(kind)
    if kind in ("functional", "subclassed"):
        model.compile("sgd", "mse")
    before, untouched = model(inputs), state(model)
    during, maps = call_with_attention(model, inputs)
    assert_identical(during, before)
    with record_attention(model) as recorded:
        assert_identical(model(inputs), before)
    np.testing.assert_equal(recorded, maps)
    assert_identical(model(inputs), before)
    np.testing.assert_equal(state(model), untouched)


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="XLA makes the two paths equal"
)
def test_the_fused_path_itself_rounds_differently():
    """Otherwise the test above would prove nothing."""
    layer, x = multi_head("fused"), np.repeat(array(1, 61, D), 3, 0)
    fused = numpy_of(layer(x, x))
    asked, _ = numpy_of(layer(x, x, return_attention_scores=True))
    np.testing.assert_allclose(asked, fused, atol=1e-5)
    assert (asked != fused).any()


@pytest.mark.slow
def test_capturing_leaves_no_trace_in_the_state():
    model, x = restless(), PADDED
    model(x)
    before = state(model)
    assert len(before[1]) > 3  # losses of layers, sublayers and calls
    for _ in range(2):
        capture_attention(model, x)
        np.testing.assert_equal(state(model), before)


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
def test_recording_changes_the_state_as_the_call_alone_does(training):
    x, results = PADDED, []
    for recording in (False, True):
        keras.utils.set_random_seed(7)
        keras.utils.clear_session(free_memory=False)
        model = restless()
        model(x)
        if recording:
            with record_attention(model) as maps:
                output = model(x, training=training)
        else:
            output = model(x, training=training)
        results.append((numpy_of(output), state(model)))
    np.testing.assert_equal(results[1], results[0])
    np.testing.assert_allclose(maps["restless"].sum(-1), 1, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["functional", "subclassed"])
def test_maps_of_a_call_in_training_are_those_of_inference(kind):
    model, inputs = built(kind)
    first = next(iter(capture_attention(model, inputs)))
    with record_attention(model) as maps:
        model(inputs, training=True)
    np.testing.assert_array_equal(
        maps[first], capture_attention(model, inputs)[first]
    )


class Dropping(keras.layers.Layer):
    """Attention whose dropout gets `training` from Keras."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dropout = keras.layers.Dropout(0.9)

    def call(self, x, return_attention_scores=False):
        scores = self.dropout(keras.ops.softmax(x, axis=-1))
        return (x, scores) if return_attention_scores else x


class Noting(keras.layers.Layer):
    """Stores the `training` that it gets from Keras."""

    def call(self, x, training=None):
        self.noted = training
        return x


class DroppingThenNoting(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention, self.after = Dropping(), Noting()

    def call(self, x):
        return self.after(self.attention(x))


@pytest.mark.parametrize("training", [True, False, None])
def test_layers_after_an_attention_layer_get_the_same_training(training):
    """Keras passes to a layer what it passed to the layer before."""
    model, x = DroppingThenNoting(), array(B, T, D)
    model(x, training=training)
    noted = model.after.noted
    with record_attention(model) as maps:
        model(x, training=training)
    assert model.after.noted is noted
    (weights,) = maps.values()  # nothing was dropped
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("error", ["in the model", "in the with block"])
def test_every_layer_has_its_own_call_again_after_an_error(error):
    model, x = Stack(name="stack"), array(B, T, D)
    expected = model(x)
    before = state(model)
    model.fail = error == "in the model"
    with (
        pytest.raises(RuntimeError, match="after the attention"),
        record_attention(model),
    ):
        model(x)
        raise RuntimeError("after the attention")
    np.testing.assert_equal(state(model), before)
    model.fail = False
    assert_identical(model(x), expected)


def test_an_error_of_the_recording_leaves_the_state_unchanged():
    model, x = restless(), array(B, T, D)
    model(x)
    before = state(model)
    with pytest.raises(ValueError, match="'restless' has 1 heads"):
        capture_attention(model, x, heads=1)
    np.testing.assert_equal(state(model), before)


@pytest.mark.slow
def test_nothing_is_wrapped_after_the_recording():
    model, inputs = built("subclassed")
    capture_attention(model, inputs)
    assert all("call" not in vars(layer) for layer in model._flatten_layers())


@pytest.fixture
def flash(monkeypatch):
    """A stand-in for the kernel, which needs a GPU; lists how it is called."""
    calls = []
    module = __import__(
        keras.layers.MultiHeadAttention.__module__, fromlist=["ops"]
    )
    plain = module.ops.dot_product_attention

    def kernel(*args, flash_attention=None, **kwargs):
        calls.append(flash_attention)
        return plain(*args, flash_attention=False, **kwargs)

    monkeypatch.setattr(module.ops, "dot_product_attention", kernel)
    return calls


def test_flash_attention_is_off_for_the_recording_only(flash):
    model, inputs = cross(), [array(B, T, D), array(B, S, D)]
    plain, expected = call_with_attention(model, inputs)
    layer = model.get_layer("cross")
    layer._flash_attention = True  # as `flash_attention=True` leaves it
    with pytest.raises(ValueError, match="flash attention is enabled"):
        layer(*inputs, return_attention_scores=True)
    flash.clear()
    outputs, maps = call_with_attention(model, inputs)
    assert flash == [True]  # the layer's own call
    assert_identical(outputs, plain)
    np.testing.assert_equal(maps, expected)
    assert layer._flash_attention is True
    with pytest.raises(ValueError, match="'cross' has 3 heads"):
        capture_attention(model, inputs, heads=5)
    assert layer._flash_attention is True
