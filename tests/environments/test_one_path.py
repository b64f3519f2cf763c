"""One path through every package, for environments that run little else."""

import json

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import (
    EventFileLoader,
)

import keras_attn.export
import keras_attn.tensorboard
from keras_attn.data import load_corpus
from keras_attn.text import pad
from tensorboard_plugin_attention import attention_html
from tensorboard_plugin_attention.format import PLUGIN_NAME, read_event

TEXTS = ["red house", "the green boat is big", "a blue tree"]
COLOURS = ["red", "green", "blue"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(trained):
    return keras.models.load_model(trained[0] / "model.keras")


def test_a_run_learns(trained):
    result = json.loads((trained[0] / "result.json").read_text())
    assert result["test_accuracy"] > 0.9


def test_a_run_logs_its_attention(trained):
    events = [
        read_event(list(value.tensor.string_val))
        for path in trained[0].rglob("*tfevents*")
        for event in EventFileLoader(str(path)).Load()
        for value in event.summary.value
        if value.metadata.plugin_data.plugin_name == PLUGIN_NAME
    ]
    assert events
    for weights in events[-1].weights.values():
        assert np.isfinite(weights).all()


def test_the_model_classifies(model):
    results = model.classify(TEXTS)
    assert [result.label for result in results] == COLOURS


def test_attention_is_captured_and_drawn(model, tmp_path):
    encoded = model.vectorizer.encode(TEXTS)
    captured = keras_attn.maps.capture_attention(model, pad(encoded))
    for weights in captured.values():
        np.testing.assert_allclose(weights[1].sum(-1), 1.0, atol=1e-5)
    weights = next(iter(captured.values()))[1]  # (H, T, T)
    tokens = model.vectorizer.tokenize(TEXTS[1])
    figure = keras_attn.tensorboard.attention_figure(weights, tokens)
    figure.savefig(tmp_path / "figure.png")
    attention_html(weights[None], [tokens], tmp_path / "page.html")
    assert 'id="attention-data"' in (tmp_path / "page.html").read_text()


def test_exports_give_the_same_probabilities(model, tmp_path):
    ids = pad(model.vectorizer.encode(TEXTS))
    expected = keras.ops.softmax(model(ids))
    keras_attn.export.export_saved_model(model, tmp_path / "saved_model")
    keras_attn.export.export_tflite(model, tmp_path / "model.tflite")
    keras_attn.export.export_onnx(model, tmp_path / "model.onnx")
    for name in ("saved_model", "model.tflite", "model.onnx"):
        opened = keras_attn.export.open_exported(tmp_path / name)
        inputs = TEXTS if opened.takes == "texts" else ids.astype("int32")
        np.testing.assert_allclose(
            opened.probabilities(inputs), expected, atol=1e-5
        )


def test_the_embedded_dataset_loads(tmp_path):
    corpus = load_corpus("pronouns", data_dir=str(tmp_path))
    assert len(corpus.test.texts) == len(corpus.test.labels) > 100
