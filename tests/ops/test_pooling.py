import keras
import numpy as np

from keras_attn import ops


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_mean_of_the_real_tokens():
    x = np.array([[[1.0, 10.0], [3.0, 20.0], [99.0, 99.0]]], "float32")
    mean = array(ops.masked_mean(x, np.array([[True, True, False]])))
    assert mean.tolist() == [[2.0, 15.0]]
    assert array(ops.masked_mean(x[:, :2])).tolist() == [[2.0, 15.0]]


def test_no_real_token_gives_zero():
    x = np.ones((1, 3, 2), "float32")
    assert array(ops.masked_mean(x, np.zeros((1, 3), bool))).tolist() == [
        [0.0, 0.0]
    ]
    assert array(ops.masked_mean(x[:, :0])).tolist() == [[0.0, 0.0]]


def test_what_stands_at_a_pad_token_stays_out():
    x = np.array([[[2.0], [np.nan], [np.inf]]], "float32")
    mean = array(ops.masked_mean(x, np.array([[True, False, False]])))
    assert mean.tolist() == [[2.0]]


def test_long_sums_in_half_precision_do_not_stop_growing():
    x = keras.ops.cast(np.ones((1, 5000, 1)), "bfloat16")
    assert float(ops.masked_mean(x)[0, 0]) == 1.0
