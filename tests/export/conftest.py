"""A classifier with everything that has a map, as a TFLite file."""

import contextlib
import io
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import pytest

from keras_attn.export import bundle, classify, metadata
from keras_attn.layers import AttentionPooling
from keras_attn.maps import attention_model
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer

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
    plain = two_signatures(model)
    tflite = metadata.with_files(plain, bundle.files(model), **ABOUT)
    folder = tmp_path_factory.mktemp("exported")
    (folder / "model.tflite").write_bytes(tflite)
    shutil.copy(classify.__file__, folder)
    return Exported(model, plain, tflite, folder)


def two_signatures(model):
    """A TFLite file with `classify` and `explain` over one set of weights."""
    import tensorflow as tf

    explained = attention_model(model)

    def classify(ids):
        return {"probabilities": keras.ops.softmax(model(ids, training=False))}

    def explain(ids):
        outputs = explained(ids, training=False)
        result = {"probabilities": keras.ops.softmax(outputs.pop("outputs"))}
        for i, weights in enumerate(outputs.values()):
            result[f"attention_{i}"] = weights
        return result

    archive = keras.export.ExportArchive()
    archive.track(explained)
    ids = [tf.TensorSpec([None, None], tf.int32, name="ids")]
    archive.add_endpoint("classify", classify, ids)
    archive.add_endpoint("explain", explain, ids)
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=["classify", "explain"]
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        with contextlib.redirect_stdout(io.StringIO()):
            return converter.convert()
