"""Encoding maps, tokens and labels as one event; limits and notices."""

import logging

import numpy as np
import pytest

from tensorboard_plugin_attention import encode_attention
from tensorboard_plugin_attention.budget import largest_of_cells
from tensorboard_plugin_attention.encode import encode_record
from tensorboard_plugin_attention.format import read_event
from tensorboard_plugin_attention.record import attention_record
from tensorboard_plugin_attention.statistics import head_statistics

TOKENS = [["a", "good", "dog"], ["b", "a"]]


def softmax(*shape, seed=0):
    powers = np.exp(3 * np.random.default_rng(seed).normal(size=shape))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype("float32")


def masked(weights, lengths):
    """The same weights without attention to padding."""
    for sentence, length in zip(weights, lengths, strict=True):
        sentence[..., length:] = 0
        sentence /= sentence.sum(axis=-1, keepdims=True)
    return weights


def recorded(weights, tokens, **details):
    items, notices = encode_attention(weights, tokens, **details)
    event = read_event(items)
    assert event.manifest["notices"] == notices
    return event, notices


def test_padding_is_cut_off_and_values_come_back():
    weights = {
        "first": masked(softmax(2, 3, 5, 5), [3, 2]),
        "second": masked(softmax(2, 1, 5, 5), [3, 2]),
    }
    event, notices = recorded(weights, TOKENS)
    assert notices == []
    assert sorted(event.weights) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for (example, layer), found in event.weights.items():
        length = len(TOKENS[example])
        expected = list(weights.values())[layer][example, :, :length, :length]
        np.testing.assert_allclose(found, expected, atol=7.7e-6)
        assert found.shape == expected.shape
        stats = event.manifest["stats"][example][layer]
        assert stats == head_statistics(expected, "self")


def test_one_array_is_one_layer():
    event, _ = recorded(softmax(2, 3, 3, 3), TOKENS)
    assert event.manifest["layers"] == [
        {
            "name": "attention",
            "heads": 3,
            "kind": "self",
            "rows": "tokens",
            "columns": "tokens",
        }
    ]


def test_texts_labels_and_positions_are_stored():
    event, _ = recorded(
        softmax(2, 1, 3, 3),
        TOKENS,
        texts=["A good dog.", "B a"],
        labels=["praise", None],
        probabilities=[[0.25, 0.75], [0.5, 0.5]],
        label_names=["praise", "blame"],
        special=[[0], []],
        pairs=[(2, 0), None],
        model="classifier",
    )
    first, second = event.manifest["examples"]
    assert first["text"] == "A good dog."
    assert first["label"] == "praise" and first["prediction"] == "blame"
    assert first["probabilities"] == [["praise", 0.25], ["blame", 0.75]]
    assert first["special"] == [0] and first["pair"] == [2, 0]
    assert second["label"] is None and second["pair"] is None
    assert event.manifest["model"] == "classifier"
    stats = event.manifest["stats"]
    assert stats[0][0]["referent"] is not None
    assert stats[1][0]["referent"] is None
    assert stats[1][0]["special"] == [0.0]


def test_ids_are_the_same_at_every_step_and_distinct():
    one, _ = recorded(softmax(2, 1, 3, 3), TOKENS)
    two, _ = recorded(softmax(2, 1, 7, 7, seed=1), TOKENS)
    ids = [e["id"] for e in one.manifest["examples"]]
    assert ids == [e["id"] for e in two.manifest["examples"]]
    same, _ = recorded(softmax(2, 1, 3, 3), [["a"], ["a"]])
    first, second = (e["id"] for e in same.manifest["examples"])
    assert second == f"{first}-2"


@pytest.mark.parametrize(
    "shape, axes",
    [
        ((2, 1, 3, 3), ("self", "tokens", "tokens")),
        ((2, 1, 9, 9), ("self", "tokens", "tokens")),
        ((2, 4, 1, 3), ("pool", "pooled", "tokens")),
        ((2, 1, 2, 3), ("cross", "positions", "tokens")),
        ((2, 1, 3, 2), ("cross", "tokens", "positions")),
        ((2, 1, 2, 2), ("self", "positions", "positions")),
    ],
)
def test_axes_by_shape(shape, axes):
    event, _ = recorded(softmax(*shape), TOKENS)
    (layer,) = event.manifest["layers"]
    assert (layer["kind"], layer["rows"], layer["columns"]) == axes


