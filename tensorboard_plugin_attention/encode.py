"""Attention maps of a few texts as the items of one event."""

from tensorboard_plugin_attention.budget import (
    DTYPES,
    within_budget,
    within_limits,
)
from tensorboard_plugin_attention.checks import require_positive_integer
from tensorboard_plugin_attention.format import MOST_ROWS, write_event
from tensorboard_plugin_attention.notices import weight_notices
from tensorboard_plugin_attention.record import attention_record
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
    """Encode attention maps as the items of one event.

    Shapes: B texts, H heads, T query length, S key length.

    Args:
        weights: NumPy array of shape `(B, H, T, S)`, the attention weights
            after softmax, or a dict from layer name to such arrays. Padding
            must be at the end of each axis and is removed.
        tokens: B lists of strings, the tokens along the rows, and in
            self-attention also along the columns.
        kinds: Dict from layer name to `"self"`, `"cross"`, `"pool"` or
            `"key_self"` (self-attention over the key tokens), for layers whose
            kind cannot be inferred from their shape. Defaults to `None`:
            inferred from the shape, and from "cross" or "encoder" in the name
            if all axes have the same length.
        key_tokens: B lists of strings, the tokens that cross-attention attends
            to. Defaults to `None`.
        model: String, the model's name. Defaults to `None`.
        precision: String, `"standard"` (16 bits, error at most 8e-6),
            `"compact"` (8 bits, error at most 4e-3) or `"full"` (float32).
            Statistics are always computed from the weights as given. Defaults
            to `"standard"`.
        max_tokens: Positive integer, the number of tokens kept per axis.
            Defaults to `128`.
        max_bytes: Positive integer, the size limit for the maps of one event.
            Above it the precision becomes compact, then texts are dropped from
            the end, and finally only the overview of the first text is kept.
            Defaults to 4 MiB. In any case, the page shows at most 4,096 layers
            and texts, 1,024 heads, and 33,554,432 weights per layer and text;
            anything beyond is left out.
        **details: Data to show next to the maps, each with B entries or `None`:
            `texts`; `labels` and `predictions`, class names; `probabilities` of
            shape `(B, C)`, with C `label_names`; `special`, lists of the
            columns of special tokens such as "[CLS]"; `pairs`, each a row and a
            column that belong together, such as a pronoun and its referent.

    Returns:
        The pair `(items, notices)`: a list of bytes to write, and a list of
        strings that explain what was left out. The tab also shows them.

    Raises:
        TypeError: If `details` contains an unknown argument.
        ValueError: If a shape, a number of texts or a name does not match, or
            if texts, tokens, labels and statistics take more than 16 MiB.
    """
    unknown = sorted(set(details) - set(_DETAILS))
    if unknown:
        raise TypeError(
            f"encode_attention() has no argument {unknown[0]!r}. Its keyword "
            "arguments are kinds, key_tokens, model, precision, max_tokens, "
            f"max_bytes, {', '.join(_DETAILS)}."
        )
    record = attention_record(
        weights,
        tokens,
        key_tokens=key_tokens,
        kinds=kinds,
        model=model,
        **details,
    )
    return encode_record(
        record,
        precision=precision,
        max_tokens=max_tokens,
        max_bytes=max_bytes,
    )


def encode_record(
    record, *, precision="standard", max_tokens=128, max_bytes=4 << 20
):
    """Encode an `AttentionRecord`; see `encode_attention`.

    Returns:
        The pair `(items, notices)`.
    """
    _check_limits(precision, max_tokens, max_bytes)
    max_tokens = min(max_tokens, MOST_ROWS)
    record, notices = within_limits(record)
    maps, stats, examples = [], [], []
    notices += weight_notices(record)
    for index, example in enumerate(record.examples):
        whole = [layer.of(index, example) for layer in record.layers.values()]
        stats.append(_statistics(index, example, whole, record))
        maps.append([weights[:, :max_tokens, :max_tokens] for weights in whole])
        kept_tokens, cut_notices = _cut(example, max_tokens)
        examples.append(kept_tokens)
        notices += cut_notices
    packed, kept, left_out = within_budget(maps, precision, max_bytes)
    notices += left_out
    manifest = {
        "producer": "keras_attn",
        "model": record.model,
        "layers": [
            {
                "name": name,
                "heads": layer.weights.shape[1],
                "kind": layer.axes.kind,
                "rows": layer.axes.rows,
                "columns": layer.axes.columns,
            }
            for name, layer in record.layers.items()
        ],
        "examples": examples[:kept],
        "stats": stats[:kept],
        "notices": notices,
    }
    return write_event(manifest, packed), notices


def _check_limits(precision, max_tokens, max_bytes):
    if precision not in DTYPES:
        raise ValueError(
            f"`precision` must be one of {', '.join(DTYPES)}. "
            f"Received: precision={precision!r}."
        )
    require_positive_integer("max_tokens", max_tokens)
    require_positive_integer("max_bytes", max_bytes)


def _statistics(index, example, maps, record):
    """Return the statistics of one example, one entry per layer."""
    found = []
    # Special tokens and pairs are positions in the text that is attended to.
    attended = "key_tokens" if example["key_tokens"] else "tokens"
    for weights, layer in zip(maps, record.layers.values(), strict=True):
        axes, special, pair = layer.axes, example["special"], example["pair"]
        if axes.columns != attended:
            special = None
        if axes.rows != "tokens" or axes.columns != attended:
            pair = None
        for axis, position in enumerate(pair or ()):
            if position >= weights.shape[1 + axis]:
                raise ValueError(
                    f"pairs[{index}] is {tuple(pair)}, but the map has "
                    f"{weights.shape[1]} rows and {weights.shape[2]} columns."
                )
        found.append(head_statistics(weights, axes.kind, special, pair))
    return found


def _cut(example, max_tokens):
    """Return the example with at most `max_tokens` per axis, and notices."""
    kept, cut, notices = dict(example), {}, []
    for side in ("tokens", "key_tokens"):
        tokens = example[side] or []
        if len(tokens) > max_tokens:
            cut[side] = len(tokens)
            kept[side] = tokens[:max_tokens]
            notices.append(
                f"Only the first {max_tokens} of {len(tokens)} tokens are kept "
                f"(`max_tokens`): {example['text']:.60}"
            )
    return kept | {"cut": cut or None}, notices
