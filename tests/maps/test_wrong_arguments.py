"""Wrong arguments raise errors; inputs are accepted in every form."""

import pathlib

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.maps import (
    attention_model,
    call_with_attention,
    capture_attention,
    record_attention,
)
from tests.maps.samples import (
    STACK_PATHS,
    B,
    D,
    H,
    S,
    Stack,
    T,
    array,
    assert_identical,
    functional,
    multi_head,
)

X, MEMORY = array(B, T, D), array(B, S, D)


def recording(model, inputs=None, **options):
    with record_attention(model, **options):
        model(inputs)


HOW = {
    "capture": capture_attention,
    "record": recording,
    "model": lambda model, inputs, **options: attention_model(model, **options),
}
every_way = pytest.mark.parametrize("how", HOW)


@every_way
def test_none_instead_of_a_model_raises_an_error(how):
    message = "`model` must be a Keras model or layer. Received: None.$"
    with pytest.raises(ValueError, match=message):
        HOW[how](None, X)


@pytest.mark.parametrize(
    "given, message",
    [
        ("m.keras", "Received: 'm.keras'. Load it first, for instance with"),
        (pathlib.Path("m.keras"), "Load it first"),
        (keras.layers.MultiHeadAttention, "Create an instance of this class"),
        (len, "Received: <built-in function len>.$"),
    ],
)
def test_the_error_for_something_else_gives_a_hint(given, message):
    message = f"`model` must be a Keras model or layer. .*{message}"
    with pytest.raises(ValueError, match=message):
        capture_attention(given, X)


def test_invalid_layers_raise_an_error():
    model = functional()
    message = "`layers` must be a name, a path or a layer, or a list.*Received"
    for layers in (3, [], (), [3], ["first", None], b"first"):
        with pytest.raises(ValueError, match=message):
            capture_attention(model, X, layers=layers)
    for how in HOW.values():
        with pytest.raises(ValueError, match=message):
            how(model, X, layers=[])


@pytest.mark.slow
def test_a_layer_selects_itself_and_what_is_inside():
    model = Stack(name="stack")
    model(X)
    first, second = model.blocks
    assert [*capture_attention(model, X, first)] == STACK_PATHS[:1]
    chosen = [second.attention, "last"]
    assert [*capture_attention(model, X, chosen)] == STACK_PATHS[1:]


def test_the_error_for_a_layer_of_another_model_has_its_path():
    other = multi_head("other")
    with pytest.raises(ValueError, match="'func.*no attention layer 'other'"):
        capture_attention(functional(), X, layers=other)


@every_way
def test_the_error_for_missing_heads_is_one_line(how):
    """Keras adds twenty lines to an error that crosses its layers."""
    with pytest.raises(ValueError) as error:
        HOW[how](functional(), X, layers="first", heads=9)
    assert str(error.value) == (
        "Layer 'first' has 3 heads, numbered 0 to 2. Received: heads=[9]. "
        "Choose other heads, or leave the layer out with `layers`."
    )


def test_other_errors_inside_a_recording_are_unchanged():
    mine = ValueError("of my own")
    with pytest.raises(ValueError) as error, record_attention(functional()):
        raise mine
    assert error.value is mine


@pytest.mark.slow
@pytest.mark.parametrize("as_given", [list, tuple, dict])
@pytest.mark.parametrize("make", [keras_attn.layers, keras.layers])
def test_a_layer_of_several_tensors_gets_them_one_by_one(make, as_given):
    layer = make.MultiHeadAttention(H, 4, name="cross")
    given = [X, MEMORY]
    if as_given is dict:
        given = {"query": X, "value": MEMORY}
    outputs, maps = call_with_attention(layer, as_given(given))
    assert_identical(outputs, layer(X, MEMORY))
    assert {k: w.shape for k, w in maps.items()} == {"cross": (B, H, T, S)}
    explained = attention_model(layer, inputs=given)(given)
    assert_identical(explained["attention/cross"], maps["cross"])


@pytest.mark.slow
def test_a_decoder_block_gets_its_memory():
    block = keras_attn.layers.DecoderBlock(
        keras_attn.layers.MultiHeadSelfAttention(1, name="own"),
        keras_attn.layers.MultiHeadAttention(1, name="cross"),
        keras_attn.layers.FeedForward(7),
        name="block",
    )
    maps = capture_attention(block, [X, MEMORY])
    assert [*maps] == ["block/own", "block/cross"]


@pytest.mark.parametrize(
    "given, received",
    [
        (X, rf"Received: ndarray of shape \({B}, {T}, {D}\)"),
        ([X], "Received: a list of 1"),
        ({"query": X, "memory": X}, "Received: a dict of query, memory"),
        (None, "Received: NoneType"),
    ],
)
def test_missing_tensors_raise_an_error(given, received):
    layer = keras_attn.layers.MultiHeadAttention(H, 4, name="cross")
    message = f"'cross' is called on query, value: .*list.*dict.*{received}"
    with pytest.raises(ValueError, match=message):
        capture_attention(layer, given)


class OwnAttention(keras.layers.Layer):
    """Attention that cannot return scores."""

    def call(self, x):
        return x


def test_attention_that_cannot_return_scores_is_named():
    model = keras.Sequential([keras.Input((D,)), OwnAttention()])
    with pytest.raises(ValueError, match="do not take it: OwnA") as error:
        capture_attention(model, np.ones((B, D)))
    assert "`call` takes `return_attention_scores`" in str(error.value)
    assert "Call it once first" not in str(error.value)


def test_the_error_for_a_model_never_called_says_so():
    with pytest.raises(ValueError, match="Call it once first"):
        recording(keras.Sequential([keras.layers.Dense(2)]))
