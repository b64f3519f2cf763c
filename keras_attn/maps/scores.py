"""Converting the scores of attention layers to maps of the selected heads."""

import contextlib
import numbers

from keras import ops


class _ScoresMessage(str):
    """The message of a `scores_error`, recognized by its type."""


def scores_error(message):
    """Return the error for scores that cannot be converted to a map.

    When an error passes through Keras or TensorFlow, they raise a new error of
    a built-in class with text added around the message. A custom exception
    class would be lost, so this is a `ValueError` whose message has its own
    type.
    """
    return ValueError(_ScoresMessage(message))


@contextlib.contextmanager
def original_scores_error():
    """Re-raise a `scores_error` with only its original message."""
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
    """Return `heads` as a tuple of integers, or None for all heads.

    Raises:
        ValueError: If `heads` is neither None nor one or more non-negative
            integers.
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
    """Convert the scores of one layer to a map of the selected heads.

    Shapes: B batch, H heads, T query length, S key length.

    Args:
        scores: Tensor of shape `(B, H, T, S)`, or `(B, T, S)` from a layer
            without heads.
        heads: As returned by `require_heads`.
        path: String, the name of the layer in error messages.

    Returns:
        A float32 tensor of shape `(B, H, T, S)`, where H is the number of
        selected heads.

    Raises:
        ValueError: If the scores have a different rank, or a head does not
            exist.
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
