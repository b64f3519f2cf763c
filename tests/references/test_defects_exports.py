"""What other packages get wrong about exports; see `test_defects.py`."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from keras_attn import layers

pytestmark = pytest.mark.tensorflow


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.slow
def test_d03_litert_with_positions_at_any_length(tmp_path):
    """KerasHub's sinusoid converts, then fails at lengths 12 and 7."""
    ids = keras.Input((None,), dtype="int32")
    x = layers.PositionalEncoding()(
        keras.layers.Embedding(11, 6, mask_zero=True)(ids)
    )
    attention = layers.MultiHeadSelfAttention(2)
    model = keras.Model(ids, attention(x, return_attention_scores=True))
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve",
        lambda ids: dict(zip(("y", "weights"), model(ids), strict=True)),
        [tf.TensorSpec((None, None), tf.int32, "ids")],
    )
    archive.write_out(tmp_path / "model", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(tmp_path / "model")
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    converted = converter.convert()
    xnnpack, plain = (
        Interpreter(
            model_content=converted, experimental_op_resolver_type=resolver
        )
        for resolver in (
            OpResolverType.AUTO,
            OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
    )
    for interpreter in (xnnpack, plain):
        run = interpreter.get_signature_runner()
        for batch, length in [(1, 12), (1, 7), (3, 12), (2, 50), (1, 1)]:
            ids = np.random.default_rng(length).integers(0, 11, (batch, length))
            ids = ids.astype("int32")
            y, weights = model(ids)
            found = run(ids=ids)
            np.testing.assert_allclose(found["y"], array(y), atol=1e-6)
            np.testing.assert_allclose(
                found["weights"], array(weights), atol=1e-6
            )
