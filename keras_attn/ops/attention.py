"""Attention as pure functions: scores -> weights -> output.

Shapes: B batch, T query length, S key length, H heads, K width of a head.
"""

from keras import ops

# Far below any score, and finite: the softmax of a row that holds nothing else
# is defined, and can be set to 0 afterwards without a NaN in its gradient.
_MASKED_SCORE = -1e30


def split_heads(x, num_heads):
    """`(B, T, H * K)` -> `(B, H, T, K)`."""
    batch, length, _ = ops.shape(x)
    head_width = x.shape[-1] // num_heads
    x = ops.reshape(x, (batch, length, num_heads, head_width))
    return ops.transpose(x, (0, 2, 1, 3))


def merge_heads(x):
    """`(B, H, T, K)` -> `(B, T, H * K)`, the inverse of `split_heads`."""
    batch, num_heads, length, head_width = ops.shape(x)
    x = ops.transpose(x, (0, 2, 1, 3))
    return ops.reshape(x, (batch, length, num_heads * head_width))


def attention_weights(scores, mask=None):
    """Softmax over the keys that may be attended to, in float32.

    A row with nothing to attend to gets weights 0, and gradient 0.

    Args:
        scores: Tensor of shape `(B, H, T, S)`, of any float dtype.
        mask: Boolean tensor that broadcasts to `(B, H, T, S)`, True where a
            query may attend; None for everywhere.

    Returns:
        A float32 tensor of shape `(B, H, T, S)`; each row sums to 1, or to 0
        where the mask allows nothing.

    Example:

    >>> import keras_attn
    >>> scores = [[[[0.0, 0.0, 0.0]]]]
    >>> mask = [[[[True, True, False]]]]
    >>> keras_attn.ops.attention_weights(scores, mask).numpy().tolist()
    [[[[0.5, 0.5, 0.0]]]]
    """
    scores = ops.cast(scores, "float32")
    if mask is None:
        return _softmax(scores)
    weights = _softmax(ops.where(mask, scores, _MASKED_SCORE))
    return ops.where(mask, weights, 0.0)


def _softmax(scores):
    if scores.shape[-1] == 1:
        # Keras warns that a softmax over one entry is rarely meant. Here it
        # is a sentence of one word: weight 1, gradient 0.
        return ops.exp(scores - scores)
    return ops.softmax(scores, axis=-1)


def attend(weights, value):
    """The values, averaged by the weights.

    Args:
        weights: Tensor of shape `(B, H, T, S)`.
        value: Tensor of shape `(B, H, S, K)`.

    Returns:
        A tensor of shape `(B, H, T, K)`, of the dtype of `value`.
    """
    return ops.matmul(ops.cast(weights, value.dtype), value)
