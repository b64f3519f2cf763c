"""Calls of one layer for several inputs have names of their own."""

import threading

import keras
import numpy as np
import pytest

from keras_attn.layers import EncoderBlock, FeedForward, MultiHeadSelfAttention
from keras_attn.maps import attention_model, capture_attention, record_attention
from tests.parts import in_part

D = 6
RNG = np.random.default_rng(0)
QUESTION = RNG.normal(size=(2, 5, D)).astype("float32")
ANSWER = RNG.normal(size=(2, 3, D)).astype("float32")


def encoder(name="encoder"):
    x = keras.Input((None, D))
    attention = MultiHeadSelfAttention(2, name="attention")
    block = EncoderBlock(attention, FeedForward(7), name="block")
    return keras.Model(x, block(x), name=name)


def pair_model(shared):
    """Calls `shared` for the answer first, then for the question."""
    question = keras.Input((None, D), name="question")
    answer = keras.Input((None, D), name="answer")
    read = [shared(answer), shared(question)]
    pooled = [keras.layers.GlobalAveragePooling1D()(x) for x in read]
    y = keras.layers.Dot(axes=1)(pooled)
    return keras.Model([question, answer], y)


def expected(shared, x, path):
    (weights,) = capture_attention(shared, x).values()
    return {path: weights}


def assert_same(found, wanted):
    assert found.keys() == wanted.keys()
    for key, weights in wanted.items():
        np.testing.assert_allclose(found[key], weights, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", in_part(["submodel", "attention", "block"], "submodel", "attention")
)
def test_calls_are_named_by_what_they_read(kind):
    if kind == "submodel":
        shared, path = encoder(), "block/attention"
    elif kind == "block":
        attention = MultiHeadSelfAttention(2, name="attention")
        shared = EncoderBlock(attention, FeedForward(7), name="block")
        path = "block/attention"
    else:
        shared = MultiHeadSelfAttention(2, name="attention")
        path = "attention"
    model = pair_model(shared)
    before = vars(shared).get("call")
    wanted = {
        **expected(shared, QUESTION, f"{path}[question]"),
        **expected(shared, ANSWER, f"{path}[answer]"),
    }
    inputs = [QUESTION, ANSWER]
    assert_same(capture_attention(model, inputs), wanted)
    assert vars(shared).get("call") is before
    result = attention_model(model).predict(inputs, verbose=0)
    del result["outputs"]
    wanted = {f"attention/{key}": weights for key, weights in wanted.items()}
    assert_same(result, wanted)


def test_a_second_run_has_the_names_of_the_first():
    model = pair_model(MultiHeadSelfAttention(2, name="attention"))
    with record_attention(model) as maps:
        model([QUESTION, ANSWER])
        model([QUESTION[:1], ANSWER[:1]])
    assert sorted(maps) == [
        *("attention[answer]", "attention[answer]#2"),
        *("attention[question]", "attention[question]#2"),
    ]
    np.testing.assert_allclose(
        maps["attention[answer]#2"], maps["attention[answer]"][:1], atol=1e-6
    )


def test_calls_outside_of_the_model_have_no_name():
    shared = MultiHeadSelfAttention(2, name="attention")
    model = pair_model(shared)
    with record_attention(model) as maps:
        shared(ANSWER)
        model([QUESTION, ANSWER])
        shared(QUESTION)
    assert sorted(maps) == [
        *("attention", "attention#2"),
        *("attention[answer]", "attention[question]"),
    ]
    assert (
        maps["attention#2"].shape[-1] == maps["attention[question]"].shape[-1]
    )


def test_a_name_says_what_a_deeper_call_reads():
    """Two calls in a chain: the second reads what the first returns."""
    x = keras.Input((None, D), name="x")
    shared = MultiHeadSelfAttention(2, name="attention")
    model = keras.Model(x, shared(shared(x)))
    assert sorted(capture_attention(model, ANSWER)) == [
        "attention[attention]",
        "attention[x]",
    ]


def test_calls_with_equal_names_are_counted():
    x = keras.Input((None, D), name="x")
    shared = MultiHeadSelfAttention(2, name="attention")
    model = keras.Model(x, [shared(x), shared(x)])
    assert sorted(capture_attention(model, ANSWER)) == [
        "attention",
        "attention#2",
    ]


def test_a_layer_that_is_called_once_keeps_its_key():
    assert list(capture_attention(encoder(), ANSWER)) == ["block/attention"]


@pytest.mark.slow
def test_threads_have_names_of_their_own():
    model = pair_model(MultiHeadSelfAttention(2, name="attention"))
    found, barrier = [], threading.Barrier(2)

    def capture():
        barrier.wait()
        for _ in range(5):
            found.append(sorted(capture_attention(model, [QUESTION, ANSWER])))

    threads = [threading.Thread(target=capture) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["attention[answer]", "attention[question]"]] * 10
