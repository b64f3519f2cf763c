"""The validated attention maps of a few texts, with their tokens and axes."""

import dataclasses

import numpy as np

from tensorboard_plugin_attention.axes import Axes, axes_of
from tensorboard_plugin_attention.examples import examples_of


@dataclasses.dataclass(frozen=True)
class LayerMaps:
    """The attention maps of one layer, padding included.

    Attributes:
        weights: Float32 array of shape `(B, H, T, S)`, after softmax.
        axes: `Axes`, the meaning of T and S.
    """

    weights: np.ndarray
    axes: Axes

    def of(self, index, example):
        """Return the maps `(H, T, S)` of one example without padding."""
        rows = length_of(self.axes.rows, example)
        columns = length_of(self.axes.columns, example)
        return self.weights[index, :, :rows, :columns]


@dataclasses.dataclass(frozen=True)
class AttentionRecord:
    """The contents of one event, before anything is left out or compressed.

    Attributes:
        layers: Dict from layer name to `LayerMaps`.
        examples: List of B dicts, one per text; see `examples_of`.
        model: String, the model's name, or `None`.
    """

    layers: dict
    examples: list
    model: str | None = None


def attention_record(
    weights, tokens, *, key_tokens=None, kinds=None, model=None, **details
):
    """Check attention maps and determine their axes.

    Args:
        weights: See `encode_attention`.
        tokens: See `encode_attention`.
        key_tokens: See `encode_attention`.
        kinds: See `encode_attention`.
        model: String, the model's name. Defaults to `None`.
        **details: `texts`, `labels`, `predictions`, `probabilities`,
            `label_names`, `special` and `pairs`, as in `encode_attention`.

    Returns:
        An `AttentionRecord`, which `encode_record` turns into an event.

    Raises:
        ValueError: If a shape, a number of texts or a name does not match.
    """
    examples = examples_of(tokens, key_tokens=key_tokens, **details)
    arrays = _arrays(weights, len(examples))
    kinds = kinds or {}
    unknown = sorted(set(kinds) - set(arrays))
    if unknown:
        raise ValueError(
            f"`kinds` names layers that have no weights: {unknown}. "
            f"The layers are {list(arrays)}."
        )
    longest = max(len(example["tokens"]) for example in examples)
    keys = [len(e["key_tokens"]) for e in examples if e["key_tokens"]]
    layers = {
        name: LayerMaps(
            array,
            axes_of(
                name,
                array.shape,
                longest,
                max(keys, default=None),
                kinds.get(name),
            ),
        )
        for name, array in arrays.items()
    }
    return AttentionRecord(layers, examples, model)


def length_of(axis, example):
    """Return the length of an axis without padding; `None` if unknown."""
    return len(example[axis]) if example.get(axis) else None


def _arrays(weights, count):
    """Return the weights by layer name, as float32 arrays of `count` texts."""
    if not isinstance(weights, dict):
        weights = {"attention": weights}
    if not weights:
        raise ValueError("`weights` must have at least one layer.")
    arrays = {}
    for name, array in weights.items():
        array = np.asarray(array)
        if array.ndim != 4 or 0 in array.shape:
            raise ValueError(
                f"The weights of {name!r} must have the shape (texts, heads, "
                "queries, keys), with no axis of length 0. Received: shape "
                f"{array.shape}."
            )
        if len(array) != count:
            raise ValueError(
                f"The weights of {name!r} are for {len(array)} texts, but "
                f"`tokens` has {count}."
            )
        # Float64 values that overflow become infinite, which a notice reports.
        with np.errstate(over="ignore"):
            arrays[str(name)] = array.astype("float32")
    return arrays
