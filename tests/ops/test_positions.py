import keras
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_attn import ops
from keras_attn.ops.positions import encode_positions

LONGEST = 65_536
LAYOUTS = ("interleaved", "concatenated")


def float64_encoding(positions, d_model, base=10000.0):
    column = np.arange(d_model)
    rates = 1.0 / base ** (2 * (column // 2) / d_model)
    angles = np.asarray(positions, np.float64)[:, None] * rates
    return np.where(column % 2, np.cos(angles), np.sin(angles))


def in_layout(table, layout):
    """The interleaved columns of `table` in another order."""
    if layout == "interleaved":
        return table
    return np.concatenate([table[:, ::2], table[:, 1::2]], axis=-1)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_rates_for_base_10000():
    rates = array(ops.angle_rates(8))
    assert rates.shape == (1, 8)
    assert rates.dtype == np.float32
    expected = [1, 1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]
    np.testing.assert_allclose(rates[0], expected, rtol=1e-6)


def test_rates_for_base_1000_are_those_some_texts_print():
    printed = [1, 1, 0.1778, 0.1778, 0.0316, 0.0316, 0.0056, 0.0056]
    np.testing.assert_allclose(
        array(ops.angle_rates(8, base=1000))[0], printed, atol=5e-5
    )


def test_table_for_base_1000_follows_the_printed_rates():
    printed = [1, 1, 0.1778, 0.1778, 0.0316, 0.0316, 0.0056, 0.0056]
    angles = np.arange(4)[:, None] * np.array(printed)
    table = np.where(np.arange(8) % 2, np.cos(angles), np.sin(angles))
    ours = array(ops.positional_encoding(4, 8, base=1000))
    np.testing.assert_allclose(ours, table, atol=5e-4)


def test_i_am_good():
    np.testing.assert_allclose(
        array(ops.positional_encoding(3, 4)),
        [
            [0, 1, 0, 1],
            [0.841, 0.540, 0.010, 1.000],
            [0.909, -0.416, 0.020, 1.000],
        ],
        atol=5e-4,
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("d_model", [1, 2, 7, 64])
@pytest.mark.parametrize("base", [2.0, 10000.0, 1e6])
def test_table_follows_float64_at_every_position(base, d_model, layout):
    table = array(ops.positional_encoding(LONGEST + 1, d_model, base, layout))
    expected = float64_encoding(np.arange(LONGEST + 1), d_model, base)
    assert np.abs(table - in_layout(expected, layout)).max() < 3e-6


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("start_index", [0, 1, 257, 60_000])
@pytest.mark.parametrize(
    "dtype, bound",
    [(ml_dtypes.bfloat16, 2.0**-8), (np.float16, 2.0**-10)],
)
def test_half_precision_tables_are_right_to_their_last_bit(
    dtype, bound, start_index, layout
):
    length = LONGEST + 1 - start_index
    table = array(
        ops.positional_encoding(
            length, 32, layout=layout, start_index=start_index
        )
    ).astype(dtype)
    expected = float64_encoding(np.arange(start_index, LONGEST + 1), 32)
    expected = in_layout(expected, layout)
    assert np.abs(table.astype(np.float64) - expected).max() <= bound


@pytest.mark.parametrize("d_model", [1, 2, 7, 12])
def test_concatenated_columns_are_the_interleaved_ones_in_another_order(
    d_model,
):
    interleaved = array(ops.positional_encoding(11, d_model))
    concatenated = array(
        ops.positional_encoding(11, d_model, layout="concatenated")
    )
    np.testing.assert_allclose(
        concatenated, in_layout(interleaved, "concatenated"), atol=1e-6
    )


def test_i_am_good_with_all_sines_first():
    table = ops.positional_encoding(3, 4, layout="concatenated")
    expected = [
        [0, 0, 1, 1],
        [0.841, 0.010, 0.540, 1],
        [0.909, 0.02, -0.416, 1],
    ]
    np.testing.assert_allclose(array(table), expected, atol=5e-4)


def test_an_odd_width_has_one_sine_more():
    table = ops.positional_encoding(1, 5, layout="concatenated")
    assert array(table).tolist() == [[0, 0, 0, 1, 1]]


@pytest.mark.slow
@given(start_index=st.integers(-50, LONGEST), length=st.integers(0, 5))
def test_start_index_is_the_position_of_the_first_row(start_index, length):
    rows = array(ops.positional_encoding(length, 6, start_index=start_index))
    positions = start_index + np.arange(length)
    expected = array(encode_positions(positions, 6))
    np.testing.assert_allclose(rows, expected, atol=1e-6)


def test_start_index_as_a_tensor():
    start_index = keras.ops.convert_to_tensor(7)
    rows = array(ops.positional_encoding(3, 6, start_index=start_index))
    expected = array(ops.positional_encoding(10, 6))[7:]
    np.testing.assert_allclose(rows, expected, atol=1e-6)


@pytest.mark.slow
@given(offset=st.integers(-2000, 2000), half=st.integers(1, 6))
def test_one_matrix_of_rotations_shifts_every_row(offset, half):
    """One block-diagonal matrix maps row p to row p + offset, for all p."""
    rotations = np.zeros((2 * half, 2 * half))
    for pair in range(half):
        angle = offset / 10000.0 ** (pair / half)
        rotations[2 * pair : 2 * pair + 2, 2 * pair : 2 * pair + 2] = [
            [np.cos(angle), np.sin(angle)],
            [-np.sin(angle), np.cos(angle)],
        ]
    rows = array(ops.positional_encoding(17, 2 * half))
    shifted = array(ops.positional_encoding(17, 2 * half, start_index=offset))
    np.testing.assert_allclose(rows @ rotations.T, shifted, atol=1e-5)


@given(
    offset=st.integers(0, 3000),
    position=st.integers(0, 3000),
    half=st.integers(1, 9),
)
def test_shift_identity(offset, position, half):
    """One rotation a pair of columns maps row p to row p + offset."""
    rows = array(encode_positions([position, position + offset], 2 * half))
    angles = offset * array(ops.angle_rates(2 * half))[0, ::2].astype(float)
    sine, cosine = rows[0, ::2], rows[0, 1::2]
    moved = np.empty(2 * half)
    moved[::2] = sine * np.cos(angles) + cosine * np.sin(angles)
    moved[1::2] = cosine * np.cos(angles) - sine * np.sin(angles)
    # The float32 rates, times an offset of 3,000, are off by 2e-4 radians.
    np.testing.assert_allclose(moved, rows[1], atol=5e-4)


def test_length_zero():
    assert tuple(ops.positional_encoding(0, 6).shape) == (0, 6)


@pytest.mark.parametrize(
    "layout, nearest",
    [("interleave", "interleaved"), ("concat", "concatenated")],
)
def test_refuses_an_unknown_layout_and_names_the_nearest(layout, nearest):
    message = rf"layout='{layout}'. Did you mean '{nearest}'\?"
    with pytest.raises(ValueError, match=message):
        ops.positional_encoding(3, 4, layout=layout)


def test_refuses_a_layout_like_no_other():
    with pytest.raises(ValueError, match=r"Received: layout=None.$"):
        encode_positions([0], 4, layout=None)


@pytest.mark.parametrize("d_model", [0, -3])
def test_refuses_a_width_below_one(d_model):
    with pytest.raises(ValueError, match=f"Received: d_model={d_model}"):
        ops.angle_rates(d_model)


@pytest.mark.parametrize("base", [0.0, -1.0, float("inf"), float("nan")])
def test_refuses_a_base_that_gives_no_angles(base):
    with pytest.raises(ValueError, match="finite number above 0. Received"):
        ops.positional_encoding(3, 4, base=base)
