"""`classify` of many texts: one graph, in any order of lengths."""

import threading

import numpy as np
import pytest
import tensorflow as tf

from keras_attn.maps import record_attention
from tests.parts import in_part

pytestmark = [pytest.mark.slow, pytest.mark.tensorflow]

WORDS = ["a", "very", "good", "dog", ",", "cat"]
RNG = np.random.default_rng(5)
# 17 texts are 9 batches of two.
TEXTS = [" ".join(RNG.choice(WORDS, n % 7 + 1)) for n in RNG.permutation(17)]


@pytest.fixture
def one_by_one(classifier):
    """The same texts, each in a forward pass of its own."""
    return [classifier.classify([text])[0] for text in TEXTS]


def require_equal(results, expected):
    for found, right in zip(results, expected, strict=True):
        assert (found.text, found.tokens) == (right.text, right.tokens)
        assert found.label == right.label
        assert found.probabilities == pytest.approx(
            right.probabilities, abs=1e-6
        )
        if found.attention is not None:
            np.testing.assert_allclose(
                found.attention, right.attention, atol=1e-6
            )


@pytest.mark.parametrize("attention", in_part([True, False], True))
def test_the_layers_are_called_once(
    classifier, one_by_one, asked_for_maps, attention
):
    asked_for_maps.clear()
    results = classifier.classify(TEXTS, batch_size=2, attention=attention)
    assert asked_for_maps == [attention]
    require_equal(results, one_by_one)


def test_a_model_that_was_never_called(classifier, one_by_one):
    model = type(classifier).from_config(classifier.get_config())
    results = model.classify(TEXTS, batch_size=2)
    assert [result.text for result in results] == TEXTS
    # Its weights do not belong to the graph of that call.
    assert all(isinstance(w.value, tf.Variable) for w in model.weights)
    model.set_weights(classifier.get_weights())
    require_equal(model.classify(TEXTS, batch_size=2), one_by_one)


def test_every_batch_is_recorded(classifier, one_by_one):
    with record_attention(classifier) as maps:
        results = classifier.classify(TEXTS, batch_size=2)
    assert len(maps) == 2 * 9  # layers, batches
    require_equal(results, one_by_one)


def test_during_a_recording_of_another_thread(classifier, one_by_one):
    results = []
    thread = threading.Thread(
        target=lambda: results.extend(classifier.classify(TEXTS, batch_size=2))
    )
    with record_attention(classifier) as maps:
        thread.start()
        classifier.classify(TEXTS[:1])
        thread.join()
    assert len(maps) == 2
    require_equal(results, one_by_one)


@pytest.mark.long  # `_forward_pass` keeps no graph: the others would notice
def test_a_quantized_model_is_traced_again(classifier, one_by_one):
    classifier.classify(TEXTS, batch_size=2)
    classifier.quantize("int8", filters="query|key|head")
    results = classifier.classify(TEXTS, batch_size=2)
    assert results[0].probabilities != pytest.approx(
        one_by_one[0].probabilities, abs=1e-6
    )
    expected = [classifier.classify([text])[0] for text in TEXTS]
    require_equal(results, expected)
