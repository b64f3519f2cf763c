"""What cannot be recorded is refused, in words that say why."""

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


class Answering(keras.layers.Layer):
    """Gives whatever it is told to give as its answer."""

    def __init__(self, answer, **kwargs):
        super().__init__(**kwargs)
        self.answer = answer

    def call(self, x, return_attention_scores=False):
        return self.answer(x) if return_attention_scores else x


@pytest.mark.parametrize("how", HOW)
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
def test_heads_that_are_not_there(how, heads, message):
    with pytest.raises(ValueError, match=message):
        HOW[how](functional(), *_inputs(how), heads=heads)


@pytest.mark.parametrize("how", HOW)
def test_an_unknown_layer_is_refused_with_those_there_are(how):
    model = Stack(name="stack")
    model(array(B, T, D))
    with pytest.raises(
        ValueError, match=r"'block_' in 'stack'.*stack/block_0/attention, "
    ):
        HOW[how](model, *_inputs(how), layers=["block_0", "block_"])


@pytest.mark.parametrize("how", HOW)
def test_a_model_without_attention_is_refused(how):
    model = keras.Sequential([keras.Input((D,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="whose `call` takes `return_att"):
        HOW[how](model, *([array(B, D)] if how == "capture" else []))


def test_a_call_that_traces_a_graph_is_refused():
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


def test_a_block_in_which_nothing_ran_is_refused():
    model = Stack(name="stack")
    model(array(B, T, D))
    with (
        pytest.raises(ValueError, match="None of the attention layers of"),
        record_attention(model),
    ):
        pass


@pytest.mark.parametrize(
    "answer, message",
    [
        (lambda x: x, r"'answering' was asked.*Expected `\(output, scores\)`"),
        (lambda x: (x, None), "'answering' was asked for its scores and gave"),
        (lambda x: (x, x[0]), r"'answering' gave scores of shape \(5, 11\)"),
    ],
)
def test_answers_that_are_no_scores(answer, message):
    layer = Answering(answer, name="answering")
    with pytest.raises(ValueError, match=message):
        capture_attention(layer, array(B, T, D))


def _inputs(how):
    return [array(B, T, D)] if how == "capture" else []
