"""Attention maps of a few sentences as the items of one event."""

import numpy as np

from tensorboard_plugin_attention.axes import axes_of
from tensorboard_plugin_attention.budget import (
    DTYPES,
    OVER_ONE,
    within_budget,
)
from tensorboard_plugin_attention.checks import require_positive_integer
from tensorboard_plugin_attention.format import write_event
from tensorboard_plugin_attention.sentences import sentences
from tensorboard_plugin_attention.statistics import head_statistics

_DETAILS = (
    "texts",
    "labels",
    "predictions",
    "probabilities",
    "label_names",
    "special",
    "pairs",
)
# Of all attention: less is what 16-bit floats lose.
_SHARE_OF_PADDING = 0.01


def encode_attention(
    weights,
    tokens,
    *,
    kinds=None,
    key_tokens=None,
    model=None,
    precision="standard",
    max_tokens=128,
    max_bytes=4 << 20,
    **details,
):
    """The items of one event, and a word on everything that was left out.

    Shapes: B sentences, H heads, T query length, S key length.

    Args:
        weights: Dict from layer name to an array (B, H, T, S), NumPy, of
            weights after softmax; or one such array. Padding stands at the
            end of each axis and is cut off.
        tokens: B lists of strings, what stands along the rows (in
            self-attention along both axes).
        kinds: Dict from layer name to `"self"`, `"cross"`, `"pool"` or
            `"key_self"`, self-attention over the key tokens, for layers whose
            shape does not tell. Defaults to `None`: by shape, and by "cross"
            or "encoder" in the name where all axes are of one length.
        key_tokens: B lists of strings, what cross-attention looks at.
            Defaults to `None`.
        model: String, the model's name. Defaults to `None`.
        precision: `"standard"` (16 bits, error 8e-6), `"compact"` (8 bits,
            error 4e-3) or `"full"` (float32). Statistics are always those of
            the weights as they came.
        max_tokens: Positive integer, how many tokens of an axis are kept.
            Defaults to `128`.
        max_bytes: Positive integer, how much the maps of one event may take.
            Over it the precision becomes compact, then the last sentences go,
            then the maps of the first, of which an overview stays. Defaults
            to 4 MiB.
        **details: What the tab shows beside the maps, each B entries or `None`:
            `texts`; `labels` and `predictions`, names; `probabilities` (B, C)
            with C `label_names`; `special`, lists of the columns of tokens such
            as "[CLS]"; `pairs` of a row and a column, as of a pronoun and
            its noun.

    Returns:
        The pair `(items, notices)`: a list of bytes for a writer, and a list
        of sentences, which the tab shows too.

    Raises:
        ValueError: If a shape, a number of sentences or a name does not fit.
    """
    _check_settings(precision, max_tokens, max_bytes)
    unknown = set(details) - set(_DETAILS)
    if unknown:
        raise TypeError(
            f"There is no argument {sorted(unknown)[0]!r}. Known are kinds, "
            "key_tokens, model, precision, max_tokens, max_bytes, "
            f"{', '.join(_DETAILS)}."
        )
    examples = sentences(tokens, key_tokens=key_tokens, **details)
    layers = _checked_layers(weights, len(examples))
    axes = _axes(layers, examples, kinds or {})
    maps, stats = [], []
    for index, example in enumerate(examples):
        whole = [
            weights[
                index,
                :,
                : _length(its_axes.rows, example),
                : _length(its_axes.columns, example),
            ]
            for weights, its_axes in zip(layers.values(), axes, strict=True)
        ]
        stats.append(_statistics(index, example, whole, axes))
        maps.append([each[:, :max_tokens, :max_tokens] for each in whole])
    notices = list(_notices(layers, maps, axes, examples))
    notices += [note for e in examples for note in _cut(e, max_tokens)]
    packed, kept, left_out = within_budget(maps, precision, max_bytes)
    notices += left_out
    manifest = {
        "producer": "keras_attn",
        "model": model,
        "layers": [
            {
                "name": name,
                "heads": weights.shape[1],
                "kind": its_axes.kind,
                "rows": its_axes.rows,
                "columns": its_axes.columns,
            }
            for (name, weights), its_axes in zip(
                layers.items(), axes, strict=True
            )
        ],
        "examples": examples[:kept],
        "stats": stats[:kept],
        "notices": notices,
    }
    return write_event(manifest, packed), notices


def _check_settings(precision, max_tokens, max_bytes):
    if precision not in DTYPES:
        raise ValueError(
            f"`precision` must be one of {', '.join(DTYPES)}. "
            f"Received: {precision!r}."
        )
    require_positive_integer("max_tokens", max_tokens)
    require_positive_integer("max_bytes", max_bytes)


