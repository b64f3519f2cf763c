import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_attn.data.holdout import holdout

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=60)
FRACTIONS = st.floats(0.01, 0.99)


def test_counts_are_exact():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    kept, held = holdout(labels, 0.1, seed=0)
    assert np.bincount(labels[held]).tolist() == [5, 3, 2]
    assert np.bincount(labels[kept]).tolist() == [45, 27, 18]


def test_largest_remainder_gets_the_rest():
    # Shares 1.6 and 0.4, two in all.
    _, held = holdout(np.repeat([0, 1], [16, 4]), 0.1, seed=0)
    assert np.bincount(np.repeat([0, 1], [16, 4])[held]).tolist() == [2]


def test_a_single_example_stays():
    labels = np.array([0] * 9 + [1])
    for seed in range(20):
        _, held = holdout(labels, 0.4, seed)
        assert len(held) == 4
        assert 9 not in held


def test_classes_of_one_example_give_an_empty_part():
    kept, held = holdout(np.array([0, 1, 2]), 0.3, seed=0)
    assert kept.tolist() == [0, 1, 2]
    assert held.tolist() == []


def test_the_seed_determines_the_parts():
    labels = np.zeros(1000, np.int32)
    first, again, other = (holdout(labels, 0.1, s)[1] for s in (3, 3, 4))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


@settings(deadline=None)
@given(LABELS, FRACTIONS, st.integers(0, 9))
def test_parts_are_disjoint_and_cover_all(labels, fraction, seed):
    kept, held = holdout(np.array(labels), fraction, seed)
    assert sorted([*kept, *held]) == list(range(len(labels)))
    assert kept.tolist() == sorted(kept)
    assert held.tolist() == sorted(held)


@settings(deadline=None)
@given(LABELS, FRACTIONS, st.integers(0, 9))
def test_every_class_gives_its_share_within_one(labels, fraction, seed):
    labels = np.array(labels)
    kept, held = holdout(labels, fraction, seed)
    for label in np.unique(labels):
        size = (labels == label).sum()
        given = (labels[held] == label).sum()
        assert abs(given - fraction * size) < 1 + 1e-9
        assert (labels[kept] == label).any()


def test_the_numbers_of_the_classes_do_not_matter():
    labels = np.random.default_rng(3).integers(0, 4, 101)
    renumbered = np.array([2, 0, 3, 1])[labels]
    kept, held = holdout(labels, 0.2, seed=5)
    kept_too, held_too = holdout(renumbered, 0.2, seed=5)
    assert kept.tolist() == kept_too.tolist()
    assert held.tolist() == held_too.tolist()
