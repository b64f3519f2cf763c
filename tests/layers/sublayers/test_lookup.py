import keras
import pytest

from keras_attn.layers.sublayers import from_name


class Short(keras.layers.Layer):
    def __init__(self, size=1, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("test_lookup")
class Taking(Short):
    """A user's layer that hands every argument on."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)


@keras.saving.register_keras_serializable("test_lookup")
class Plain(keras.layers.Layer):
    """A user's layer with neither a constructor nor a config."""


@keras.saving.register_keras_serializable("test_lookup")
class Bare(keras.layers.Layer):
    """A user's layer that takes nothing."""

    def __init__(self):
        super().__init__()


@keras.saving.register_keras_serializable("test_lookup")
class NoLayer:
    @classmethod
    def from_config(cls, config):
        return cls()

    def get_config(self):
        return {}


@keras.saving.register_keras_serializable("test_lookup")
def function(x):
    return x


TABLE = {"short": Short, "shorter": Short}


def test_a_name_of_the_table_is_made_with_the_arguments():
    layer = from_name("size", "short", TABLE, size=3, dtype="mixed_bfloat16")
    assert type(layer) is Short and layer.size == 3
    assert layer.compute_dtype == "bfloat16"


def test_a_layer_without_a_config_of_its_own_can_be_saved():
    policy = keras.DTypePolicy("mixed_bfloat16")
    layer = from_name("size", "test_lookup>Plain", TABLE, dtype=policy)
    config = keras.saving.serialize_keras_object(layer)
    assert from_name("size", config, TABLE).dtype_policy == policy


def test_a_layer_is_returned_as_it_is():
    layer = Short()
    assert from_name("size", layer, TABLE, size=3) is layer
    assert layer.size == 1


def test_a_config_is_made_into_its_layer():
    config = keras.saving.serialize_keras_object(Taking(size=5))
    layer = from_name("size", config, TABLE, size=3)
    assert type(layer) is Taking and layer.size == 5


def test_a_registered_name_is_made_with_the_arguments_it_takes():
    options = {"size": 3, "dtype": "mixed_bfloat16", "color": "red"}
    layer = from_name("size", "test_lookup>Taking", TABLE, **options)
    assert type(layer) is Taking and layer.size == 3
    assert layer.compute_dtype == "bfloat16"
    bare = from_name("size", "test_lookup>Bare", TABLE, **options)
    assert type(bare) is Bare


def test_a_name_in_a_custom_object_scope_is_found():
    with keras.saving.custom_object_scope({"mine": Short}):
        assert from_name("size", "mine", TABLE, size=3).size == 3


@pytest.mark.parametrize("given", ["shot", "SHORT", "short "])
def test_an_unknown_name_is_answered_with_the_nearest(given):
    with pytest.raises(ValueError) as error:
        from_name("size", given, TABLE)
    message = str(error.value)
    assert message.startswith("`size` must be one of ['short', 'shorter'], a ")
    assert message.endswith(f"Received: size={given!r}. Did you mean 'short'?")


@pytest.mark.parametrize(
    "given",
    [
        "quite different",
        "test_lookup>Nobody",
        "test_lookup>NoLayer",
        "test_lookup>function",
        None,
        7,
        ["short"],
        Bare,
        {},
        {"class_name": "Short"},
        {
            "class_name": "NoLayer",
            "config": {},
            "registered_name": "test_lookup>NoLayer",
        },
    ],
)
def test_what_stands_for_no_layer_is_refused(given):
    with pytest.raises(ValueError, match="`size` must be one of") as error:
        from_name("size", given, TABLE)
    assert f"Received: size={given!r}." in str(error.value)
