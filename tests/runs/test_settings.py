"""Settings: limits, and the order of their groups."""

import pytest

from keras_attn.runs.errors import UserError
from keras_attn.runs.recipe import resolve
from keras_attn.runs.settings import (
    DataSettings,
    FitSettings,
    ModelSettings,
    OutputSettings,
    Settings,
)


def test_the_groups_make_one_flat_table_in_order():
    groups = (DataSettings, ModelSettings, FitSettings, OutputSettings)
    names = [name for group in groups for name in group.model_fields]
    assert list(Settings.model_fields) == names
    assert names[0] == "dataset" and names[-1] == "export"


@pytest.mark.parametrize(
    "name, value",
    [
        ("epochs", "0"),
        ("epochs", "many"),
        ("dropout", "1"),
        ("validation_fraction", "0.5"),
        ("max_length", "65537"),
        ("learning_rate", "-1"),
        ("position", "sinus"),
        ("seed", "-1"),
    ],
)
def test_a_value_out_of_range_is_named(name, value):
    with pytest.raises(UserError, match=f"{name}.*{name}='{value}'"):
        resolve(None, {"dataset": "trec", name: value})


@pytest.mark.parametrize(
    "value, labels",
    [
        ("a,b", ("a", "b")),
        ('"a, b", c', ("a, b", "c")),
        (["a,b", "c"], ("a,b", "c")),  # from a recipe
        ("a", ("a",)),
        ("", ()),
    ],
)
def test_labels_are_separated_by_commas(value, labels):
    settings = resolve(None, {"dataset": "trec", "labels": value})
    assert settings.labels == labels
