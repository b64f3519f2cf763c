"""Errors for everything that cannot be recorded."""

import keras
import pytest

from keras_attn.maps import (
    attention_model,
    capture_attention,
    record_attention,
)
from tests.backend import compiled
from tests.maps.samples import B, D, H, Stack, T, array, functional

HOW = {"capture": capture_attention, "model": attention_model}


class Returning(keras.layers.Layer):
    """Returns a given result when its scores are requested."""

    def __init__(self, result, **kwargs):
        super().__init__(**kwargs)
        self.result = result

    def call(self, x, return_attention_scores=False):
        return self.result(x) if return_attention_scores else x


@pytest.mark.parametrize(
    "heads, message",
    [
        ([0, H], rf"'first' has {H} heads, numbered 0 to 2.*heads=\[0, 3\]"),
        ([-1], r"counted from 0.*heads=\[-1\]"),
        ([], r"one or more integers.*heads=\[\]"),
        ("12", "one or more integers.*heads='12'"),
        (1.0, r"one or more integers.*heads=1\.0"),
        ([True], r"one or more integers.*heads=\[True\]"),
    ],
)
def test_heads_that_do_not_exist(heads, message):
    with pytest.raises(ValueError, match=message):
        capture_attention(functional(), array(B, T, D), heads=heads)


def test_an_attention_model_checks_its_heads():
    with pytest.raises(ValueError, match=r"counted from 0.*heads=\[-1\]"):
        attention_model(functional(), heads=[-1])


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
def test_the_error_for_an_unknown_layer_lists_the_known_ones(how):
    model = Stack(name="stack")
    model(array(B, T, D))
    message = (
        r"'stack' has no attention layer 'block_'\. "
        r".*stack/block_0/attention, "
    )
    with pytest.raises(ValueError, match=message):
        HOW[how](model, *_inputs(how), layers=["block_0", "block_"])


@pytest.mark.parametrize("how", HOW)
def test_a_model_without_attention_raises_an_error(how):
    model = keras.Sequential([keras.Input((D,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="whose `call` takes `return_att"):
        HOW[how](model, *([array(B, D)] if how == "capture" else []))


@pytest.mark.slow
def test_a_call_that_traces_a_graph_raises_an_error():
    model = Stack(name="stack")
    model(array(B, T, D))
    if keras.backend.backend() == "torch":
        pytest.skip("`torch.compile` traces tensors that have values")
    call = compiled(model)
    with (
        pytest.raises(ValueError, match="while a graph was being traced"),
        record_attention(model),
    ):
        call(keras.ops.convert_to_tensor(array(B, T, D)))


@pytest.mark.slow
def test_a_with_block_in_which_nothing_ran_raises_an_error():
    model = Stack(name="stack")
    model(array(B, T, D))
    with (
        pytest.raises(ValueError, match="None of the attention layers of"),
        record_attention(model),
    ):
        pass


@pytest.mark.parametrize(
    "result, message",
    [
        (lambda x: x, r"'returning' was called with `return_.*Expected `\(out"),
        (lambda x: (x, None), "'returning' returned None for its scores"),
        (lambda x: (x, x[0]), r"'returning' returned .* shape \(5, 11\)"),
    ],
)
def test_results_that_are_not_scores(result, message):
    layer = Returning(result, name="returning")
    with pytest.raises(ValueError, match=message):
        capture_attention(layer, array(B, T, D))


def _inputs(how):
    return [array(B, T, D)] if how == "capture" else []
