"""The contract of every layer: exports, which only TensorFlow has.

All layers are exported together as one graph that computes each of them,
because every conversion has a fixed cost of seconds.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tests.layers.case import UNKNOWN, Case, array, shape_of
from tests.layers.cases import CASES, every_layer
from tests.session_cache import shared_folder

pytestmark = pytest.mark.tensorflow

# One input of each kind, which all layers share.
INPUTS = tuple({x.axes: x for case in CASES for x in case.inputs}.values())
EVERY_INPUT = Case("every input", make=None, inputs=INPUTS, output=())


def arrays(**sizes):
    """The arguments of the graph, by name."""
    made = EVERY_INPUT.arrays(**sizes)
    named = {x.axes: array for x, array in zip(INPUTS, made, strict=True)}
    masks = EVERY_INPUT.masks(missing=sizes["T"] // 2, **sizes)
    return named | {f"mask_{axis}": mask for axis, mask in masks.items()}


def specs():
    """The signature of the graph, every batch and length unknown."""
    named = {
        x.axes: tf.TensorSpec(shape_of(x.axes, **UNKNOWN), x.dtype, x.axes)
        for x in INPUTS
    }
    for name in ("mask_T", "mask_S"):
        named[name] = tf.TensorSpec([None, None], tf.bool, name)
    return named


def call(case, layer, named):
    """Calls a layer with those of the named arguments that it accepts."""
    masks = {a: named[f"mask_{a}"] for a in "TS" if f"mask_{a}" in named}
    return case.call(layer, [named[x.axes] for x in case.inputs], masks)


@pytest.fixture(scope="session")
def built_layers():
    """The layers, with the same weights in every process."""
    keras.utils.set_random_seed(7)
    return [case.built() for case in CASES]


def call_every(layers, named):
    pairs = enumerate(zip(CASES, layers, strict=True))
    return {f"y{i}": call(*pair, named) for i, pair in pairs}


@pytest.fixture(scope="session")
def saved_model(built_layers, tmp_path_factory):
    """The graph as a SavedModel, and converted for LiteRT next to it."""
    folder = shared_folder(
        tmp_path_factory, "contract", lambda path: write(built_layers, path)
    )
    return folder / "model"


def write(built_layers, folder):
    path = folder / "model"
    # Keras's ExportArchive would trace it three times.
    module = tf.Module()
    module.weights = [w.value for layer in built_layers for w in layer.weights]

    @tf.function(input_signature=list(specs().values()), autograph=False)
    def serve(*arguments):
        named = dict(zip(specs(), arguments, strict=True))
        return call_every(built_layers, named)

    tf.saved_model.save(module, path, {"serve": serve})
    converter = tf.lite.TFLiteConverter.from_saved_model(str(path))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    (folder / "model.tflite").write_bytes(converter.convert())


@pytest.fixture(scope="module")
def saved_model_runs(saved_model):
    """Arguments and results of the SavedModel at several sizes."""
    serve = tf.saved_model.load(str(saved_model)).signatures["serve"]
    sizes = [(2, 5, 7), (3, 7, 7), (3, 1, 1), (3, 0, 0)]
    calls = [arrays(B=b, T=t, S=s) for b, t, s in sizes]
    return [
        (named, serve(**{name: tf.constant(x) for name, x in named.items()}))
        for named in calls
    ]


@pytest.fixture(scope="module")
def litert_runs(saved_model):
    """The same of LiteRT, converted with built-in operators only."""
    interpreter = Interpreter(str(saved_model.with_suffix(".tflite")))
    run = interpreter.get_signature_runner()
    sizes = [{"B": b, "T": t, "S": t + 2} for b, t in [(1, 1), (3, 7), (2, 50)]]
    calls = [arrays(**size) for size in sizes]
    return [(named, run(**named)) for named in calls]


def equals_eager(case, layer, runs, atol):
    name = f"y{CASES.index(case)}"
    for named, outputs in runs:
        expected = array(call(case, layer, named))
        np.testing.assert_allclose(array(outputs[name]), expected, atol=atol)


@pytest.mark.slow
@every_layer
def test_saved_model_at_any_batch_and_length(
    case, built_layers, saved_model_runs
):
    """One graph, so no layer is traced for each size."""
    layer = built_layers[CASES.index(case)]
    equals_eager(case, layer, saved_model_runs, atol=1e-6)


@pytest.mark.slow
@every_layer
def test_litert_with_built_in_operators_at_any_batch_and_length(
    case, built_layers, litert_runs
):
    layer = built_layers[CASES.index(case)]
    equals_eager(case, layer, litert_runs, atol=1e-5)


@pytest.mark.long
def test_saved_model_runs_without_the_package(
    built_layers, saved_model, new_process, tmp_path
):
    """Every layer in one SavedModel, run by a process with TensorFlow only."""
    named = arrays(B=2, T=5, S=7)
    file = tmp_path / "arrays.npz"
    outputs = call_every(built_layers, named)
    outputs = {name: array(y) for name, y in outputs.items()}
    np.savez(file, **named, **outputs)
    script = f"""
import sys
import numpy as np
import tensorflow as tf
serve = tf.saved_model.load({str(saved_model)!r}).signatures["serve"]
arrays = dict(np.load({str(file)!r}))
names = serve.structured_input_signature[1]
outputs = serve(**{{name: tf.constant(arrays[name]) for name in names}})
assert len(outputs) == {len(CASES)}
for name, output in outputs.items():
    np.testing.assert_allclose(output, arrays[name], atol=1e-6)
assert not any(name.startswith("keras_attn") for name in sys.modules)
"""
    new_process(script)
