import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_attn.data import LengthBatches
from keras_attn.data.batches import padded_lengths

LENGTHS = st.lists(st.integers(0, 90), min_size=1, max_size=40)
SIZES = st.tuples(st.integers(1, 7), st.integers(1, 200))


def texts_of(lengths):
    """Texts of the given lengths; text i consists of the id i + 1."""
    return [np.full(n, i + 1, np.int32) for i, n in enumerate(lengths)]


def make(lengths, sizes=(3, 40), seed=None, **settings):
    batch_size, tokens_per_batch = sizes
    return LengthBatches(
        texts_of(lengths),
        np.arange(len(lengths)),
        batch_size=batch_size,
        tokens_per_batch=tokens_per_batch,
        seed=seed,
        **settings,
    )


def delivered(batches):
    return np.concatenate([labels for _, labels in batches]).tolist()


def test_exact_batches():
    batches = make([3, 1, 2, 2], sizes=(2, 40), pad_id=9)
    (first, first_labels), (second, second_labels) = batches
    assert first.tolist() == [[2, 9], [3, 3]]
    assert first_labels.tolist() == [1, 2]
    assert second.tolist() == [[4, 4, 9], [1, 1, 1]]
    assert second_labels.tolist() == [3, 0]
    assert first.dtype == second_labels.dtype == np.int32
    assert batches.order.tolist() == [1, 2, 3, 0]
    assert batches.padding_share == pytest.approx(2 / 10)


def test_without_labels_items_are_one_tuples():
    (batch,) = LengthBatches([np.array([5, 6])])[0]
    assert batch.tolist() == [[5, 6]]


def test_token_budget_counts_padding():
    # Widths 2, 3, 3: 3 + 3 fits in 8 cells, 3 * 3 does not; 20 goes alone.
    batches = make([2, 3, 3, 20], sizes=(64, 8))
    assert sorted(ids.shape for ids, _ in batches) == [(1, 3), (1, 20), (2, 3)]


def test_an_empty_text_is_all_padding():
    ids, _ = make([0])[0]
    assert ids.tolist() == [[0]]


def test_padded_lengths_are_exact_below_32_and_close_above():
    below = np.arange(1, 32)
    assert padded_lengths(below).tolist() == below.tolist()
    assert padded_lengths([32, 33, 34]).tolist() == [33, 33, 34]
    lengths = np.arange(32, 5000)
    widths = padded_lengths(lengths)
    assert (widths >= lengths).all()
    assert (widths <= lengths * 17 / 16).all()


@settings(deadline=None)
@given(LENGTHS, SIZES, st.none() | st.integers(0, 3), st.integers(0, 3))
def test_every_text_occurs_once_within_the_budget(lengths, sizes, seed, epoch):
    batches = make(lengths, sizes, seed)
    batches.epoch = epoch
    rows = delivered(batches)
    assert sorted(rows) == list(range(len(lengths)))
    assert rows == batches.order.tolist()
    cells = 0
    for ids, labels in batches:
        cells += ids.size
        assert len(ids) == 1 or (len(ids) <= sizes[0] and ids.size <= sizes[1])
        for row, label in zip(ids, labels, strict=True):
            n = lengths[label]
            assert row.tolist() == [label + 1] * n + [0] * (len(row) - n)
    assert batches.padding_share == pytest.approx(1 - sum(lengths) / cells)


@settings(deadline=None)
@given(LENGTHS, SIZES, st.integers(0, 3))
def test_shapes_are_the_same_in_every_epoch(lengths, sizes, seed):
    batches = make(lengths, sizes, seed)
    shapes = []
    for batches.epoch in range(3):
        shapes.append(sorted(ids.shape for ids, _ in batches))
        assert len(shapes[-1]) == len(batches)
    assert shapes[0] == shapes[1] == shapes[2]


@settings(deadline=None)
@given(LENGTHS, SIZES, st.none() | st.integers(0, 3), st.integers(0, 3))
def test_the_first_two_widths_differ_if_any_do(lengths, sizes, seed, epoch):
    batches = make(lengths, sizes, seed)
    batches.epoch = epoch
    widths = [ids.shape[1] for ids, _ in batches]
    assert len(set(widths[:2])) == min(2, len(set(widths)))


def test_seed_and_epoch_determine_the_order():
    def order(seed, epoch):
        batches = make([5] * 30, seed=seed)
        batches.epoch = 7  # earlier epochs have no effect
        batches.epoch = epoch
        return batches.order.tolist()

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)
    assert order(None, 2) == order(None, 3) == list(range(30))


def test_long_texts_meet_different_texts():
    batches = make([320, 322, 324, 326], sizes=(2, 10_000), seed=0)
    pairs = set()
    for batches.epoch in range(20):
        pairs.update(frozenset(labels.tolist()) for _, labels in batches)
    assert len(pairs) == 6


class Seen(keras.layers.Layer):
    """Logs the first cell of each row that it is called on, in order."""

    def build(self, shape):
        self.log = self.add_weight(
            shape=(64,), dtype="int32", initializer="zeros", trainable=False
        )
        self.scale = self.add_weight(shape=(), initializer="ones")
        self.at = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False
        )

    def call(self, ids):
        first = keras.ops.cast(ids[:, 0], "int32")
        places = self.at + keras.ops.arange(keras.ops.shape(first)[0])
        self.log.assign(
            keras.ops.scatter_update(self.log, places[:, None], first)
        )
        self.at.assign_add(keras.ops.shape(first)[0])
        return self.scale * keras.ops.cast(ids[:, :1], "float32")


def fit(lengths, epochs, initial_epoch=0):
    """Train a model; returns the ids of the rows it saw, in order."""
    layer = Seen()
    model = keras.Sequential([layer])
    model.compile("sgd", "mse")
    batches = make(lengths, seed=0)
    model.fit(
        batches,
        epochs=epochs,
        initial_epoch=initial_epoch,
        shuffle=False,
        verbose=0,
        callbacks=[batches.epoch_callback()],
    )
    return layer.log.numpy()[: int(layer.at)].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [[2, 3, 3, 4, 5, 5, 5, 6], [4] * 8])
def test_a_resumed_fit_sees_the_batches_of_an_uninterrupted_one(lengths):
    whole = fit(lengths, epochs=4)
    assert len(whole) == 4 * 8
    expected = []
    for epoch in range(4):
        batches = make(lengths, seed=0)
        batches.epoch = epoch
        expected += (batches.order + 1).tolist()
    assert whole == expected
    assert fit(lengths, epochs=4, initial_epoch=2) == whole[2 * 8 :]
    assert whole[:8] != whole[8:16]


def test_predictions_can_be_put_in_input_order():
    lengths = [4, 2, 2, 2, 2, 2, 2, 3]  # the shortest fill the first batches
    batches = LengthBatches(texts_of(lengths), batch_size=2)
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, keras.ops.max(ids, axis=1, keepdims=True))
    restored = np.empty((8, 1), np.int32)
    restored[batches.order] = model.predict(batches, verbose=0)
    assert restored[:, 0].tolist() == list(range(1, 9))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ids": []}, "at least one text"),
        ({"ids": [[[1]]]}, r"shape \(1, 1\) at index 0"),
        ({"ids": [[1]], "labels": [0, 1]}, "2 labels for 1 texts"),
        (
            {"ids": [[1]], "batch_size": 0},
            "`batch_size` must be a positive integer",
        ),
        (
            {"ids": [[1]], "tokens_per_batch": 0},
            "`tokens_per_batch` must be a pos",
        ),
    ],
)
def test_bad_arguments(settings, message):
    with pytest.raises(ValueError, match=message):
        LengthBatches(**settings)
