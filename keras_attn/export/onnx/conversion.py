"""A classifier as an ONNX file that contains its vocabulary."""

from importlib.metadata import version

from keras_attn.export import bundle
from keras_attn.export.onnx import graph, quantization


def write(model, path, quantize=None, calibration=()):
    """Write a classifier as an ONNX file.

    Args:
        model: `keras_attn.models.SentenceClassifier`, built.
        path: `Path` of the file.
        quantize: Key of `QUANTIZATIONS`. Defaults to `None`.
        calibration: List of strings, used for `"int8"` only.

    Raises:
        ValueError: If a layer cannot be converted, or a label or a token
            cannot be stored.
    """
    files = bundle.files(model)
    proto = graph.to_onnx(model)
    _add_files(proto, files)
    examples = (ids[None] for ids in model.vectorizer.encode(calibration))
    quantization.save(proto, path, quantize, examples)


def _add_files(proto, files):
    proto.producer_name = "keras_attn"
    proto.producer_version = version("keras-attn")
    for name, content in sorted(files.items()):
        entry = proto.metadata_props.add()
        entry.key, entry.value = name, content.decode()
