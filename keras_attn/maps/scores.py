"""Scores as attention layers return them -> maps of the chosen heads."""

import contextlib
import numbers

from keras import ops


class _ScoresMessage(str):
    """Marks the message of a `scores_error`."""


def scores_error(message):
    """The error for scores that cannot become a map.

    Keras and TensorFlow re-raise an error that crosses their calls as a new
    error of the same class, with text added around its message. A class of
    our own would not survive that, so this is a `ValueError` whose message is
    marked.
    """
    return ValueError(_ScoresMessage(message))


@contextlib.contextmanager
def original_scores_error():
    """Re-raises a `scores_error` with its own message only."""
    try:
        yield
    except ValueError as error:
        first = error
        while isinstance(first.__context__, ValueError):
            first = first.__context__
        if first.args and isinstance(first.args[0], _ScoresMessage):
            raise ValueError(str(first)) from None
        raise


def require_heads(heads):
    """Returns `heads` as a tuple of integers, or None for all heads.

    Raises:
        ValueError: Unless it is None, or one or more non-negative integers.
    """
    if heads is None:
        return None
    listed = (heads,) if isinstance(heads, numbers.Integral) else heads
    try:
        indices = tuple(listed)
    except TypeError:
        indices = ()
    if not indices or not all(map(_is_index, indices)):
        raise ValueError(
            "`heads` must be one or more integers, counted from 0, or None "
            f"for all. Received: heads={heads!r}."
        )
    return tuple(map(int, indices))


def to_map(scores, heads, path):
    """The scores of one layer as a tensor of the chosen heads.

    Shapes: B batch, H heads, T query length, S key length.

    Args:
        scores: Tensor (B, H, T, S), or (B, T, S) from a layer without heads.
        heads: As returned by `require_heads`.
        path: String, the name of the layer in an error.

    Returns:
        A float32 tensor (B, H, T, S), where H is the number of chosen heads.

    Raises:
        ValueError: If the scores have another rank, or a head does not exist.
    """
    if scores is None:
        raise scores_error(f"Layer {path!r} returned None for its scores.")
    if len(scores.shape) == 3:  # keras.layers.Attention has no heads
        scores = ops.expand_dims(scores, axis=1)
    if len(scores.shape) != 4:
        raise scores_error(
            f"Layer {path!r} returned scores of shape {tuple(scores.shape)}. "
            "Expected (batch, heads, queries, keys)."
        )
    if heads is not None:
        count = scores.shape[1]
        if count is not None and max(heads) >= count:
            raise scores_error(
                f"Layer {path!r} has {count} heads, numbered 0 to "
                f"{count - 1}. Received: heads={list(heads)}. Choose other "
                "heads, or leave the layer out with `layers`."
            )
        scores = ops.take(scores, list(heads), axis=1)
    return ops.cast(scores, "float32")


def _is_index(head):
    return (
        isinstance(head, numbers.Integral)
        and not isinstance(head, bool)
        and head >= 0
    )
