"""An attention model returns the maps of `capture_attention` from a graph."""

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.maps import (
    attention_model,
    call_with_attention,
    capture_attention,
)
from tests.maps.samples import (
    KINDS,
    STACK_PATHS,
    B,
    D,
    H,
    S,
    Stack,
    T,
    array,
    built,
    functional,
    multi_head,
    numpy_of,
)
from tests.parts import in_part


def assert_returns(result, outputs, maps, atol=0.0):
    """The flat dict of an attention model against outputs and maps."""
    expected = {f"attention/{path}": weights for path, weights in maps.items()}
    expected |= {"outputs": outputs}
    result, expected = numpy_of(dict(result)), numpy_of(expected)
    assert result.keys() == expected.keys()
    for name, value in expected.items():
        # NumPy 1 cannot compare bfloat16; in float64 nothing is lost.
        a, b = (np.asarray(v).astype("float64") for v in (result[name], value))
        np.testing.assert_allclose(a, b, rtol=0, atol=atol)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_results_and_symbolic_shapes_are_those_of_capture(kind):
    model, inputs = built(kind)
    outputs, maps = call_with_attention(model, inputs)
    explained = attention_model(model)
    result = explained(inputs)
    assert_returns(result, outputs, maps)
    for name, real in result.items():
        symbolic = explained.output[name].shape
        assert len(symbolic) == len(real.shape), name
        assert all(
            a in (None, b) for a, b in zip(symbolic, real.shape, strict=True)
        )


@pytest.mark.slow
@pytest.mark.parametrize("kind", in_part(KINDS, "functional"))
def test_compiled_and_saved_models_return_the_same(kind, tmp_path):
    model, inputs = built(kind)
    outputs, maps = call_with_attention(model, inputs, heads=[2, 0])
    explained = attention_model(model, heads=[2, 0])
    assert_returns(explained.predict(inputs, verbose=0), outputs, maps, 1e-6)
    explained.save(tmp_path / "explained.keras")
    loaded = keras.models.load_model(tmp_path / "explained.keras")
    result = numpy_of(dict(explained(inputs)))
    np.testing.assert_equal(numpy_of(dict(loaded(inputs))), result)


@pytest.mark.slow
def test_layers_and_heads_are_chosen():
    model, x = built("subclassed")
    explained = attention_model(model, layers="block_1", heads=[2, 0])
    outputs, maps = call_with_attention(model, x, "block_1", [2, 0])
    assert list(maps) == [STACK_PATHS[1]]
    assert_returns(explained(x), outputs, maps)


@pytest.mark.slow
def test_the_model_is_unchanged_and_shares_its_weights():
    model, x = built("functional")
    before = (numpy_of(model(x)), len(model.layers), model.get_config())
    explained = attention_model(model)
    explained(x)
    after = (numpy_of(model(x)), len(model.layers), model.get_config())
    np.testing.assert_equal(after, before)
    assert all("call" not in vars(layer) for layer in model._flatten_layers())
    weights = model.trainable_variables[0]
    weights.assign(numpy_of(weights.value) + 1)
    assert_returns(explained(x), *call_with_attention(model, x))


def test_several_outputs_keep_their_names():
    x = keras.Input((None, D))
    y = multi_head("attention")(x, x)
    outputs = {"mean": keras.layers.GlobalAveragePooling1D()(y), "all": [y, x]}
    explained = attention_model(keras.Model(x, outputs))
    assert sorted(explained(array(B, T, D))) == [
        "attention/attention",
        "outputs/all/0",
        "outputs/all/1",
        "outputs/mean",
    ]


def test_inputs_keep_their_names_types_and_structure():
    inputs = {
        "ids": keras.Input((T,), B, dtype="int32", name="ids"),
        "factor": keras.Input((T, D), B, name="factor"),
    }
    x = keras.layers.Embedding(9, D)(inputs["ids"]) * inputs["factor"]
    explained = attention_model(
        keras.Model(inputs, multi_head("attention")(x, x))
    )
    assert {
        name: (x.name, x.shape, x.dtype) for name, x in explained.input.items()
    } == {
        "ids": ("ids", (B, T), "int32"),
        "factor": ("factor", (B, T, D), "float32"),
    }


@pytest.mark.slow
def test_ids_of_a_subclassed_model_may_have_any_length():
    vectorizer = keras_attn.text.Vectorizer.learn(["good dog", "bad dog"])
    model = keras_attn.models.SentenceClassifier(
        vectorizer, ["praise", "blame"], d_model=12, num_heads=3
    )
    model(np.array([[2, 3]]))
    explained = attention_model(model)
    assert (explained.input.shape, explained.input.dtype) == (
        ((None, None), "int32")
    )
    ids = np.array([[2, 3, 4, 0, 0], [3, 0, 0, 0, 0]], "int32")
    assert_returns(explained(ids), *call_with_attention(model, ids))


@pytest.mark.slow
@pytest.mark.parametrize(
    "inputs, shape",
    [
        (keras.Input((None, D)), (None, None, D)),
        pytest.param(array(B, T, D), (None, T, D), marks=pytest.mark.long),
        pytest.param(
            keras.Input(batch_shape=(B, None, D)),
            (B, None, D),
            marks=pytest.mark.long,
        ),
    ],
)
def test_inputs_are_given_for_a_model_that_was_never_called(inputs, shape):
    model = Stack(name="stack")
    explained = attention_model(model, inputs=inputs)
    assert explained.input.shape == shape
    x = array(B, T, D)
    assert_returns(explained(x), *call_with_attention(model, x))


def test_inputs_may_be_nested_in_a_dict():
    both = [keras.Input((None, D)), keras.Input((None, D))]
    model = keras.Model({"both": both}, multi_head("cross")(*both))
    given = {"both": [array(B, T, D), array(B, S, D)]}
    explained = attention_model(model, inputs=given)
    assert_returns(explained(given), *call_with_attention(model, given))


def test_unknown_inputs_raise_an_error():
    with pytest.raises(ValueError, match="inputs of 'stack' are unknown"):
        attention_model(Stack(name="stack"))
    with pytest.raises(ValueError, match=r"must be `keras.Input`s.*'text'"):
        attention_model(Stack(name="stack"), inputs="text")


@pytest.mark.slow
def test_an_attention_model_can_itself_be_captured():
    model, x = built("functional")
    maps = capture_attention(attention_model(model), x)
    np.testing.assert_equal(maps, capture_attention(model, x))


@pytest.mark.slow
def test_half_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model, x = functional(), array(B, T, D)
    result = attention_model(model)(x)
    assert_returns(result, *call_with_attention(model, x))
    dtypes = {keras.backend.standardize_dtype(v.dtype) for v in result.values()}
    assert dtypes == {"bfloat16", "float32"}
    assert result["attention/first"].shape == (B, H, T, T)
