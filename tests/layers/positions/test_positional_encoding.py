import keras
import numpy as np
import pytest

from keras_attn import layers


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def table(positions, width, base=10000.0):
    """The sinusoidal code in float64."""
    column = np.arange(width)
    rates = base ** -(2 * (column // 2) / width)
    angles = np.asarray(positions, np.float64)[..., None] * rates
    return np.where(column % 2, np.cos(angles), np.sin(angles))


@pytest.mark.parametrize(
    "policy, bound",
    [("mixed_bfloat16", 2.0**-8), ("mixed_float16", 2.0**-10)],
)
@pytest.mark.parametrize("start_index", [0, 250, 65_000])
def test_half_precision_at_every_position(policy, bound, start_index):
    keras.config.set_dtype_policy(policy)
    layer = layers.PositionalEncoding()
    codes = layer(np.zeros((1, 500, 16)), start_index=start_index)
    positions = start_index + np.arange(500)
    error = np.abs(array(codes)[0] - table(positions, 16)).max()
    assert error <= bound
    given = layer(np.zeros((1, 500, 16)), positions=positions)
    assert (array(given) == array(codes)).all()


@pytest.mark.parametrize("base", [0.0, -2.0, float("nan"), "10000", None])
def test_sinusoid_refuses_a_base_that_gives_no_angles(base):
    for layer in (layers.PositionalEncoding, layers.RotaryEmbedding):
        with pytest.raises(ValueError, match="finite number above 0. Received"):
            layer(base=base)


def test_sinusoid_refuses_an_unknown_layout():
    for layer in (layers.PositionalEncoding, layers.RotaryEmbedding):
        with pytest.raises(ValueError, match="Did you mean 'interleaved'"):
            layer(layout="interleafed")
