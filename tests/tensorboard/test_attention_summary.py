"""Arrays of any kind, written and read back."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_attn.tensorboard import attention_html, attention_summary
from keras_attn.tensorboard.arrays import layers_of
from tensorboard_plugin_attention import AttentionWriter

B, H, T, S = 2, 3, 5, 7
TOKENS = [[*"abcde"], [*"xyz"]]
KEY_TOKENS = [[*"ABCDEFG"], [*"XY"]]
ROUNDING = 8e-6


def weights_of(*shape):
    scores = np.random.default_rng(len(shape)).normal(size=shape)
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return (powers / powers.sum(-1, keepdims=True)).astype("float32")


def masked(weights):
    """The same weights, with none on the padding of `TOKENS`."""
    for sentence, tokens in zip(weights, TOKENS, strict=True):
        sentence[..., len(tokens) :] = 0
        sentence /= sentence.sum(-1, keepdims=True)
    return weights


@pytest.fixture
def written(read, tmp_path):
    """written(*arguments) -> the `Event` that `attention_summary` writes."""

    def written(*arguments, **details):
        writer = tf.summary.create_file_writer(str(tmp_path))
        with writer.as_default():
            attention_summary("maps", *arguments, step=3, **details)
        writer.close()
        ((step, event),) = read(tmp_path)["maps"]
        assert step == 3
        return event

    return written


def test_self_attention(written):
    weights = weights_of(B, H, T, T)
    event = written(weights, TOKENS)
    (layer,) = event.manifest["layers"]
    assert (layer["name"], layer["kind"]) == ("attention", "self")
    for index, length in enumerate((5, 3)):
        np.testing.assert_allclose(
            event.weights[index, 0],
            weights[index, :, :length, :length],
            rtol=0,
            atol=ROUNDING,
        )


def test_cross_attention(written):
    event = written(
        {"cross": weights_of(B, H, T, S)}, TOKENS, key_tokens=KEY_TOKENS
    )
    (layer,) = event.manifest["layers"]
    assert (layer["rows"], layer["columns"]) == ("tokens", "key_tokens")
    assert event.manifest["examples"][1]["key_tokens"] == ["X", "Y"]
    assert event.weights[1, 0].shape == (H, 3, 2)


def test_a_pooling(written):
    event = written({"pooling": weights_of(B, H, 1, T)}, TOKENS)
    assert event.manifest["layers"][0]["kind"] == "pool"


def test_a_single_text(written):
    event = written(
        [weights_of(H, T, S), weights_of(H, T, T)],
        [*"abcde"],
        texts="a b c d e",
        key_tokens=[*"ABCDEFG"],
        labels=1,
        predictions="no",
        probabilities=np.array([0.75, 0.25]),
        label_names=["no", "yes"],
        special=[0],
        pairs=(1, 2),
    )
    assert [e["name"] for e in event.manifest["layers"]] == [
        "layer_0",
        "layer_1",
    ]
    (example,) = event.manifest["examples"]
    assert example["tokens"] == [*"abcde"]
    assert example["text"] == "a b c d e"
    assert (example["label"], example["prediction"]) == ("yes", "no")
    assert example["probabilities"] == [["no", 0.75], ["yes", 0.25]]
    assert (example["special"], example["pair"]) == ([0], [1, 2])


def test_labels_and_predictions(written):
    event = written(
        weights_of(B, H, T, T),
        TOKENS,
        labels=np.array([1, 0]),
        predictions=["praise", "blame"],
        label_names=["blame", "praise"],
    )
    shown = [(e["label"], e["prediction"]) for e in event.manifest["examples"]]
    assert shown == [("praise", "praise"), ("blame", "blame")]


def test_names_need_no_list_of_names(written):
    event = written(
        weights_of(B, H, T, T), TOKENS, labels=["a", None], predictions=[3, "b"]
    )
    shown = [(e["label"], e["prediction"]) for e in event.manifest["examples"]]
    assert shown == [("a", "3"), (None, "b")]


class TorchLike:
    """The used parts of a PyTorch tensor; NumPy cannot read its bfloat16."""

    def __init__(self, array, known=True):
        self.array, self.known = array, known
        self.shape = array.shape

    def detach(self):
        return self

    cpu = detach

    def is_floating_point(self):
        return True

    def float(self):
        return TorchLike(self.array.astype("float32"))

    def __array__(self, dtype=None, copy=None):
        if not self.known:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


@pytest.mark.parametrize(
    "convert, atol",
    [
        (np.float64, 1e-7),
        (np.float16, 1e-3),
        (lambda w: w.tolist(), 1e-7),
        (tf.constant, 0),
        (tf.Variable, 0),
        (lambda w: tf.cast(w, "bfloat16"), 4e-3),
        (lambda w: keras.Variable(w, dtype="bfloat16"), 4e-3),
        (lambda w: TorchLike(w, known=False), 0),
        (list, 0),
    ],
)
def test_arrays_of_any_kind(convert, atol):
    weights = weights_of(H, T, T)
    converted = convert(weights)
    for given in (converted, {"attention": converted}):
        (found,) = layers_of(given).values()
        assert found.dtype.kind == "f"
        np.testing.assert_allclose(found, weights, rtol=0, atol=atol)


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["jax.numpy", "torch"])
def test_arrays_of_other_frameworks(framework, written):
    module = pytest.importorskip(framework)
    weights = weights_of(B, H, T, T)
    tensor = module.asarray(weights)
    is_torch = framework == "torch"
    half = tensor.bfloat16() if is_torch else tensor.astype("bfloat16")
    for given, atol in ((tensor, ROUNDING), (half, 4e-3)):
        (found,) = layers_of([given]).values()
        np.testing.assert_allclose(found, weights, rtol=0, atol=atol)
    assert set(written(half, TOKENS).weights) == {(0, 0), (1, 0)}


def test_nested_layers():
    a, b, c = (weights_of(B, H, n, n) for n in (2, 3, 5))
    layers = layers_of({"encoder": [a, b], "decoder": {"self": c}})
    assert list(layers) == [
        "encoder/layer_0",
        "encoder/layer_1",
        "decoder/self",
    ]
    np.testing.assert_array_equal(layers["encoder/layer_1"], b)


def test_default_writer_and_step(read, tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default(step=11):
        weights = masked(weights_of(B, H, T, T))
        notices = attention_summary("maps", weights, TOKENS)
        with tf.summary.record_if(False):
            attention_summary("maps", weights_of(B, H, T, T), TOKENS, step=12)
    writer.close()
    assert notices == []
    assert [step for step, _ in read(tmp_path)["maps"]] == [11]


def test_any_writer(read, tmp_path):
    weights = weights_of(B, H, T, T)
    with AttentionWriter(tmp_path / "ours") as ours:
        attention_summary("maps", weights, TOKENS, 2, writer=ours)
    theirs = tf.summary.create_file_writer(str(tmp_path / "theirs"))
    attention_summary("maps", weights, TOKENS, 2, writer=theirs)
    theirs.close()
    ((_, a),) = read(tmp_path / "ours")["maps"]
    ((_, b),) = read(tmp_path / "theirs")["maps"]
    assert a.manifest == b.manifest
    for key in a.weights:
        np.testing.assert_array_equal(a.weights[key], b.weights[key])


def test_what_is_left_out_is_logged_and_returned(tmp_path, caplog):
    with AttentionWriter(tmp_path) as writer:
        notices = attention_summary(
            "maps",
            masked(weights_of(B, H, T, T)),
            TOKENS,
            0,
            writer=writer,
            max_tokens=4,
        )
    assert len(notices) == 1 and "first 4 of 5 tokens" in notices[0]
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("keras_attn", logging.WARNING)
    assert record.getMessage() == f"maps: {notices[0]}"


def test_no_writer():
    with pytest.raises(
        ValueError, match="writer=.*, or open one with .*as_default"
    ):
        attention_summary("maps", weights_of(B, H, T, T), TOKENS, 0)


def test_no_step(tmp_path):
    with (
        AttentionWriter(tmp_path) as writer,
        pytest.raises(ValueError, match="no step. Pass `step=`"),
    ):
        attention_summary("maps", weights_of(B, H, T, T), TOKENS, writer=writer)


@pytest.mark.parametrize(
    "step",
    [
        np.int64(4),
        tf.constant(4),
        tf.Variable(4, dtype="int64"),
        keras.Variable(4, dtype="int32"),
    ],
)
def test_steps_are_integers_of_any_kind(read, tmp_path, step):
    writer = tf.summary.create_file_writer(str(tmp_path))
    attention_summary(
        "maps", weights_of(B, H, T, T), TOKENS, step, writer=writer
    )
    writer.close()
    assert [found for found, _ in read(tmp_path)["maps"]] == [4]


@pytest.mark.parametrize("step", [1.5, tf.constant(1.5), "1", [1]])
def test_other_steps_raise_errors(tmp_path, step):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with pytest.raises(ValueError, match="`step` must be an integer"):
        attention_summary(
            "maps", weights_of(B, H, T, T), TOKENS, step, writer=writer
        )
    writer.close()


def test_something_else_as_the_writer():
    with pytest.raises(ValueError, match="Received: writer='logs'"):
        attention_summary("m", weights_of(B, H, T, T), TOKENS, 0, writer="logs")


@pytest.mark.slow
def test_inside_a_graph():
    @tf.function
    def traced():
        attention_summary("maps", weights_of(B, H, T, T), TOKENS, 0)

    with pytest.raises(ValueError, match="while a graph is traced"):
        traced()


@pytest.mark.parametrize(
    "weights, message",
    [
        (weights_of(B, H, T), r"\(2, 3, 5\)"),
        (weights_of(1, H, T, T), "are for 1 texts, but `tokens` has 2"),
        ({}, "must have at least one layer"),
        (keras.Input((H, T, T)), "Expected an array of numbers"),
    ],
)
def test_wrong_weights_raise_errors(tmp_path, weights, message):
    with (
        AttentionWriter(tmp_path) as writer,
        pytest.raises(ValueError, match=message),
    ):
        attention_summary("maps", weights, TOKENS, 0, writer=writer)


def test_attention_html_is_exported_here_too():
    assert callable(attention_html)
