"""`export_onnx`: ids in; probabilities and attention out."""

from keras_attn.export.calibration import require_calibration
from keras_attn.export.formats import FORMATS
from keras_attn.export.parity import prove_parity
from keras_attn.export.requirements import (
    require_classifier,
    require_float32,
    require_packages,
    require_tensorflow,
    require_unquantized,
)
from keras_attn.export.staging import staged
from keras_attn.export.texts import as_texts


def export_onnx(
    model, path, texts=None, quantize=None, calibration=None, keep_miss=False
):
    """Export a classifier as an ONNX file, and compare it with the model.

    The graph takes int32 `ids` `(B, T)`, padded with 0, of any batch size and
    any length. It returns float32 `probabilities` `(B, C)` and the attention
    of each layer, `attention_0`, `attention_1`, ... `(B, H, T, T)`. An
    attention pooling comes last, `(B, hops, 1, T)`. onnxruntime alone can run
    it. The vocabulary, the labels and the tokenization rules
    (`keras_attn.export.bundle`) are in the file's metadata, as text. With the
    same versions of the packages, equal models give equal bytes.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        path: String or `Path` of the file to create, ending in `.onnx`.
        texts: List of strings on which the two models are compared. Defaults
            to a few texts made from the vocabulary.
        quantize: `None` for float32. `"float16"` stores weights in 16 bits
            and computes in float32. `"dynamic"` stores weights in 8 bits and
            computes products in integers, scaled by the values of each batch.
            `"int8"` does the same with scales learned from `calibration`.
            Normalization and softmax stay in float32. Defaults to `None`.
        calibration: List of at least 100 training texts, from which `"int8"`
            learns the range of every activation. Defaults to `None`.
        keep_miss: Boolean, whether to keep a file that exceeds its bound in
            `keras_attn.export.BOUNDS`. Defaults to `False`.

    Returns:
        A `keras_attn.export.Parity`, over probabilities and attention.

    Raises:
        FileExistsError: If `path` exists.
        ImportError: If a package of `keras-attn[onnx]` is missing.
        ParityError: If the models differ. Nothing is written.
        RuntimeError: If Keras does not run on TensorFlow.
        TypeError: If `model` is not a `SentenceClassifier`.
        ValueError: If a layer computes in half precision or cannot be
            converted, `quantize` is unknown, there are too few texts for the
            calibration, a text is not a string, or `path` does not end in
            `.onnx`.

    Example:

        keras_attn.export.export_onnx(model, "export/model.onnx")
        session = onnxruntime.InferenceSession("export/model.onnx")
        ids = np.array([[5, 2, 7]], "int32")
        session.run(["probabilities"], {"ids": ids})[0]
    """
    require_tensorflow("export_onnx")
    require_classifier(model)
    require_float32(model, "export_onnx")
    require_unquantized(model, "export_onnx")
    calibration = require_calibration(quantize, calibration)
    texts = as_texts("texts", texts)
    require_packages(FORMATS["onnx"], "export_onnx")
    from keras_attn.export.onnx.conversion import write
    from keras_attn.export.onnx.file import ONNXFile

    with staged(path, ".onnx") as file:
        write(model, file, quantize, calibration)
        exported = ONNXFile(file)
        return prove_parity(
            "The ONNX file", model, exported, texts, quantize, keep_miss
        )
