"""Curves read back from event files."""

import keras
import numpy as np
import pytest

from keras_attn.layers import AttentionPooling, MultiHeadSelfAttention
from keras_attn.maps import attention_mass, capture_attention
from keras_attn.tensorboard import AttentionMaps, ReferentAttention

TEXTS = ["the dog saw a cat", "a dog", "the cat saw"]
IDS = np.array([[2, 3, 4, 5, 6], [5, 3, 0, 0, 0], [2, 6, 4, 0, 0]])
QUERIES, KEYS = [4, 1, 2], [1, 0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [2, 64])
def test_values_are_those_of_the_maps(
    classifier, fit, read, tmp_path, batch_size
):
    curves = ReferentAttention(
        tmp_path, TEXTS, QUERIES, KEYS, batch_size=batch_size
    )
    before = capture_attention(classifier, IDS)
    fit(classifier, curves, epochs=2)
    after = capture_attention(classifier, IDS)
    events = read(tmp_path / "referent_attention")
    assert list(events) == [
        f"referent_attention/attention/head_{head}" for head in range(3)
    ]
    for maps, place in ((before, 0), (after, -1)):
        mass = attention_mass(maps, QUERIES, KEYS)["attention"]
        written = [points[place][1] for points in events.values()]
        np.testing.assert_allclose(written, mass, atol=1e-6)
    for points in events.values():
        assert [step for step, _ in points] == [0, 1, 2]


def test_a_pooling_has_no_curve(log, read, tmp_path):
    """Its maps are logged, but its rows are not tokens."""
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(7, 6, mask_zero=True)(ids)
    x = MultiHeadSelfAttention(3, name="attention")(x)
    x = AttentionPooling(num_hops=2, name="pooling")(x)
    model = keras.Model(ids, keras.layers.Dense(2, activation="softmax")(x))

    def encode(texts):
        return IDS[: len(texts)], [text.split() for text in texts]

    curves = ReferentAttention(tmp_path, TEXTS, QUERIES, KEYS, encode=encode)
    maps = AttentionMaps(tmp_path, TEXTS[:1], encode=encode)
    log(model, curves)
    log(model, maps)
    assert len(read(tmp_path / "referent_attention")) == 3
    ((_, event), *_) = read(tmp_path / "attention")["attention"]
    layers = [layer["name"] for layer in event.manifest["layers"]]
    assert layers == ["attention", "pooling"]


def test_every_n_epochs(classifier, log, read, tmp_path):
    curves = ReferentAttention(tmp_path, TEXTS, QUERIES, KEYS, every_n_epochs=3)
    log(classifier, curves, epochs=4)
    for points in read(tmp_path / "referent_attention").values():
        assert [step for step, _ in points] == [0, 3, 4]


def test_encode(model, log, read, tmp_path):
    curves = ReferentAttention(
        tmp_path,
        TEXTS,
        QUERIES,
        KEYS,
        encode=lambda texts: (IDS[:, :], [text.split() for text in texts]),
    )
    log(model, curves)
    assert len(read(tmp_path / "referent_attention")) == 3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"query_positions": [0]}, "`query_positions` must be 3 integers"),
        ({"key_positions": [0.0, 1, 2]}, "`key_positions` must be 3 integers"),
        ({"key_positions": [0, -1, 0]}, "must be counted from 0. Received: -1"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"texts": []}, "at least one string"),
    ],
)
def test_wrong_arguments_raise_errors(tmp_path, arguments, message):
    right = {
        "log_dir": tmp_path,
        "texts": TEXTS,
        "query_positions": QUERIES,
        "key_positions": KEYS,
    }
    with pytest.raises(ValueError, match=message):
        ReferentAttention(**(right | arguments))


@pytest.mark.parametrize("batch_size", [1, 64])
def test_a_position_in_the_padding_raises_an_error(
    classifier, log, tmp_path, batch_size
):
    curves = ReferentAttention(
        tmp_path, TEXTS, [4, 1, 3], KEYS, batch_size=batch_size
    )
    with pytest.raises(ValueError, match=r"texts\[2\] has 3 tokens, but its"):
        log(classifier, curves)
