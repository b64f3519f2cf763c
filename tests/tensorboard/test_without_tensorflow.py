"""Callbacks and summaries on JAX and PyTorch, where TensorFlow is missing."""

import numpy as np
import pytest

SCRIPT = """
import sys
sys.modules["tensorflow"] = None  # importing it raises ImportError
import keras
import numpy as np
import keras_attn
from keras_attn.tensorboard import (
    AttentionMaps, ReferentAttention, attention_summary
)
from tensorboard_plugin_attention import AttentionWriter

texts = ["the dog saw a cat", "a dog"]
vectorizer = keras_attn.text.Vectorizer.learn(texts)
model = keras_attn.models.SentenceClassifier(
    vectorizer, ["blame", "praise"], num_layers=1, d_model=6, num_heads=3
)
model.compile(
    "sgd", keras.losses.SparseCategoricalCrossentropy(True), jit_compile=False
)
model.fit(
    keras_attn.text.pad(vectorizer.encode(texts)),
    np.array([0, 1]),
    verbose=0,
    callbacks=[
        AttentionMaps("logs", texts, [0, "praise"], images=True),
        ReferentAttention("logs", texts, [4, 1], [1, 0]),
    ],
)
ids = keras_attn.text.pad(vectorizer.encode(texts))
maps = keras_attn.maps.capture_attention(model, ids)
tokens = [vectorizer.tokenize(text) for text in texts]
with AttentionWriter("logs/mine") as writer:
    attention_summary("mine", maps, tokens, step=1, writer=writer)
for arguments, message in (
    ({}, "There is no step"),
    ({"step": 1}, "There is no summary writer"),
    ({"step": 1, "writer": "logs"}, "Received: writer='logs'"),
):
    try:
        attention_summary("none", maps, tokens, **arguments)
    except ValueError as error:
        assert message in str(error), error
    else:
        raise AssertionError(message)
np.savez("maps.npz", *maps.values())
"""


@pytest.mark.long
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_logs_written_without_tensorflow(
    backend, new_process, read, tmp_path, monkeypatch
):
    pytest.importorskip(backend)
    monkeypatch.setenv("KERAS_BACKEND", backend)
    new_process(SCRIPT)
    logs = tmp_path / "logs"
    (weights,) = np.load(tmp_path / "maps.npz").values()
    events = read(logs / "attention")
    assert set(events) == {
        "attention",
        "attention/sentence_0/encoder_block_0",
        "attention/sentence_1/encoder_block_0",
    }
    assert [step for step, _ in events["attention"]] == [0, 1]
    after = events["attention"][-1][1]
    ((_, mine),) = read(logs / "mine")["mine"]
    for index, length in enumerate((5, 2)):
        expected = weights[index, :, :length, :length]
        for event in (after, mine):
            np.testing.assert_allclose(
                event.weights[index, 0], expected, rtol=0, atol=8e-6
            )
    assert after.manifest["examples"][1]["label"] == "praise"
    curves = read(logs / "referent_attention")
    mass = (weights[0, :, 4, 1] + weights[1, :, 1, 0]) / 2
    for head in range(3):
        points = curves[f"referent_attention/encoder_block_0/head_{head}"]
        assert [step for step, _ in points] == [0, 1]
        np.testing.assert_allclose(points[-1][1], mass[head], atol=1e-6)
