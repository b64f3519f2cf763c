"""Attention as pure functions: scores, weights, output.

Shapes: B batch, T query length, S key length, H heads, K width of a head.
"""

import keras
from keras import ops

from keras_attn._checks import require_dense, sizes_differ
from keras_attn.ops.masks import combine_masks, scores_masks
from keras_attn.ops.scores import scaled_dot_scores

# Far below any score, but finite. A row that contains nothing else then has a
# defined softmax and a gradient without NaN.
_MASKED_SCORE = -1e30


def attention(query, key, value, mask=None, return_attention_scores=False):
    """Scaled dot-product attention.

    Compute `softmax(q . k / sqrt(K)) v` for every query q, over the keys that
    it may attend to. The softmax is computed in float32. A query that may
    attend to no key has weights 0 and output 0.

    Masked values must be finite, because 0 times NaN is NaN.

    Args:
        query: Float tensor of shape `(B, H, T, K)`.
        key: Float tensor of shape `(B, H, S, K)`.
        value: Float tensor of shape `(B, H, S, any width)`.
        mask: Boolean tensor of shape `(T, S)`, `(B, T, S)`, or one that
            broadcasts to `(B, H, T, S)`, True where a query may attend to a
            key. Defaults to `None`: everywhere.
        return_attention_scores: Boolean, whether to also return the attention
            weights. Defaults to `False`.

    Returns:
        A tensor of shape `(B, H, T, width of value)` and the dtype of `value`.
        With `return_attention_scores=True`, the pair `(output, weights)`, with
        float32 weights of shape `(B, H, T, S)`.

    Raises:
        ValueError: If an input is not of rank 4, if the widths of `query` and
            `key` or the lengths of `key` and `value` differ, or if `mask` is
            not boolean or does not broadcast.

    Example:

    >>> import keras_attn
    >>> query = [[[[1.0, 0.0]]]]
    >>> key = [[[[0.0, 1.0], [0.0, 2.0], [5.0, 0.0]]]]
    >>> value = [[[[1.0], [3.0], [100.0]]]]
    >>> mask = [[True, True, False]]
    >>> keras_attn.ops.attention(query, key, value, mask).numpy().tolist()
    [[[[2.0]]]]

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.2.1.
    """
    require_dense(query=query, key=key, value=value)
    query, key, value = map(ops.convert_to_tensor, (query, key, value))
    _require_heads(query.shape, key.shape, value.shape)
    masks = scores_masks((), mask, (*query.shape[:3], key.shape[2]))
    weights = attention_weights(
        scaled_dot_scores(query, key), combine_masks(*masks)
    )
    output = attend(weights, value)
    return (output, weights) if return_attention_scores else output


def attention_weights(scores, mask=None):
    """Softmax over the keys that may be attended to, in float32.

    A row that may attend to no key has weights 0 and gradient 0.

    Args:
        scores: Tensor of shape `(B, H, T, S)`, of any float dtype.
        mask: Boolean tensor that broadcasts to `(B, H, T, S)`, True where a
            query may attend to a key. Defaults to `None`: everywhere.

    Returns:
        A float32 tensor of shape `(B, H, T, S)`. Each row sums to 1, or to 0
        if the mask allows nothing.

    Example:

    >>> import keras_attn
    >>> scores = [[[[0.0, 0.0, 0.0]]]]
    >>> mask = [[[[True, True, False]]]]
    >>> keras_attn.ops.attention_weights(scores, mask).numpy().tolist()
    [[[[0.5, 0.5, 0.0]]]]
    """
    weights = unchecked_weights(scores, mask)
    return weights if mask is None else only_allowed_rows(weights, mask)


def unchecked_weights(scores, mask=None):
    """`attention_weights` where every row may attend to some key.

    Other rows have finite weights without a meaning. A caller sets what it
    computes from them to 0 with `only_allowed_rows`, which costs less than
    setting the weights to 0, because there are many more weights than outputs.
    """
    scores = ops.convert_to_tensor(scores)
    received = keras.backend.standardize_dtype(scores.dtype)
    scores = ops.cast(scores, "float32")
    if mask is None:
        return _softmax(scores)
    if received == "float32":
        # Far faster than `where` and its gradient. A sum would be wrong:
        # TensorFlow 2.21 fuses it with the matrix product before it, and on
        # x86 the fused operator may read the mask of another call.
        return _softmax(scores - ops.where(mask, 0.0, -_MASKED_SCORE))
    # A masked score that is infinite in half precision stays so in a sum.
    return _softmax(ops.where(mask, scores, _MASKED_SCORE))


def only_allowed_rows(x, mask):
    """Set the rows `(B, H, T, any)` to 0 that may attend to no key."""
    allowed = ops.any(mask, axis=-1, keepdims=True)
    return x * ops.cast(allowed, x.dtype)


def _softmax(scores):
    if scores.shape[-1] == 1:
        # Keras warns about a softmax over one entry. Here that is valid: a text
        # of one token has weight 1 and gradient 0.
        return ops.exp(scores - scores)
    return ops.softmax(scores, axis=-1)


def attend(weights, value):
    """Average the values `(B, H, S, K)` with the weights `(B, H, T, S)`.

    Returns:
        A tensor of shape `(B, H, T, K)`, of the dtype of `value`.
    """
    return ops.matmul(ops.cast(weights, value.dtype), value)


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


def _require_heads(query, key, value):
    if not len(query) == len(key) == len(value) == 4:
        expected = "shape (B, H, length, width)"
    elif sizes_differ(query[3], key[3]):
        expected = "the same width K for `query` and `key`"
    elif sizes_differ(key[2], value[2]):
        expected = "the same length S for `key` and `value`"
    else:
        return
    raise ValueError(
        f"`query`, `key` and `value` must have {expected}. Received: "
        f"query {tuple(query)}, key {tuple(key)}, value {tuple(value)}."
    )
