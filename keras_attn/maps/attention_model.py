"""A model that returns attention maps together with its outputs."""

import keras
from keras import ops

from keras_attn.maps.attention_layers import (
    attention_layers,
    chosen_layers,
    is_built,
    layer_path,
    require_model,
)
from keras_attn.maps.loops import require_reachable
from keras_attn.maps.model_inputs import call_on, symbolic_inputs
from keras_attn.maps.recording import recorded
from keras_attn.maps.scores import (
    original_scores_error,
    require_heads,
    scores_error,
)


def attention_model(model, layers=None, heads=None, inputs=None):
    """Create a functional model that also returns attention maps.

    The maps are the same as those of `capture_attention`, but they are part of
    the model's graph. So `predict` computes them in compiled code, and the
    model can be saved and exported like any functional model. It shares its
    layers and weights with `model`, which is not changed.

    Shapes: B batch, T query length, S key length, H heads.

    Args:
        model: Any Keras model or layer: functional, sequential or subclassed.
        layers: The names, paths or layers to record; see `record_attention`.
            Defaults to `None`: every attention layer.
        heads: Integer or list of integers, the heads of each layer to keep,
            counted from 0. Defaults to `None`: all.
        inputs: The inputs of `model`: `keras.Input(...)`, an example array, or
            a structure of either. The batch size of an example may vary.
            Required for a subclassed model that has never been called. Defaults
            to `None`: the inputs of a functional model, otherwise the shape
            that the model was built with. In that last case, a shape `(B, T)`
            means int32 ids of any length if the model has an `Embedding`, and
            any other input is float32.

    Returns:
        A functional `keras.Model` that returns a flat dict, as a SavedModel
        requires: `"outputs"` is the output of `model`. If `model` returns a
        list or dict, the keys are `"outputs/0"`, `"outputs/name"` and so on.
        `"attention/<key>"`, with a key of `record_attention`, is a map,
        float32 of shape `(B, H, T, S)`. To load a `.keras` file of this model,
        import `keras_attn` first.

    Raises:
        ValueError: If `model` is not a model or layer, if it has no attention
            layer, if `layers` is empty or an entry selects no layer, if a layer
            does not have one of the heads, if the inputs of `model` are
            unknown, or if a layer runs inside a loop or a branch of the graph,
            such as `keras.ops.map`. The returned model raises it if its layers
            run another number of times than when it was made, as in a
            `TimeDistributed` layer with another number of steps.

    Example:

    >>> explained = attention_model(model, layers="encoder_block_0")
    >>> explained.export("served")  # a SavedModel
    >>> result = explained.predict(ids)
    >>> result["attention/encoder_block_0/attention"].shape
    (32, 8, 17, 17)
    """
    require_model(model)
    heads = require_heads(heads)
    inputs = symbolic_inputs(model, inputs)
    if not is_built(model):
        # Its layers have no paths yet, or do not exist yet.
        call_on(model, inputs)
    chosen = chosen_layers(model, layers)
    paths = [
        layer_path(layer) if layer in chosen else None
        for layer in attention_layers(model)
    ]
    with_attention = WithAttention(model, paths, heads, name="with_attention")
    with original_scores_error():
        outputs = with_attention(inputs)
    return keras.Model(inputs, outputs, name=f"{model.name}_attention")


@keras.saving.register_keras_serializable("keras_attn")
class WithAttention(keras.layers.Layer):
    """Run a model and return its outputs and attention maps.

    Args:
        model: Keras model or layer.
        paths: List with one entry for each attention layer of `model`, in its
            order: the name of the map as a string, or `None` to leave it out.
            The names are stored because a loaded layer may have a different
            path.
        heads: Sequence of integers, or `None` for all heads.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, model, paths, heads=None, **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.paths = list(paths)
        self.heads = None if heads is None else tuple(heads)
        self._names = None  # of the maps of the symbolic call
        self.supports_masking = True  # accepts masks; see `compute_mask`

    def call(self, inputs):
        named = zip(attention_layers(self.model), self.paths, strict=True)
        chosen = [(layer, path) for layer, path in named if path is not None]
        maps = {}
        with recorded(self.model, chosen, self.heads, maps, _unchanged):
            outputs = call_on(self.model, inputs)
        require_reachable(maps, outputs)
        self._require_same_runs(maps)
        result = _flat("outputs", outputs)
        return result | {f"attention/{p}": w for p, w in maps.items()}

    def _require_same_runs(self, maps):
        """Check that each layer ran as often as when the model was made.

        A functional model knows its outputs only by their order: with another
        number of maps, each output would get another one's name.
        """
        names = tuple(sorted(maps))
        if self._names is None:  # the symbolic call that makes the model
            self._names = names
        if names != self._names:
            raise scores_error(
                f"The attention layers of {self.model.name!r} ran "
                f"{len(names)} times on these inputs, and {len(self._names)} "
                "times when the attention model was made. Expected a fixed "
                "number of runs: specify the number of steps in `inputs`, or "
                "use `capture_attention`."
            )

    def compute_mask(self, inputs, previous_mask=None):
        return None  # a mask of the inputs does not apply to a dict of outputs

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


def _unchanged(weights, path):
    return weights


def _flat(name, outputs):
    """{"outputs": tensor}, or {"outputs/0": ...} for a nested structure."""
    if ops.is_tensor(outputs):
        return {name: outputs}
    leaves = keras.tree.flatten_with_path(outputs)
    return {"/".join(map(str, (name, *path))): leaf for path, leaf in leaves}