@pytest.mark.parametrize(
    "name, shape, axes",
    [
        ("any", (2, 1, 3, 5), ("cross", "tokens", "key_tokens")),
        ("any", (2, 1, 3, 3), ("self", "tokens", "tokens")),
        ("any", (2, 1, 5, 5), ("self", "key_tokens", "key_tokens")),
        ("any", (2, 1, 9, 9), ("self", "tokens", "tokens")),
        ("encoder_0", (2, 1, 9, 9), ("self", "key_tokens", "key_tokens")),
        ("cross_attention", (2, 1, 9, 9), ("cross", "tokens", "key_tokens")),
    ],
)
def test_axes_with_key_tokens(name, shape, axes):
    keys = [["k"] * 5, ["k"] * 4]
    event, _ = recorded({name: softmax(*shape)}, TOKENS, key_tokens=keys)
    (layer,) = event.manifest["layers"]
    assert (layer["kind"], layer["rows"], layer["columns"]) == axes
    lengths = {"tokens": 2, "key_tokens": 4}
    assert event.weights[1, 0].shape == (1, lengths[axes[1]], lengths[axes[2]])


def test_given_kinds_override_the_shape():
    event, _ = recorded(
        {"m": softmax(2, 1, 9, 9)},
        TOKENS,
        key_tokens=TOKENS[::-1],
        kinds={"m": "cross"},
    )
    assert event.manifest["layers"][0]["kind"] == "cross"


def test_long_texts_are_cut_with_a_notice():
    tokens = [[f"t{i}" for i in range(7)], ["short"]]
    weights = masked(softmax(2, 1, 7, 7), [7, 1])
    event, notices = recorded(weights, tokens, max_tokens=5)
    assert notices == [
        "Only the first 5 of 7 tokens are kept (`max_tokens`): t0 t1 t2 t3 t4 "
        "t5 t6"
    ]
    first, second = event.manifest["examples"]
    assert first["tokens"] == tokens[0][:5] and first["cut"] == {"tokens": 7}
    assert second["cut"] is None
    np.testing.assert_allclose(
        event.weights[0, 0], weights[0, :, :5, :5], atol=7.7e-6
    )
    # Statistics are those of the whole text.
    assert event.manifest["stats"][0][0] == head_statistics(weights[0], "self")


def test_a_record_has_the_axes_and_encodes_to_the_same_event():
    weights = {"self": softmax(2, 1, 5, 5), "pool": softmax(2, 1, 1, 5)}
    record = attention_record(weights, TOKENS, model="m")
    axes = {name: layer.axes for name, layer in record.layers.items()}
    assert (axes["self"].rows, axes["pool"].rows) == ("tokens", "pooled")
    items, _ = encode_record(record, max_tokens=2)
    # What was cut from the event is still in the record.
    assert [e["tokens"] for e in record.examples] == TOKENS
    assert (
        items == encode_attention(weights, TOKENS, model="m", max_tokens=2)[0]
    )


def test_attention_to_padding_gives_a_notice():
    even = np.full((2, 1, 8, 8), 1 / 8, "float32")
    _, notices = recorded(even, [["t"] * 6, ["t"] * 4])
    # Of ten rows, six give 2/8 and four 4/8.
    assert notices == [
        "Layer attention: 35% of the attention goes to padding, which is not "
        "shown. A model that masks padding would give it none."
    ]
    assert recorded(masked(even, [6, 4]), [["t"] * 6, ["t"] * 4])[1] == []


def test_axes_without_tokens_give_a_notice():
    _, notices = recorded(softmax(1, 1, 4, 4), [["t"] * 9])
    assert notices == [
        "Layer attention: the maps have 4 rows and 4 columns, which do not "
        "match the tokens. Axes without tokens are numbered."
    ]


def test_unknown_arguments_are_named():
    with pytest.raises(TypeError, match="no argument 'titles'.*texts, labels"):
        encode_attention(softmax(1, 1, 1, 1), [["a"]], titles=["x"])


@pytest.mark.parametrize(
    "max_bytes, dtype, kept, words",
    [
        (10**6, "uint16", 3, []),
        (10_000, "uint8", 3, ["8 bits"]),
        (7_000, "uint8", 2, ["8 bits", "Only the first 2 of 3 texts are kept"]),
        (
            1_000,
            "uint8",
            1,
            ["8 bits", "first of 3 texts", "Only the overview"],
        ),
    ],
)
def test_the_size_limit_is_kept_with_notices(max_bytes, dtype, kept, words):
    weights = softmax(3, 2, 32, 32)
    items, notices = encode_attention(
        weights, [["t"] * 32] * 3, max_bytes=max_bytes
    )
    event = read_event(items)
    assert len(event.manifest["examples"]) == kept == len(event.overviews)
    assert len(event.manifest["stats"]) == kept
    assert len(notices) == len(words)
    assert all(w in notice for w, notice in zip(words, notices, strict=True))
    dtypes = {
        chunk["dtype"]
        for chunk in event.manifest["chunks"]
        if chunk["kind"] == "weights"
    }
    assert dtypes in ({dtype}, set())
    if "Only the overview" not in words[-1:]:
        assert sum(map(len, items[1:])) <= max_bytes


