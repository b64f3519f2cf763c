"""Sizes that depend on the dataset."""

import pytest

from keras_attn.runs.errors import UserError
from keras_attn.runs.recipe import resolve
from keras_attn.runs.sizing import size_to


def sized(num_texts=5_452, mean_length=10.0, **given):
    settings = resolve(None, {"dataset": "trec", **given})
    return size_to(settings, num_texts, mean_length)


@pytest.mark.parametrize(
    "num_texts, epochs", [(60, 15), (5_452, 12), (67_349, 3), (10**6, 3)]
)
def test_epochs_show_about_60_000_sentences(num_texts, epochs):
    assert sized(num_texts).epochs == epochs


def test_short_texts_get_a_wide_model_and_long_ones_a_narrow_one():
    wide, narrow = sized(mean_length=50), sized(mean_length=51)
    assert (wide.d_model, wide.num_heads, wide.feed_forward_dim) == (
        256,
        8,
        512,
    )
    assert (narrow.d_model, narrow.num_heads) == (64, 2)
    assert narrow.feed_forward_dim == 128


@pytest.mark.parametrize(
    "d_model, num_heads", [(1, 1), (31, 1), (96, 3), (100, 1), (127, 1)]
)
def test_heads_fit_any_width(d_model, num_heads):
    assert sized(d_model=d_model).num_heads == num_heads


def test_what_is_given_stays():
    given = {
        "epochs": 7,
        "d_model": 22,
        "num_heads": 11,
        "feed_forward_dim": 5,
    }
    values = sized(mean_length=300, **given).model_dump()
    assert {name: values[name] for name in given} == given


def test_a_given_size_that_does_not_fit_a_derived_one_is_refused():
    with pytest.raises(UserError, match="d_model=256.*num_heads=7"):
        sized(num_heads=7)
