import keras
import numpy as np
import pytest

from keras_attn import ops
from keras_attn.ops.masks import (
    attention_mask_4d,
    combine_masks,
    token_positions,
)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_length_mask():
    assert array(ops.length_mask([3, 0, 2], 3)).astype(int).tolist() == [
        [1, 1, 1],
        [0, 0, 0],
        [1, 1, 0],
    ]


@pytest.mark.parametrize(
    "shape, expected",
    [
        ((5, 7), (1, 1, 5, 7)),
        ((2, 5, 7), (2, 1, 5, 7)),
        ((2, 3, 5, 7), (2, 3, 5, 7)),
    ],
)
def test_attention_masks_get_the_axes_of_the_scores(shape, expected):
    mask = attention_mask_4d(np.ones(shape, bool))
    assert tuple(mask.shape) == expected


def test_combined_masks_allow_what_all_allow():
    padding = np.array([[[True, True, False]]])  # (B, 1, S)
    allowed = np.array([[True, False, True], [True, True, True]])  # (T, S)
    combined = array(combine_masks(padding, None, allowed))
    assert combined.astype(int).tolist() == [[[1, 0, 0], [1, 1, 0]]]
    assert combine_masks() is None
    assert combine_masks(None, padding) is padding


@pytest.mark.parametrize("dtype", ["int32", "uint8", "float32", "float16"])
def test_zero_is_the_false_of_a_mask_of_numbers(dtype):
    mask = attention_mask_4d(np.array([[2, 0, 1], [0, 0, 1]], dtype))
    assert array(mask).tolist() == [
        [[[True, False, True], [False] * 2 + [True]]]
    ]


def test_a_window_of_numpy_is_a_window():
    steps = keras.ops.arange(4)
    masks = [ops.distance_mask(steps, steps, window=w) for w in (2, np.int8(2))]
    assert (array(masks[0]) == array(masks[1])).all()
    for window in (True, np.True_, np.int64(0), np.float32(2)):
        with pytest.raises(ValueError, match=r"`window` must.*window="):
            ops.distance_mask(steps, steps, window=window)


def test_refuses_a_mask_of_another_rank():
    with pytest.raises(ValueError, match=r"Received: shape=\(3,\)"):
        attention_mask_4d(np.ones(3, bool))


def test_token_positions_count_real_tokens_only():
    mask = np.array([[0, 0, 1, 1, 1], [1, 0, 1, 0, 0], [0, 0, 0, 0, 0]], bool)
    assert array(token_positions(mask)).tolist() == [
        [0, 0, 0, 1, 2],
        [0, 0, 1, 1, 1],
        [0, 0, 0, 0, 0],
    ]