def _checked_layers(weights, count):
    """The weights by layer, float32."""
    if not isinstance(weights, dict):
        weights = {"attention": weights}
    if not weights:
        raise ValueError("`weights` holds no layer.")
    layers = {}
    for name, array in weights.items():
        array = np.asarray(array)
        if array.ndim != 4 or 0 in array.shape:
            raise ValueError(
                f"The weights of {name!r} have shape {array.shape}. Expected "
                "(sentences, heads, queries, keys), each at least 1."
            )
        if len(array) != count:
            raise ValueError(
                f"The weights of {name!r} are of {len(array)} sentences, the "
                f"tokens of {count}."
            )
        # Overflow, as from float64, becomes an infinity that the tab reports.
        with np.errstate(over="ignore"):
            layers[str(name)] = array.astype("float32")
    return layers


def _axes(layers, examples, kinds):
    unknown = set(kinds) - set(layers)
    if unknown:
        raise ValueError(
            f"`kinds` names {sorted(unknown)}, which are none of the layers "
            f"{list(layers)}."
        )
    longest = max(len(example["tokens"]) for example in examples)
    keys = [len(e["key_tokens"]) for e in examples if e["key_tokens"]]
    return [
        axes_of(
            name, array.shape, longest, max(keys, default=None), kinds.get(name)
        )
        for name, array in layers.items()
    ]


def _length(axis, example):
    """How much of an axis is no padding; all of it where nobody can tell."""
    return len(example[axis]) if example.get(axis) else None


def _statistics(index, example, maps, axes):
    found = []
    for weights, its_axes in zip(maps, axes, strict=True):
        special, pair = example["special"], example["pair"]
        # Named are tokens of the sentence looked at, where there are two.
        named = "key_tokens" if example["key_tokens"] else "tokens"
        if its_axes.columns != named:
            special = None
        if its_axes.rows != "tokens" or its_axes.columns != named:
            pair = None
        for axis, position in enumerate(pair or ()):
            if position >= weights.shape[1 + axis]:
                raise ValueError(
                    f"pairs[{index}] is {tuple(pair)}, outside a map of "
                    f"{weights.shape[1]} rows and {weights.shape[2]} columns."
                )
        found.append(head_statistics(weights, its_axes.kind, special, pair))
    return found


def _notices(layers, maps, axes, examples):
    """What is odd about the weights, layer by layer."""
    for layer, (name, weights) in enumerate(layers.items()):
        own = np.concatenate([sentence[layer].ravel() for sentence in maps])
        finite = np.isfinite(own)
        if not finite.all():
            yield f"{(~finite).sum()} weights of layer {name} are not finite."
        odd = (own[finite] < 0).sum() + (own[finite] > 1 + OVER_ONE).sum()
        if odd:
            yield (
                f"{odd} weights of layer {name} lie outside 0 to 1: these are "
                "not the weights after a softmax."
            )
        its_axes = axes[layer]
        if "positions" in (its_axes.rows, its_axes.columns):
            yield (
                f"Layer {name} has maps of {weights.shape[2]} x "
                f"{weights.shape[3]}, and no tokens for each of its axes: "
                "positions are numbered."
            )
        share = _share_of_padding(weights, its_axes, examples)
        if share > _SHARE_OF_PADDING:
            yield (
                f"Layer {name} gives {share:.0%} of its attention to padding, "
                "which is not shown: a model that masks its padding gives none."
            )


def _share_of_padding(weights, its_axes, examples):
    """How much of the attention of real rows goes to columns cut off."""
    cut, whole = 0.0, 0.0
    for sentence, example in zip(weights, examples, strict=True):
        rows = sentence[:, : _length(its_axes.rows, example)]
        rows = np.where(np.isfinite(rows), rows, 0)
        columns = _length(its_axes.columns, example)
        cut += 0.0 if columns is None else rows[:, :, columns:].sum()
        whole += rows.sum()
    return cut / whole if whole else 0.0


def _cut(example, max_tokens):
    """Cuts the tokens of a sentence; says so."""
    cut = {}
    for side in ("tokens", "key_tokens"):
        its_tokens = example[side] or []
        if len(its_tokens) > max_tokens:
            cut[side] = len(its_tokens)
            example[side] = its_tokens[:max_tokens]
            yield (
                f"The first {max_tokens} of {len(its_tokens)} tokens are kept "
                f"(`max_tokens`): {example['text']:.60}"
            )
    example["cut"] = cut or None
