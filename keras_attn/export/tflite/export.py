"""`export_tflite`: ids in; probabilities and attention out."""

from keras_attn.export.calibration import require_calibration
from keras_attn.export.parity import prove_parity
from keras_attn.export.requirements import (
    require_classifier,
    require_float32,
    require_tensorflow,
    require_unquantized,
)
from keras_attn.export.staging import staged
from keras_attn.export.texts import as_texts


def export_tflite(
    model, path, texts=None, quantize=None, calibration=None, keep_miss=False
):
    """Export a classifier as a TFLite file, and compare it with the model.

    The file stores the weights once and has two signatures. `classify` takes
    int32 `ids` `(B, T)`, padded with 0, of any batch size and any length, and
    returns float32 `probabilities` `(B, C)`. `explain` also returns the
    attention of each layer, `attention_0`, `attention_1`, ...
    `(B, H, T, T)`. An attention pooling comes last, `(B, hops, 1, T)`.

    The file uses built-in operators only, so the plain LiteRT runtime can run
    it. It also contains the vocabulary, the labels and the tokenization rules
    (`keras_attn.export.bundle`), which `export/device/classify.py` reads.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        path: String or `Path` of the file to create, ending in `.tflite`.
        texts: List of strings on which the two models are compared. Defaults
            to a few texts made from the vocabulary.
        quantize: `None` for float32. `"float16"` and `"dynamic"` store
            weights in 16 and 8 bits. `"int8"` also computes products with
            weights in integers; normalization, scores and softmax stay in
            float32. Defaults to `None`.
        calibration: List of at least 100 training texts, from which `"int8"`
            learns the range of every activation. Defaults to `None`.
        keep_miss: Boolean, whether to keep a file that exceeds its bound in
            `keras_attn.export.BOUNDS`. Defaults to `False`.

    Returns:
        A `keras_attn.export.Parity`, over probabilities and attention.

    Raises:
        FileExistsError: If `path` exists.
        ParityError: If the models differ. Nothing is written.
        RuntimeError: If Keras does not run on TensorFlow.
        TypeError: If `model` is not a `SentenceClassifier`.
        ValueError: If a layer computes in half precision or cannot be
            converted, `quantize` is unknown, there are too few texts for the
            calibration, a text is not a string, or `path` does not end in
            `.tflite`.

    Example:

        keras_attn.export.export_tflite(model, "export/model.tflite")
        interpreter = Interpreter("export/model.tflite")
        classify = interpreter.get_signature_runner("classify")
        classify(ids=np.array([[5, 2, 7]], "int32"))["probabilities"]
    """
    require_tensorflow("export_tflite")
    require_classifier(model)
    require_float32(model, "export_tflite")
    require_unquantized(model, "export_tflite")
    calibration = require_calibration(quantize, calibration)
    texts = as_texts("texts", texts)
    from keras_attn.export.tflite.conversion import write
    from keras_attn.export.tflite.file import TFLiteFile

    with staged(path, ".tflite") as file:
        write(model, file, quantize, calibration)
        exported = TFLiteFile(file)
        return prove_parity(
            "The TFLite file", model, exported, texts, quantize, keep_miss
        )
