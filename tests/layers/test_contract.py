"""The contract of every layer: shapes and round trips.

The other clauses are in the files `test_contract_*.py` in this folder.
"""

import inspect
import json

import keras
import numpy as np
import pytest

from keras_attn import layers
from tests.layers.case import SIZES, array, move_weights, shape_of
from tests.layers.cases import CASES, every_layer
from tests.parts import long_on


def test_every_exported_layer_has_a_row():
    exported = [getattr(layers, name) for name in layers.__all__]
    classes = {thing for thing in exported if inspect.isclass(thing)}
    # A row with a class defined in the tests counts for its public parent.
    rows = {
        next(cls for cls in type(case.make()).__mro__ if cls in classes)
        for case in CASES
    }
    assert classes - rows == set()
    assert len({case.name for case in CASES}) == len(CASES)


KERAS_ATTENTION = keras.layers.MultiHeadAttention(1, 1)
OF_KERAS = inspect.signature(keras.layers.MultiHeadAttention).parameters


@every_layer
@long_on("jax")  # no backend computes it
def test_config_round_trip(case):
    layer = case.built()
    config = keras.saving.serialize_keras_object(layer)
    twin = keras.saving.deserialize_keras_object(config)
    assert keras.saving.serialize_keras_object(twin) == config
    twin(*case.arrays())
    twin.set_weights(layer.get_weights())
    expected = array(layer(*case.arrays()))
    assert (array(twin(*case.arrays())) == expected).all()


@every_layer
def test_config_contains_every_argument_under_its_own_name(case):
    layer = case.make()
    parameters = inspect.signature(type(layer).__init__).parameters.values()
    names = {p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
    names -= {"self"}
    assert names <= set(layer.get_config())
    # Some arguments of Keras's attention are private attributes there, too.
    names -= {n for n in OF_KERAS if not hasattr(KERAS_ATTENTION, n)}
    assert all(hasattr(layer, name) for name in names)


@every_layer
def test_numpy_scalars_are_arguments_like_any_number(case):
    layer = case.make()
    config = layer.get_config()
    kinds = {bool: np.bool_, int: np.int64, float: np.float32}
    given = {
        name: kinds.get(type(value), lambda v: v)(value)
        for name, value in config.items()
        if name not in keras.layers.Layer(name="any").get_config()
    }
    twin = type(layer).from_config({**config, **given})
    written = json.loads(json.dumps(twin.get_config()))
    for name, value in given.items():
        assert written[name] == (
            value.item()
            if isinstance(value, np.generic)
            else json.loads(json.dumps(config[name]))
        )


@every_layer
def test_names_and_shapes_of_the_weights_are_pinned(case):
    layer = case.built()
    found = tuple(
        (w.path.removeprefix(f"{layer.name}/"), tuple(w.shape))
        for w in layer.weights
    )
    assert found == case.weights


@every_layer
@long_on("jax", "torch")  # no backend computes it
def test_keras_file_round_trip(case, tmp_path):
    """In a functional model, with the scores among its outputs."""
    layer, inputs = case.make(), case.symbols()
    asked = {"return_attention_scores": True} if case.scores else {}
    model = keras.Model(inputs, layer(*inputs, **asked))
    move_weights(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    outputs = [
        keras.tree.flatten(x)
        for x in (
            model(case.arrays()),
            loaded(case.arrays()),
            layer(*case.arrays(), **asked),
        )
    ]
    for of_model, of_loaded, of_layer in zip(*outputs, strict=True):
        assert (array(of_loaded) == array(of_model)).all()
        np.testing.assert_allclose(array(of_layer), array(of_model), atol=1e-6)
    paths = [[w.path for w in m.weights] for m in (model, loaded)]
    assert paths[0] == paths[1]


@every_layer
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_symbolic_outputs_are_like_the_real_ones(case, policy):
    keras.config.set_dtype_policy(policy)
    layer, inputs = case.make(), case.symbols(**SIZES)
    symbolic, actual = [layer(*inputs)], [layer(*case.arrays())]
    if case.scores:
        asked = {"return_attention_scores": True}
        symbolic += layer(*inputs, **asked)
        actual += layer(*case.arrays(), **asked)
    axes = [case.output, case.output, *case.scores][: len(actual)]
    for a, b, c in zip(symbolic, actual, axes, strict=True):
        assert a.shape == tuple(b.shape) == shape_of(c)
        assert a.dtype == keras.backend.standardize_dtype(b.dtype)
    dtype = "float32" if case.float32 else layer.compute_dtype
    assert {a.dtype for a in symbolic[:2]} == {dtype}
    assert {a.dtype for a in symbolic[2:]} <= {"float32"}
    shapes = [x.shape for x in inputs]
    assert tuple(layer.compute_output_shape(*shapes)) == symbolic[0].shape


@every_layer
def test_unknown_batch_and_length(case):
    layer = case.make()
    inputs = case.symbols()
    model = keras.Model(inputs, layer(*inputs))
    unknown = shape_of(case.output, B=None, T=None, S=None)
    assert model.output.shape == unknown
    for t, s in [(1, 1), (0, 7), (5, 0)]:
        x = case.arrays(T=t, S=s)
        expected = array(layer(*x))
        assert expected.shape == shape_of(case.output, T=t, S=s)
        assert np.isfinite(expected).all()
        np.testing.assert_allclose(array(model(x)), expected, atol=1e-6)
