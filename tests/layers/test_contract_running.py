"""The contract of every layer: half precision, compilation, training."""

import keras
import numpy as np
import pytest

from tests.backend import compiled
from tests.layers.case import array, shape_of
from tests.layers.cases import every_layer, with_gradients
from tests.parts import in_part, long_on


@every_layer
def test_half_precision_follows_float32(case):
    # A cosine score is sensitive to half precision near the vector 0, which
    # this seed avoids on every backend.
    keras.utils.set_random_seed(11)
    layer, masks = case.built(), case.masks()
    expected = case.real(case.call(layer, case.arrays(), masks), masks)
    for policy, bound in [("mixed_bfloat16", 0.1), ("mixed_float16", 0.02)]:
        keras.config.set_dtype_policy(policy)
        half = case.built()
        half.set_weights(layer.get_weights())
        output = case.real(case.call(half, case.arrays(), masks), masks)
        np.testing.assert_allclose(array(output), array(expected), atol=bound)


@every_layer
# PyTorch takes 5 to 15 seconds to trace a layer; TensorFlow uses JAX's XLA, and
# its own graphs are those of the exports.
@long_on("torch", "tensorflow")
def test_compiled_as_eager(case):
    layer = case.built()
    expected = case.call(layer, case.arrays(), case.masks())
    actual = case.call(compiled(layer), case.arrays(), case.masks())
    # Where large terms cancel, the error is that of the terms: compilers add
    # them in another order.
    scale = max(1.0, np.abs(array(expected)).max(initial=0.0))
    np.testing.assert_allclose(
        array(actual), array(expected), rtol=1e-6, atol=1e-6 * scale
    )


@with_gradients
@pytest.mark.gradients
@pytest.mark.parametrize("eager", in_part([True, False], True))
def test_one_training_step(case, eager):
    """It moves the weights of the layer, and those of the layers before it."""
    layer, inputs = case.make(), case.symbols()
    floats = [x for x in inputs if x.dtype == "float32"]
    in_front = [keras.layers.Dense(x.shape[-1]) for x in floats]
    projected = [d(x) for d, x in zip(in_front, floats, strict=True)]
    model = keras.Model(inputs, layer(*(projected or inputs)))
    # JAX compiles a step as a whole faster than each of its operations.
    on_jax = keras.backend.backend() == "jax"
    eager = eager and not on_jax
    model.compile("sgd", "mse", run_eagerly=eager, jit_compile=on_jax)
    # Some weights start at constants at which their gradients cancel.
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    before = model.get_weights()
    target = rng.normal(size=shape_of(case.output)).astype("float32")
    model.train_on_batch(case.arrays(), target)
    for weight, old in zip(model.weights, before, strict=True):
        new = array(weight)
        assert np.isfinite(new).all()
        # A bias of keys adds the same to every score of a query: no gradient.
        if not weight.path.endswith("key/bias"):
            assert np.abs(new - old).max() > 1e-6, weight.path
