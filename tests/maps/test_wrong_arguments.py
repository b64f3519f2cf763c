"""Arguments of the maps that are refused, or taken as they were meant."""

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
@pytest.mark.parametrize(
    "given, message",
    [
        (None, "Received: None.$"),
        ("m.keras", "Received: 'm.keras'. Load it first, as with `keras.sav"),
        (pathlib.Path("m.keras"), "Load it first"),
        (keras.layers.MultiHeadAttention, "Make one of this class first"),
        (len, "Received: <built-in function len>.$"),
    ],
)
def test_what_is_no_model_is_refused(how, given, message):
    message = f"A Keras model or layer is expected. .*{message}"
    with pytest.raises(ValueError, match=message):
        HOW[how](given, X)


@every_way
@pytest.mark.parametrize("layers", [3, [], (), [3], ["first", None], b"first"])
def test_layers_that_are_none(how, layers):
    message = "`layers` must be a name, a path or a layer, or a list.*Received"
    with pytest.raises(ValueError, match=message):
        HOW[how](functional(), X, layers=layers)


def test_a_layer_selects_itself_and_what_is_inside():
    model = Stack(name="stack")
    model(X)
    first, second = model.blocks
    assert [*capture_attention(model, X, first)] == STACK_PATHS[:1]
    chosen = [second.attention, "last"]
    assert [*capture_attention(model, X, chosen)] == STACK_PATHS[1:]


def test_a_layer_of_another_model_is_refused_by_its_path():
    other = multi_head("other")
    with pytest.raises(ValueError, match="No attention layer 'other' in 'func"):
        capture_attention(functional(), X, layers=other)


@every_way
def test_heads_that_are_not_there_are_refused_in_one_line(how):
    """Keras wraps what crosses its layers in twenty lines of its own."""
    with pytest.raises(ValueError) as error:
        HOW[how](functional(), X, layers="first", heads=9)
    assert str(error.value) == (
        "Layer 'first' has 3 heads, numbered 0 to 2. Received: heads=[9]. "
        "Choose others, or leave the layer out with `layers`."
    )


def test_other_errors_inside_a_recording_stay_as_they_are():
    mine = ValueError("of my own")
    with pytest.raises(ValueError) as error, record_attention(functional()):
        raise mine
    assert error.value is mine


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
def test_tensors_that_a_layer_of_several_misses(given, received):
    layer = keras_attn.layers.MultiHeadAttention(H, 4, name="cross")
    message = f"'cross' is called on query, value: .*list.*dict.*{received}"
    with pytest.raises(ValueError, match=message):
        capture_attention(layer, given)


class OwnAttention(keras.layers.Layer):
    """An attention that gives no scores."""

    def call(self, x):
        return x


def test_a_model_whose_attention_gives_no_scores_is_told_so():
    model = keras.Sequential([keras.Input((D,)), OwnAttention()])
    with pytest.raises(ValueError, match="Without it there are: OwnA") as error:
        capture_attention(model, np.ones((B, D)))
    assert "`call` takes `return_attention_scores`" in str(error.value)
    assert "call it once" not in str(error.value)


def test_a_model_that_was_never_called_is_told_to_be():
    with pytest.raises(ValueError, match="call it once"):
        recording(keras.Sequential([keras.layers.Dense(2)]))