@pytest.mark.parametrize(
    "precision, error", [("standard", 7.7e-6), ("compact", 4e-3), ("full", 0)]
)
def test_precision(precision, error):
    weights = softmax(2, 3, 3, 3)
    event, _ = recorded(weights, TOKENS, precision=precision)
    found = event.weights[0, 0]
    assert np.abs(found - weights[0]).max() <= error


def test_values_outside_0_to_1_are_kept_exactly():
    weights = masked(softmax(2, 1, 3, 3), [3, 2])
    weights[0, 0, 0] = [-1, 1.5, np.nan]
    event, notices = recorded(weights, TOKENS)
    assert notices == [
        "Layer attention: 1 weight is not finite.",
        "Layer attention: 2 weights are outside the range 0 to 1. Pass the "
        "weights after softmax.",
    ]
    np.testing.assert_array_equal(event.weights[0, 0][0, 0], weights[0, 0, 0])
    assert [c["dtype"] for c in event.manifest["chunks"]] == [
        "uint8",
        "float32",
        "uint8",
        "uint16",
    ]


def test_half_precision_weights_slightly_above_1_become_1():
    weights = np.full((1, 1, 1, 1), 1.0078125, "float16")
    event, notices = recorded(weights, [["a"]], kinds={"attention": "self"})
    assert event.weights[0, 0] == 1 and notices == []


def test_an_overview_keeps_thin_lines():
    diagonal = np.eye(70, dtype="float32")[None]
    small = largest_of_cells(diagonal, 32)
    assert small.shape == (1, 32, 32)
    assert (np.diagonal(small[0]) == 1).all()
    event, _ = recorded(diagonal[None], [["t"] * 70])
    np.testing.assert_array_equal(event.overviews[0][0], small)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"weights": {}}, "must have at least one layer"),
        ({"weights": np.ones((2, 3, 3))}, r"shape \(2, 3, 3\)"),
        ({"weights": np.ones((2, 1, 0, 3))}, "no axis of length 0"),
        ({"weights": np.ones((3, 1, 3, 3))}, "for 3 texts, but `tokens` has 2"),
        ({"tokens": ["a good dog", "b a"]}, r"tokens\[0\]. must be a list"),
        ({"tokens": [["a"], []]}, r"tokens\[1\]. must be a list"),
        ({"texts": ["one"]}, "1 entries for 2 texts"),
        ({"labels": ["x", "y", "z"]}, "3 entries for 2 texts"),
        (
            {"probabilities": [[0.5, 0.5]] * 2, "label_names": ["a"]},
            "for 1 label names",
        ),
        ({"special": [[3], []]}, "position 3 for 3 tokens"),
        (
            {"pairs": [(0, 3), None]},
            r"pairs\[0\] is \(0, 3\), but the map has 3 rows",
        ),
        ({"pairs": [(0, -1), None]}, "counted from 0"),
        ({"kinds": {"attention": "round"}}, "must be one of self, key_self"),
        ({"kinds": {"other": "self"}}, r"\['other'\]"),
        ({"kinds": {"attention": "key_self"}}, "needs `key_tokens`"),
        ({"precision": "double"}, "one of standard, compact, full"),
        ({"max_tokens": 0}, "positive integer"),
        ({"max_bytes": 1.5}, "positive integer"),
    ],
)
def test_bad_input(change, message):
    given = {"weights": softmax(2, 1, 3, 3), "tokens": TOKENS} | change
    with pytest.raises(ValueError, match=message):
        encode_attention(given.pop("weights"), given.pop("tokens"), **given)


def test_hostile_tokens_come_back_as_they_are():
    tokens = [["<script>", "\u202e", "\0", "", "\ud800", "a" * 10_000]]
    event, _ = recorded(softmax(1, 1, 6, 6), tokens)
    assert event.manifest["examples"][0]["tokens"] == tokens[0]


def test_it_writes_nothing_to_the_log(caplog):
    with caplog.at_level(logging.DEBUG):
        encode_attention(softmax(1, 1, 7, 7), [["t"] * 7], max_tokens=3)
    assert caplog.records == []
