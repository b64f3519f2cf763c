"""A model that returns its attention maps beside its outputs."""

import keras
from keras import ops

from keras_attn.maps.attention_layers import (
    attention_layers,
    chosen_layers,
    is_built,
    path_of,
    require_model,
)
from keras_attn.maps.heads import checked_heads, in_plain_words
from keras_attn.maps.inputs import call_on, symbolic_inputs
from keras_attn.maps.recording import recorded


def attention_model(model, layers=None, heads=None, inputs=None):
    """A functional model of the same inputs, with the maps among its outputs.

    What `capture_attention` returns, out of a graph: `predict` compiles it, and
    it is saved and exported as any functional model. It shares its layers and
    weights with `model`, which stays as it is.

    Shapes: B batch, T query length, S key length, H heads.

    Args:
        model: Any Keras model or layer: functional, sequential or subclassed.
        layers: The names, paths or layers to record; see `record_attention`.
            Defaults to `None`: every attention layer.
        heads: The numbers of the heads to keep of each layer, an integer or a
            list, counted from 0. Defaults to `None`: all.
        inputs: What `model` takes: `keras.Input(...)`, an example, or a
            structure of either; the batch of an example may vary. Needed of
            a subclassed model that was never called. Defaults to `None`: the
            inputs of a functional model; of another the shape it was built
            with, where (B, T) into a model with an `Embedding` counts as
            int32 ids of any length and anything else as floats.

    Returns:
        A functional `keras.Model` that returns a flat dict, as SavedModel
        wants it: `"outputs"`, what `model` returns (`"outputs/0"`,
        `"outputs/name"` and so on where that is a list or a dict), and for
        each map `"attention/<layer path>"`, float32 (B, H, T, S). A `.keras`
        file of it loads once `keras_attn` is imported.

    Raises:
        ValueError: If `model` is no model or layer, if it has no attention
            layer, if `layers` is empty or an entry of it selects none, if a
            layer does not have the heads, or if the inputs of `model` are not
            known.

    Example:
        >>> explained = attention_model(model, layers="encoder_block_0")
        >>> explained.export("served")  # a SavedModel
        >>> result = explained.predict(ids)
        >>> result["attention/encoder_block_0/attention"].shape
        (32, 8, 17, 17)
    """
    require_model(model)
    heads = checked_heads(heads)
    inputs = symbolic_inputs(model, inputs)
    if not is_built(model):
        call_on(
            model, inputs
        )  # its layers have no paths yet, or are not made yet
    chosen = chosen_layers(model, layers)
    paths = [
        path_of(layer) if layer in chosen else None
        for layer in attention_layers(model)
    ]
    asking = WithAttention(model, paths, heads, name="with_attention")
    with in_plain_words():
        outputs = asking(inputs)
    return keras.Model(inputs, outputs, name=f"{model.name}_attention")


@keras.saving.register_keras_serializable("keras_attn")
class WithAttention(keras.layers.Layer):
    """Runs a model and returns its outputs and attention maps.

    Args:
        model: Keras model or layer.
        paths: List of a string or None for each of its attention layers, in
            the model's order: the name of its map; None leaves it out. Names
            are kept because a loaded layer may have another path.
        heads: Tuple of integers, or None for all heads.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, model, paths, heads=None, **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.paths = list(paths)
        self.heads = checked_heads(heads)
        self.supports_masking = True  # masks go in; see `compute_mask`

    def call(self, inputs):
        named = zip(attention_layers(self.model), self.paths, strict=True)
        chosen = [(layer, path) for layer, path in named if path is not None]
        maps = {}
        with recorded(chosen, self.heads, maps, _as_it_is):
            outputs = call_on(self.model, inputs)
        result = _flat("outputs", outputs)
        return result | {f"attention/{p}": w for p, w in maps.items()}

    def compute_mask(self, inputs, previous_mask=None):
        return None  # the inputs' mask says nothing of a dict of outputs

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "model": keras.saving.serialize_keras_object(self.model),
                "paths": self.paths,
                "heads": self.heads,
            }
        )
        return config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        deserialize = keras.saving.deserialize_keras_object
        config["model"] = deserialize(config["model"])
        return cls(**config)


def _as_it_is(weights, path):
    return weights


def _flat(name, outputs):
    """{"outputs": tensor}, or {"outputs/0": ...} of a nested structure."""
    if ops.is_tensor(outputs):
        return {name: outputs}
    leaves = keras.tree.flatten_with_path(outputs)
    return {"/".join(map(str, (name, *path))): leaf for path, leaf in leaves}
