"""The parts of a title: short layer names, and the prediction."""

import numpy as np
import pytest

from keras_attn.tensorboard.layer_tags import layer_tags
from keras_attn.tensorboard.predictions import (
    class_name,
    class_output,
    class_probabilities,
    verdict,
)


@pytest.mark.parametrize(
    "paths, tags",
    [
        (["m/block_0/attention"], ["block_0"]),
        (
            ["m/block_0/attention", "m/block_1/attention"],
            ["block_0", "block_1"],
        ),
        (["attention", "attention_1"], ["attention", "attention_1"]),
        (["m/attention"], ["attention"]),
        (
            ["m/decoder/self", "m/decoder/cross", "m/encoder/self"],
            ["decoder/self", "decoder/cross", "encoder"],
        ),
        (["a/x", "a"], ["a/x", "a"]),
        (["b/x", "b/x#2"], ["b/x", "b/x#2"]),
    ],
)
def test_layer_tags(paths, tags):
    assert layer_tags(paths, "m") == dict(zip(paths, tags, strict=True))


@pytest.mark.parametrize(
    "outputs, probabilities",
    [
        ([[0.25, 0.75], [1.0, 0.0]], [[0.25, 0.75], [1.0, 0.0]]),
        ([[0.0, np.log(3)]], [[0.25, 0.75]]),
        ([[1000.0, 0.0]], [[1.0, 0.0]]),
        ([[0.2, 0.2]], [[0.5, 0.5]]),  # in [0, 1], but not probabilities
        ([[0.25], [1.0]], [[0.75, 0.25], [0.0, 1.0]]),
        ([[np.log(3)]], [[0.25, 0.75]]),
        ([[-1000.0]], [[1.0, 0.0]]),
    ],
)
def test_class_probabilities(outputs, probabilities):
    found = class_probabilities(np.array(outputs, "float32"))
    np.testing.assert_allclose(found, probabilities, atol=1e-6)


YES_NO = np.array([[0.25, 0.75], [0.5, 0.5]])
STATES = np.array([[3.0, 4.0, 5.0], [6.0, -7.0, 8.0]])
SEQUENCE = np.zeros((2, 4, 3))


@pytest.mark.parametrize(
    "outputs, names, expected",
    [
        (YES_NO, None, YES_NO),
        ({"states": SEQUENCE, "answer": YES_NO}, None, YES_NO),
        ([STATES, YES_NO], None, YES_NO),
        ({"pooled": YES_NO * 9, "logits": STATES}, None, STATES),
        ({"logits": STATES, "probabilities": YES_NO}, None, YES_NO),
        ({"pooled": STATES, "answer": YES_NO * 9}, "ab", YES_NO * 9),
        ({"pooled": STATES, "answer": STATES[:, :1]}, "ab", STATES[:, :1]),
    ],
)
def test_the_output_that_predicts_the_class(outputs, names, expected):
    found, reason = class_output(outputs, names)
    np.testing.assert_array_equal(found, expected)
    assert reason is None


@pytest.mark.parametrize(
    "outputs, names, message",
    [
        (
            {"states": SEQUENCE, "pooled": STATES},
            None,
            "(states, pooled) must contain probabilities",
        ),
        ({"a": YES_NO, "b": YES_NO}, None, "called `logits`. Pass `label_na"),
        (
            {"a": YES_NO * 9, "b": YES_NO * 8},
            "ab",
            "must have 2 columns. Check `label_names`",
        ),
        ([SEQUENCE, STATES], "ab", "(0, 1) must have 2 columns"),
    ],
)
def test_the_notice_if_no_output_predicts_the_class(outputs, names, message):
    found, reason = class_output(outputs, names)
    assert found is None and message in reason


@pytest.mark.parametrize("shape", [(2,), (2, 3, 5)])
def test_outputs_that_are_not_classes(shape):
    assert class_probabilities(np.zeros(shape)) is None
    assert class_probabilities([np.zeros((2, 3))]) is None


def example(label, prediction):
    probabilities = prediction and [["no", 0.25], ["yes", 0.75]]
    return {
        "label": label,
        "prediction": prediction,
        "probabilities": probabilities,
    }


@pytest.mark.parametrize(
    "label, prediction, parts",
    [
        (None, "yes", ["predicted: yes 0.75"]),
        ("yes", "yes", ["label: yes", "predicted: yes 0.75 ✓"]),
        ("no", "yes", ["label: no", "predicted: yes 0.75 ✗"]),
        ("yes", None, ["label: yes"]),
        (None, None, []),
    ],
)
def test_verdict(label, prediction, parts):
    assert verdict(example(label, prediction)) == parts


@pytest.mark.parametrize(
    "label, names, expected",
    [
        (1, None, "1"),
        (np.int64(0), ["no", "yes"], "no"),
        ("yes", ("no", "yes"), "yes"),
    ],
)
def test_class_name(label, names, expected):
    assert class_name(label, names) == expected


@pytest.mark.parametrize(
    "label, names, message",
    [
        ("maybe", ["no", "yes"], "'maybe' is not among the label names"),
        ("yes", None, "'yes' is not among the label names None"),
        (2, ["no", "yes"], "label id 2 has no name. Expected .* 0 to 1"),
        (-1, ["no", "yes"], "label id -1 has no name"),
    ],
)
def test_labels_without_a_name_raise_errors(label, names, message):
    with pytest.raises(ValueError, match=message):
        class_name(label, names)
