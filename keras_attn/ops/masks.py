"""Attention masks: boolean, True where a query may attend to a key."""

import keras
from keras import ops


def length_mask(lengths, max_length):
    """Marks the first `lengths[b]` of `max_length` tokens as real.

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


def attention_mask_4d(mask):
    """Gives an attention mask the axes of the scores.

    Args:
        mask: Boolean tensor of shape `(T, S)`, `(B, T, S)`, or one that
            broadcasts to `(B, H, T, S)`.

    Returns:
        The same mask as a tensor of rank 4.

    Raises:
        ValueError: If the mask is not boolean, or its rank is not 2, 3 or 4.
    """
    mask = ops.convert_to_tensor(mask)
    dtype = keras.backend.standardize_dtype(mask.dtype)
    if dtype != "bool":
        raise ValueError(
            "An attention mask must be boolean, True where a query may "
            f"attend. Received: dtype={dtype}. Compare it first, as in "
            "`attention_mask > 0`."
        )
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


def combine_masks(padding_mask=None, attention_mask=None):
    """Joins what the keys allow with what the caller allows.

    Args:
        padding_mask: Boolean tensor of shape `(B, S)`, True at real keys, or
            None.
        attention_mask: Boolean tensor as in `attention_mask_4d`, or None.

    Returns:
        A boolean tensor that broadcasts to `(B, H, T, S)`, or None where
        every query may attend to every key.

    Raises:
        ValueError: As in `attention_mask_4d`.
    """
    if attention_mask is not None:
        attention_mask = attention_mask_4d(attention_mask)
    if padding_mask is None:
        return attention_mask
    keys = ops.expand_dims(ops.expand_dims(padding_mask, 1), 1)  # (B, 1, 1, S)
    if attention_mask is None:
        return keys
    return ops.logical_and(keys, attention_mask)
