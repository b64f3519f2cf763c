import keras
import numpy as np
import pytest

from keras_attn import layers


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def numbered_table(max_length=5, width=3):
    """A layer whose row p holds p in every column."""
    layer = layers.LearnedPositionalEncoding(max_length)
    layer.build((None, None, width))
    layer.set_weights([np.arange(max_length)[:, None] * np.ones((1, width))])
    return layer


def test_table_rows_are_added():
    output = numbered_table()(np.ones((1, 3, 3), "float32"))
    assert array(output)[0].tolist() == [[1] * 3, [2] * 3, [3] * 3]


@pytest.mark.parametrize(
    "length, options, seen",
    [
        (6, {}, "positions 0 to 5, from length=6"),
        (6, {"mask": np.eye(1, 6, dtype=bool)}, "positions 0 to 5"),
        (2, {"start_index": 4}, "positions 4 to 5, .* start_index=4"),
        (2, {"start_index": np.int64(4)}, "positions 4 to 5, .* start_index=4"),
        (2, {"start_index": -1}, "positions -1 to 0"),
        (2, {"positions": [0, 7]}, "positions 0 to 7"),
        (2, {"positions": [[-1, 0]]}, "positions -1 to 0"),
        (2, {"positions": np.array([-1, 0])}, r"positions -1 to 0.* \(2,\) an"),
        (2, {"positions": np.array([0, 5])}, "positions 0 to 5"),
        (
            2,
            {"positions": np.array([0, 1]), "start_index": 4},
            "positions 4 to 5",
        ),
        (6, {"start_index": np.array(0)}, "positions 0 to 5"),
    ],
)
def test_refuses_positions_beyond_the_table(length, options, seen):
    layer = numbered_table()
    message = f"max_length=5 has positions 0 to 4. Received: {seen}"
    with pytest.raises(ValueError, match=message):
        layer(np.ones((1, length, 3), "float32"), **options)


def test_a_table_as_long_as_the_sentence_is_long_enough():
    layer = numbered_table()
    assert array(layer(np.zeros((1, 5, 3))))[0, -1].tolist() == [4, 4, 4]
    last = layer(np.zeros((1, 1, 3)), start_index=4)
    assert array(last)[0, 0].tolist() == [4, 4, 4]


def test_a_model_with_a_longer_input_is_refused_when_it_is_made():
    with pytest.raises(ValueError, match="Increase `max_length` or truncate"):
        numbered_table()(keras.Input((6, 3)))


def test_a_position_only_known_at_run_time_gives_nan():
    x = np.zeros((1, 4, 3), "float32")
    positions = keras.ops.convert_to_tensor([4, 5, -1, 0])
    output = array(numbered_table()(x, positions=positions))
    assert np.isnan(output[0, :, 0]).tolist() == [False, True, True, False]


@pytest.mark.parametrize("max_length", [0, -1, 2.0, None])
def test_refuses_a_table_without_rows(max_length):
    with pytest.raises(ValueError, match=f"Received: max_length={max_length}"):
        layers.LearnedPositionalEncoding(max_length)


def test_initializer_by_name_and_by_object():
    zeros = layers.LearnedPositionalEncoding(4, initializer="zeros")
    assert not array(zeros(np.zeros((1, 4, 2), "float32"))).any()
    normal = keras.initializers.RandomNormal(stddev=0.3, seed=2)
    layer = layers.LearnedPositionalEncoding(4, initializer=normal)
    config = keras.saving.serialize_keras_object(layer)
    twin = keras.saving.deserialize_keras_object(config)
    assert twin.initializer.get_config() == normal.get_config()
