"""Models whose attention layers run several times, or inside a loop."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_attn.layers import MultiHeadSelfAttention
from keras_attn.maps import attention_model, capture_attention
from tests.parts import in_part

B, N, T, D, H = 2, 3, 5, 8, 2
W = 4  # of the tokens within a step of the cell
X = np.random.default_rng(0).normal(size=(B, N, T, D)).astype("float32")


def array(tensor):
    return ops.convert_to_numpy(tensor)


@keras.saving.register_keras_serializable("tests")
class Steps(keras.Model):
    """Calls one attention layer for each of N steps, in some kind of loop."""

    def __init__(self, kind, **kwargs):
        super().__init__(**kwargs)
        self.kind = kind
        self.attention = MultiHeadSelfAttention(H, name="attention")

    def get_config(self):
        return super().get_config() | {"kind": self.kind}

    def build(self, shape):
        self.attention.build((shape[0], *shape[2:]))

    def call(self, x):
        return getattr(self, self.kind)(x)

    def python(self, x):
        steps = [self.attention(x[:, i]) for i in range(x.shape[1])]
        return ops.stack(steps, axis=1)

    def dictionary(self, x):
        steps = [self.attention(x[:, i]) for i in range(x.shape[1])]
        return {"zero": steps[0], "all": ops.stack(steps, axis=1)}

    def map(self, x):
        steps = ops.map(self.attention, ops.moveaxis(x, 1, 0))
        return ops.moveaxis(steps, 0, 1)

    def vectorized_map(self, x):
        steps = ops.vectorized_map(self.attention, ops.moveaxis(x, 1, 0))
        return ops.moveaxis(steps, 0, 1)

    def while_loop(self, x):
        step = ops.zeros((), "int32")
        return ops.while_loop(
            lambda i, y: i < N,
            lambda i, y: (i + 1, self.attention(y)),
            (step, x[:, 0]),
        )[1]


def steps(kind):
    model = Steps(kind)
    model(X)
    return model


def distributed(num_steps=N):
    x = keras.Input((num_steps, T, D))
    attention = MultiHeadSelfAttention(H, name="attention")
    return keras.Model(x, keras.layers.TimeDistributed(attention)(x))


def expected_maps(layer):
    """The maps of the steps, from the layer itself."""
    return [
        array(layer(X[:, i], return_attention_scores=True)[1]) for i in range(N)
    ]


def attention_of(model):
    (layer,) = (
        each
        for each in model._flatten_layers()
        if isinstance(each, MultiHeadSelfAttention)
    )
    return layer


def check(result, model, heads=slice(None)):
    expected = expected_maps(attention_of(model))
    maps = [value for name, value in result.items() if "attention/" in name]
    assert len(maps) == N
    for found, wanted in zip(maps, expected, strict=True):
        np.testing.assert_allclose(found, wanted[:, heads], atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "make", in_part([distributed, lambda: steps("python")], distributed)
)
def test_all_steps_and_the_outputs_of_the_model(make, tmp_path):
    model = make()
    expected = model.predict(X, verbose=0)
    assert expected.shape == (B, N, T, D)
    explained = attention_model(model)
    result = explained.predict(X, verbose=0)
    np.testing.assert_allclose(result["outputs"], expected, atol=1e-6)
    check(result, model)
    explained.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    again = loaded.predict(X, verbose=0)
    assert again.keys() == result.keys()
    for name, value in result.items():
        np.testing.assert_allclose(again[name], value, atol=1e-6)


@pytest.mark.slow
def test_one_head_and_several_outputs():
    model = steps("dictionary")
    expected = model.predict(X, verbose=0)
    result = attention_model(model, heads=[1]).predict(X, verbose=0)
    for name in ("zero", "all"):
        np.testing.assert_allclose(
            result[f"outputs/{name}"], expected[name], atol=1e-6
        )
    check(result, model, heads=[1])


@pytest.mark.slow
def test_another_number_of_steps_is_an_error():
    """Silently, an output held an attention map."""
    model = steps("python")
    explained = attention_model(model, inputs=keras.Input((N, T, D)))
    message = "ran 2 times on these inputs, and 3 times when"
    with pytest.raises(ValueError, match=message):
        explained.layers[-1](X[:, :2])
    # A map of the first two steps would have all the right shapes.
    assert capture_attention(model, X[:, :2]).keys() == {
        "steps/attention",
        "steps/attention#2",
    }


@pytest.mark.slow
@pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="JAX does not trace a TimeDistributed layer of unknown length",
)
def test_an_unknown_number_of_steps_is_an_error():
    model = distributed(None)
    assert model.predict(X, verbose=0).shape == (B, N, T, D)
    with pytest.raises(ValueError, match=r"runs inside a loop|ran \d+ times"):
        attention_model(model).predict(X, verbose=0)


def right_or_refused(model, inputs):
    """Some loops are those of Python on one backend, but not on another."""
    expected = model.predict(inputs, verbose=0)
    try:
        explained = attention_model(model, inputs=inputs)
        result = explained.predict(inputs, verbose=0)
    except ValueError as error:
        assert "runs inside a loop or a branch of the graph" in str(error)
        return False
    np.testing.assert_allclose(result["outputs"], expected, atol=1e-6)
    # Keras may run the first step once more, to learn a shape.
    assert sum("attention/" in name for name in result) in (N, N + 1)
    return True


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["map", "vectorized_map", "while_loop"])
def test_loops_of_the_backend(kind):
    """Silently, `vectorized_map` gave the map of one step only."""
    right = right_or_refused(steps(kind), X)
    if keras.backend.backend() != "torch":
        assert not right


class Cell(keras.layers.Layer):
    """An RNN cell that attends within its step and adds its state."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention = MultiHeadSelfAttention(H, name="attention")
        self.state_size = D

    def build(self, shape):
        self.attention.build((None, T, W))

    def call(self, x, states):
        tokens = ops.reshape(x, (-1, T, W))
        y = ops.mean(self.attention(tokens), axis=1)
        y = ops.concatenate([y, states[0][:, : D - y.shape[-1]]], axis=-1)
        return y + states[0], [y]


@pytest.mark.slow
def test_a_cell_of_a_recurrent_layer():
    x = keras.Input((N, T * W))
    model = keras.Model(x, keras.layers.RNN(Cell())(x))
    rng = np.random.default_rng(1)
    right_or_refused(model, rng.normal(size=(B, N, T * W)).astype("float32"))
