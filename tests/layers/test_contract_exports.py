"""The contract of every layer: exports, which only TensorFlow has."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tests.layers.case import UNKNOWN, array, shape_of
from tests.layers.cases import CASES, every_layer

pytestmark = pytest.mark.tensorflow


def specs(case):
    """The signature of a call, every batch and length unknown."""
    return {
        "inputs": [
            tf.TensorSpec(shape_of(x.axes, **UNKNOWN), x.dtype, f"x{i}")
            for i, x in enumerate(case.inputs)
        ],
        "masks": {
            x.length: tf.TensorSpec([None, None], tf.bool, f"mask_{x.length}")
            for x in case.inputs
            if x.mask
        },
    }


@every_layer
def test_one_graph_for_every_batch_and_length(case):
    layer = case.built()
    graph = tf.function(
        lambda inputs: layer(*inputs),
        input_signature=[specs(case)["inputs"]],
    )
    for length in (7, 1, 0):
        x = case.arrays(B=3, T=length, S=length)
        expected = array(layer(*x))
        np.testing.assert_allclose(array(graph(x)), expected, atol=1e-6)


@every_layer
def test_litert_with_built_in_operators_at_any_batch_and_length(case, tmp_path):
    layer = case.built()
    archive = keras.export.ExportArchive()
    archive.track(layer)
    signature = specs(case)
    names = [spec.name for spec in signature["inputs"]]

    def serve(*args):
        inputs, masks = args[: len(names)], args[len(names) :]
        masks = dict(zip(signature["masks"], masks, strict=True))
        return {"y": case.call(layer, inputs, masks)}

    archive.add_endpoint(
        "serve",
        serve,
        [*signature["inputs"], *signature["masks"].values()],
    )
    archive.write_out(tmp_path / "model", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(tmp_path / "model")
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    interpreter = Interpreter(model_content=converter.convert())  # owns weights
    run = interpreter.get_signature_runner()
    for batch, length in [(1, 1), (3, 7), (2, 50)]:
        sizes = {"B": batch, "T": length, "S": length + 2}
        inputs = case.arrays(seed=length, **sizes)
        masks = case.masks(missing=length // 2, **sizes)
        named = dict(zip(names, inputs, strict=True))
        named |= {f"mask_{a}": masks[a] for a in signature["masks"]}
        np.testing.assert_allclose(
            run(**named)["y"],
            array(case.call(layer, inputs, masks)),
            atol=1e-5,
        )


@pytest.mark.slow
def test_saved_model_runs_without_the_package(tmp_path, new_process):
    """Every layer in one SavedModel, run by a process with TensorFlow only."""
    module, arrays = tf.Module(), {}
    for i, case in enumerate(CASES):
        layer = case.built()
        graph = tf.function(
            layer.__call__, input_signature=specs(case)["inputs"]
        )
        setattr(module, f"serve{i}", graph)
        setattr(module, f"layer{i}", layer)
        arrays |= {f"x{i}_{j}": x for j, x in enumerate(case.arrays())}
        arrays[f"y{i}"] = array(layer(*case.arrays()))
    tf.saved_model.save(module, tmp_path / "model")
    np.savez(tmp_path / "arrays.npz", **arrays)
    script = f"""
import sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load("model")
arrays = dict(np.load("arrays.npz"))
for i in range({len(CASES)}):
    inputs = [arrays[name] for name in arrays if name.startswith(f"x{{i}}_")]
    output = getattr(model, f"serve{{i}}")(*map(tf.constant, inputs))
    np.testing.assert_allclose(output, arrays[f"y{{i}}"], atol=1e-6)
assert not any(name.startswith("keras_attn") for name in sys.modules)
"""
    new_process(script)
