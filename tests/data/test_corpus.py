import numpy as np

from keras_attn.data import Split


def test_take_selects_every_field_in_the_given_order():
    split = Split(
        texts=["a", "b", "c"],
        labels=np.array([0, 1, 2], np.int32),
        source="train",
        positions={"pronoun": np.array([5, 6, 7], np.int32)},
    )
    part = split.take([2, 0])
    assert part.texts == ["c", "a"]
    assert part.labels.tolist() == [2, 0]
    assert part.labels.dtype == np.int32
    assert part.positions["pronoun"].tolist() == [7, 5]
    assert part.source == "train"
    assert len(part) == 2
    assert len(split) == 3


def test_take_can_rename_and_take_nothing():
    split = Split(["a"], np.array([0], np.int32), "train")
    part = split.take([], "nothing")
    assert len(part) == 0
    assert part.labels.shape == (0,)
    assert part.source == "nothing"
