"""Smaller weights, and integer arithmetic, in a TFLite file."""

import warnings

import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from keras_attn.export.formats import require_quantization
from keras_attn.export.texts import as_texts

LEAST_CALIBRATION = 100  # texts
# What computes with weights: nearly all of the file, and of the work. The rest
# in 8 bits loses decisions and gains nothing: sums, norms, masks, and scores.
_IN_INTEGERS = ("FULLY_CONNECTED", "GATHER")


def require_calibration(quantize, calibration):
    """Checks what is asked before anything is converted.

    Returns:
        The texts as a list, empty for None.

    Raises:
        ValueError: If `quantize` is unknown, `calibration` holds anything but
            texts, or int8 has fewer than 100 of them.
    """
    require_quantization(quantize)
    texts = as_texts("calibration", calibration)
    if quantize == "int8" and len(texts) < LEAST_CALIBRATION:
        raise ValueError(
            f"int8 needs at least {LEAST_CALIBRATION} training texts for its "
            f"`calibration`. Received: {len(texts)}."
        )
    return texts


def convert(converter, quantize, examples):
    """Converts, in the given precision.

    Args:
        converter: `tf.lite.TFLiteConverter`, not used before.
        quantize: None, `"dynamic"`, `"float16"` or `"int8"`.
        examples: Function without arguments that yields pairs of a signature
            and its inputs; called for int8 alone.

    Returns:
        Bytes, the TFLite file.
    """
    if quantize:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantize == "int8":
        return _convert_to_int8(converter, examples)
    return converter.convert()


def _convert_to_int8(converter, examples):
    converter.representative_dataset = examples
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
        tf.lite.OpsSet.TFLITE_BUILTINS,
    ]
    options = tf.lite.experimental.QuantizationDebugOptions(
        denylisted_ops=[
            name
            for name, code in vars(schema.BuiltinOperator).items()
            if isinstance(code, int) and name not in _IN_INTEGERS
        ]
    )
    with warnings.catch_warnings():
        # TensorFlow warns of its own interpreter, which its debugger uses.
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprec")
        # The converter itself cannot leave operators out; its debugger can.
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=examples, debug_options=options
        )
        return debugger.get_nondebug_quantized_model()
