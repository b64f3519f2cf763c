"""One vector from many: sentence vectors from token vectors."""

from keras import ops


def masked_mean(x, mask=None):
    """Mean of the real tokens.

    The sum is taken in float32: in half precision a sum over a long sentence
    stops growing before it ends.

    Args:
        x: Tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens; None when
            all are.

    Returns:
        A tensor of shape `(B, D)` and the dtype of `x`; 0 for a sentence
        without a real token.

    Example:

    >>> import keras_attn
    >>> x = [[[1.0], [3.0], [100.0]]]
    >>> mean = keras_attn.ops.masked_mean(x, mask=[[True, True, False]])
    >>> mean.numpy().tolist()
    [[2.0]]
    """
    x = ops.convert_to_tensor(x)
    values = ops.cast(x, "float32")
    if mask is None:
        count = ops.cast(ops.shape(x)[1], "float32")
    else:
        real = ops.expand_dims(ops.cast(mask, "float32"), -1)  # (B, T, 1)
        # `where`, not a product: a NaN or infinity at a PAD token stays out.
        values = ops.where(ops.expand_dims(mask, -1), values, 0.0)
        count = ops.sum(real, axis=1)  # (B, 1)
    mean = ops.sum(values, axis=1) / ops.maximum(count, 1.0)
    return ops.cast(mean, x.dtype)
