"""Attention masks: boolean, True where a query may attend to a key."""

import functools

from keras import ops

from keras_attn._checks import is_integer, sizes_differ


def length_mask(lengths, max_length):
    """Mark the first `lengths[b]` of `max_length` tokens as real.

    Args:
        lengths: Integer tensor of shape `(B,)`, in tokens.
        max_length: Integer or scalar integer tensor, the padded length T.

    Returns:
        A boolean tensor of shape `(B, T)`.

    Example:

    >>> import keras_attn
    >>> mask = keras_attn.ops.length_mask([3, 2], max_length=4)
    >>> mask.numpy().astype(int).tolist()
    [[1, 1, 1, 0], [1, 1, 0, 0]]
    """
    positions = ops.expand_dims(ops.arange(max_length), 0)
    return positions < ops.expand_dims(ops.cast(lengths, positions.dtype), -1)


def distance_mask(query_positions, key_positions, causal=False, window=None):
    """Mark the keys that are within the window and not in the future.

    Args:
        query_positions: Integer tensor of shape `(T,)`, in tokens.
        key_positions: Integer tensor of shape `(S,)`, in tokens.
        causal: Boolean, whether a query at t attends only to keys s <= t.
            Defaults to `False`.
        window: Positive integer. A query at t attends only to keys with
            `|t - s| < window`: itself and `window - 1` on each side, like
            `sliding_window` of `keras.layers.MultiHeadAttention`. Defaults to
            `None`: all keys.

    Returns:
        A boolean tensor of shape `(T, S)`, or None if everything is allowed.

    Raises:
        ValueError: If `window` is not a positive integer.

    Example:

    >>> import keras, keras_attn
    >>> steps = keras.ops.arange(4)
    >>> mask = keras_attn.ops.distance_mask(steps, steps, True, window=2)
    >>> keras.ops.convert_to_numpy(mask).astype(int).tolist()
    [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]

    Reference:
        Beltagy et al., 2020, [Longformer](https://arxiv.org/abs/2004.05150),
        section 3.1, for the window.
    """
    require_window(window)
    ahead = ops.expand_dims(key_positions, 0) - ops.expand_dims(
        query_positions, 1
    )  # (T, S)
    return combine_masks(
        ahead <= 0 if causal else None,
        None if window is None else ops.abs(ahead) < window,
    )


def require_window(window):
    """Raise `ValueError` unless `window` is a positive integer or None."""
    if window is None or (is_integer(window) and window > 0):
        return
    raise ValueError(
        "`window` must be a positive integer, where 1 lets a token attend only "
        f"to itself, or None for no limit. Received: window={window!r}."
    )


def attention_mask_4d(mask):
    """Expand an attention mask to the axes of the scores.

    Args:
        mask: Boolean tensor of shape `(T, S)`, `(B, T, S)`, or one that
            broadcasts to `(B, H, T, S)`.

    Returns:
        The same mask as a tensor of rank 4.

    Raises:
        ValueError: If the rank of the mask is not 2, 3 or 4.
    """
    mask = boolean_mask(mask)
    rank = len(mask.shape)
    if rank == 2:
        return ops.expand_dims(ops.expand_dims(mask, 0), 0)
    if rank == 3:
        return ops.expand_dims(mask, 1)
    if rank == 4:
        return mask
    raise ValueError(
        "An attention mask must have shape (T, S), (B, T, S) or (B, H, T, S). "
        f"Received: shape={tuple(mask.shape)}."
    )


def boolean_mask(mask):
    """Return a mask of numbers as booleans, as Keras does: 0 is False."""
    return ops.cast(ops.convert_to_tensor(mask), "bool")


def padding_mask_4d(mask):
    """Expand a padding mask of the keys to the axes of the scores.

    Args:
        mask: Boolean tensor of shape `(B, S)`, True at real keys.

    Returns:
        The same mask as a tensor of shape `(B, 1, 1, S)`.

    Raises:
        ValueError: If the rank of the mask is not 2.
    """
    mask = boolean_mask(mask)
    if len(mask.shape) != 2:
        raise ValueError(
            "A padding mask must have shape (B, S). Received: "
            f"shape={tuple(mask.shape)}."
        )
    return ops.expand_dims(ops.expand_dims(mask, 1), 1)


def token_mask(mask, shape, name="A mask"):
    """Convert a padding mask to a tensor and check its dtype and shape.

    Args:
        mask: Boolean tensor of shape `(B, T)`, True at real tokens.
        shape: The pair `(B, T)`, None for unknown sizes.
        name: String, the name of the mask in error messages. Defaults to
            `"A mask"`.

    Returns:
        The same mask as a tensor.

    Raises:
        ValueError: If the mask is not of this shape.
    """
    mask = boolean_mask(mask)
    fits = len(mask.shape) == 2 and not any(
        sizes_differ(*sizes) for sizes in zip(mask.shape, shape, strict=True)
    )
    if not fits:
        raise ValueError(
            f"{name} must be True at real tokens and have the shape (B, T) = "
            f"{tuple(shape)}. Received: shape={tuple(mask.shape)}."
        )
    return mask


def token_positions(mask):
    """Return the position of each token among the real tokens of its text.

    Because only real tokens are counted, the position of a word does not
    depend on the amount of padding, or on its side.

    Args:
        mask: Boolean tensor of shape `(B, T)`, True at real tokens.

    Returns:
        An int32 tensor of shape `(B, T)`, from 0. A PAD token has the position
        of the real token before it, or 0.
    """
    counted = ops.cumsum(ops.cast(mask, "int32"), axis=-1)
    return ops.maximum(counted - 1, 0)


def combine_masks(*masks):
    """Combine masks with a logical and.

    Args:
        *masks: Boolean tensors that broadcast to each other, or None, which
            allows everything.

    Returns:
        A boolean tensor of the broadcast shape, or None.
    """
    given = [mask for mask in masks if mask is not None]
    return functools.reduce(ops.logical_and, given) if given else None


def scores_masks(padding_masks, attention_mask, scores_shape):
    """Expand masks to the axes of the scores and check that they match.

    Args:
        padding_masks: Sequence of boolean tensors `(B, S)`, or None.
        attention_mask: Boolean tensor as in `attention_mask_4d`, or None.
        scores_shape: The shape `(B, H, T, S)`, None for unknown sizes.

    Returns:
        A list of boolean tensors of rank 4, without the Nones.

    Raises:
        ValueError: As in `attention_mask_4d` and `padding_mask_4d`, and if a
            known size is neither 1 nor that of the scores.
    """
    masks = [padding_mask_4d(m) for m in padding_masks if m is not None]
    if attention_mask is not None:
        masks.append(attention_mask_4d(attention_mask))
    for mask in masks:
        for size, expected in zip(mask.shape, scores_shape, strict=True):
            if None not in (size, expected) and size not in (1, expected):
                raise ValueError(
                    "A mask must broadcast to the scores (B, H, T, S) = "
                    f"{tuple(scores_shape)}. Received: a mask of shape "
                    f"{tuple(mask.shape)} in these axes."
                )
    return masks


def mask_rows(mask, start, num_rows):
    """Return the part of a mask of rank 4 for `num_rows` of the queries."""
    if mask.shape[2] == 1:
        return mask
    return mask[:, :, start : start + num_rows]
