"""Attention mass of maps small enough to compute by hand."""

import numpy as np
import pytest

from keras_attn.maps import attention_mass

B, H, T, S = 2, 3, 5, 7
# weights[b, h, t, s] is written in its own digits.
DIGITS = np.add.reduce(
    np.meshgrid(
        *(np.arange(n) * 10.0**-i for i, n in enumerate((B, H, T, S))),
        indexing="ij",
    )
).astype("float32")


def test_mean_over_texts_of_one_cell_each():
    masses = attention_mass({"layer": DIGITS}, [4, 1], [6, 2])
    # (0.h46 + 1.h12) / 2
    expected = [(0.046 + 1.012) / 2 + 0.1 * head for head in range(H)]
    np.testing.assert_allclose(masses["layer"], expected, atol=1e-6)
    assert masses["layer"].dtype == np.float64


def test_each_layer_has_its_own_heads():
    maps = {"a": DIGITS, "b": DIGITS[:, :1] + 1}
    masses = attention_mass(maps, np.zeros(B, int), np.zeros(B, int))
    np.testing.assert_allclose(masses["a"], [0.5, 0.6, 0.7], atol=1e-6)
    np.testing.assert_allclose(masses["b"], [1.5], atol=1e-6)


@pytest.mark.parametrize(
    "query, key, message",
    [
        ([5, 0], [0, 0], r"query_positions\[0\]` is 5, outside the 5 pos"),
        ([0, 0], [0, 7], r"key_positions\[1\]` is 7, outside the 7 pos"),
        ([0, -1], [0, 0], r"query_positions\[1\]` is -1"),
        ([0], [0, 0], "`query_positions` must be 2 integers"),
        ([0, 0], [0.0, 1.0], "`key_positions` must be 2 integers"),
    ],
)
def test_positions_outside_the_map_raise_an_error(query, key, message):
    with pytest.raises(ValueError, match=message):
        attention_mass({"layer": DIGITS}, query, key)


def test_weights_that_are_not_a_map_raise_an_error():
    with pytest.raises(ValueError, match=r"Received: \(3, 5, 7\)"):
        attention_mass({"layer": DIGITS[0]}, [0], [0])
