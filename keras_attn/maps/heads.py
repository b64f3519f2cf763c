"""Scores as attention layers give them -> maps of the chosen heads."""

import contextlib
import numbers

from keras import ops


class _Plain(str):
    """The words of an error that says all by itself."""


def scores_error(message):
    """The error for scores that cannot be made into a map.

    Keras and TensorFlow repeat an error that crosses their calls, as a new one
    of the same class with more around its words. The class is therefore one
    of Python's own, and the words are what can be told apart.
    """
    return ValueError(_Plain(message))


@contextlib.contextmanager
def in_plain_words():
    """A `scores_error` leaves in its own words alone, whoever repeated it."""
    try:
        yield
    except ValueError as error:
        first = error
        while isinstance(first.__context__, ValueError):
            first = first.__context__
        if first.args and isinstance(first.args[0], _Plain):
            raise ValueError(str(first)) from None
        raise


def checked_heads(heads):
    """`heads` as a tuple of integers, or None for all of them.

    Raises:
        ValueError: If it is not one or more integers, none of them negative.
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
    """The scores of one layer, as a tensor of the chosen heads.

    Shapes: B batch, H heads, T query length, S key length.

    Args:
        scores: Tensor (B, H, T, S), or (B, T, S) of a layer without heads.
        heads: As `checked_heads` returns it.
        path: String, the layer's name in an error.

    Returns:
        A float32 tensor (B, H, T, S), H as many as there are in `heads`.

    Raises:
        ValueError: If the scores have another rank, or a head is not there.
    """
    if scores is None:
        raise scores_error(
            f"Layer {path!r} was asked for its scores and gave none."
        )
    if len(scores.shape) == 3:  # keras.layers.Attention has no heads
        scores = ops.expand_dims(scores, axis=1)
    if len(scores.shape) != 4:
        raise scores_error(
            f"Layer {path!r} gave scores of shape {tuple(scores.shape)}. "
            "Expected (batch, heads, queries, keys)."
        )
    if heads is not None:
        count = scores.shape[1]
        if count is not None and max(heads) >= count:
            raise scores_error(
                f"Layer {path!r} has {count} heads, numbered 0 to "
                f"{count - 1}. Received: heads={list(heads)}. Choose others, "
                "or leave the layer out with `layers`."
            )
        scores = ops.take(scores, list(heads), axis=1)
    return ops.cast(scores, "float32")


def _is_index(head):
    return (
        isinstance(head, numbers.Integral)
        and not isinstance(head, bool)
        and head >= 0
    )
