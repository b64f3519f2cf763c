"""Quantized weights and integer arithmetic in a TFLite file."""

import warnings

import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

# The operators with weights: they make up nearly all of the file's size and of
# the computation. Sums, normalization, masks and scores in 8 bits would change
# predictions and save nothing.
_IN_INTEGERS = ("FULLY_CONNECTED", "GATHER")


def convert(converter, quantize, examples):
    """Convert in the given precision.

    Args:
        converter: `tf.lite.TFLiteConverter`, not used before.
        quantize: Key of `QUANTIZATIONS`.
        examples: Function without arguments that yields pairs of a signature's
            name and its inputs, called for `"int8"` only.

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
        # TensorFlow's debugger uses an interpreter that TensorFlow deprecates.
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprec")
        # Only the debugger can exclude operators; the converter cannot.
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=examples, debug_options=options
        )
        return debugger.get_nondebug_quantized_model()
