"""A classifier with everything that has a map, as a TFLite file."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_attn.export import bundle
from keras_attn.export.device import classify
from keras_attn.export.tflite import metadata
from keras_attn.export.tflite.conversion import convert
from keras_attn.layers import AttentionPooling
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer
from tests.export.cases import WORDS

ABOUT = {"name": "dogs", "description": "praise or not", "version": "3"}


@dataclass
class Exported:
    """A model, its TFLite file without and with metadata, and a folder."""

    model: SentenceClassifier
    plain: bytes
    tflite: bytes
    folder: Path  # holds model.tflite and classify.py


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    keras.utils.set_random_seed(3)
    learned = ["a good dog ! who's very bad , the 2 old cats", "我 ünï"]
    model = SentenceClassifier(
        Vectorizer.learn(learned, max_length=23),
        ["good", "très mal", "odd"],
        d_model=15,
        num_heads=5,
        feed_forward_dim=7,
        pooling=AttentionPooling(num_hops=2, name="pooling"),
    )
    model.build((None, None))
    plain = convert(model)
    tflite = metadata.with_files(plain, bundle.files(model), **ABOUT)
    folder = tmp_path_factory.mktemp("exported")
    (folder / "model.tflite").write_bytes(tflite)
    shutil.copy(classify.__file__, folder)
    return Exported(model, plain, tflite, folder)


@pytest.fixture(scope="session")
def onnx_packages():
    """Skips where what ONNX needs is not installed."""
    for package in ("onnx", "onnxruntime", "tf2onnx"):
        pytest.importorskip(package)


@pytest.fixture(scope="package")
def classifier():
    """A small model, never trained: three labels, two layers of five heads."""
    keras.utils.set_random_seed(3)
    vectorizer = Vectorizer.learn(["a good dog ! who's", "very bad cat ?"])
    model = SentenceClassifier(
        vectorizer, ["good", "bad", "odd"], d_model=15, num_heads=5
    )
    model.build((None, None))
    return model


@pytest.fixture(scope="package")
def trained():
    """A classifier that knows which half of a vocabulary a text is from."""
    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(5)
    texts, labels = [], rng.integers(0, 2, 700)
    for label in labels:
        words = WORDS[label * 60 : label * 60 + 60]
        texts.append(" ".join(rng.choice(words, rng.integers(2, 13))))
    model = SentenceClassifier(Vectorizer(WORDS), ["front", "back"], d_model=60)
    ids = keras.utils.pad_sequences(model.vectorizer.encode(texts))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    model.fit(ids, labels, epochs=2, verbose=0)
    return model, texts
