"""A classifier saved and exported to every format, for single texts."""

from pathlib import Path
from types import SimpleNamespace

MODEL = "model.keras"
_NUM_TEXTS = 200


class _Latencies:
    def __init__(self, paths, reference):
        self._paths, self._reference = paths, reference

    def run(self):
        """Return the median milliseconds of one text on one thread."""
        from keras_attn.release.latency import measure_latencies

        measured = measure_latencies(
            list(self._paths.values()), self._reference
        )
        medians = (each["median_ms"] for each in measured)
        return dict(zip(self._paths, medians, strict=True))


def latencies(folder):
    """Save an untrained classifier in `folder`, export it and compare it."""
    from keras_attn import export
    from keras_attn.data import load_corpus
    from keras_attn.models import SentenceClassifier
    from keras_attn.text import Vectorizer

    corpus = load_corpus("pronouns")
    vectorizer = Vectorizer.learn(corpus.train.texts)
    model = SentenceClassifier(vectorizer, corpus.label_names)
    texts = corpus.validation.texts[:_NUM_TEXTS]
    model.classify(texts[:1])
    folder = Path(folder)
    model.save(folder / MODEL)
    paths = {
        "saved_model": folder / "saved_model",
        "tflite": folder / "model.tflite",
        "onnx": folder / "model.onnx",
    }
    # Each export raises an error if its results are not the model's.
    export.export_saved_model(model, paths["saved_model"])
    export.export_tflite(model, paths["tflite"])
    export.export_onnx(model, paths["onnx"])
    ids = vectorizer.encode(texts)
    return _Latencies(paths, SimpleNamespace(texts=texts, ids=ids))
