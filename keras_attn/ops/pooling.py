"""Pooling of the token vectors of a text into one vector.

Shapes: B batch, T length, D width, H hops.
"""

from keras import ops

from keras_attn._checks import require_dense, require_tokens, shape_of
from keras_attn.ops.attention import attend, attention_weights
from keras_attn.ops.masks import padding_mask_4d, token_mask


def blank_padding(x, mask=None):
    """Replace the vectors of PAD tokens with zeros.

    Unlike multiplication by the mask, this also replaces NaN and infinity.

    Args:
        x: Tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Defaults
            to `None`: all tokens are real.

    Returns:
        A tensor of the shape and dtype of `x`.

    Raises:
        ValueError: If `x` is not of shape `(B, T, D)`, or if `mask` is not
            boolean or not of shape `(B, T)`.
    """
    x = _tokens(x)
    if mask is None:
        return x
    return ops.where(_at_real_tokens(mask, x), x, 0.0)


def masked_mean(x, mask=None):
    """Mean of the real tokens.

    The sum is computed in float32, because a half-precision sum over a long
    text would stop growing.

    Args:
        x: Tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Defaults
            to `None`: all tokens are real.

    Returns:
        A tensor of shape `(B, D)` and the dtype of `x`, 0 for a text without
        real tokens.

    Raises:
        ValueError: If `x` is not of shape `(B, T, D)`, or if `mask` is not
            boolean or not of shape `(B, T)`.

    Example:

    >>> import keras, keras_attn
    >>> x = [[[1.0], [3.0], [100.0]]]
    >>> mean = keras_attn.ops.masked_mean(x, mask=[[True, True, False]])
    >>> keras.ops.convert_to_numpy(mean).tolist()
    [[2.0]]
    """
    x = _tokens(x)
    values = blank_padding(ops.cast(x, "float32"), mask)
    if mask is None:
        count = ops.cast(ops.shape(x)[1], "float32")
    else:
        count = ops.sum(
            ops.cast(mask, "float32"), axis=1, keepdims=True
        )  # (B, 1)
    mean = ops.sum(values, axis=1) / ops.maximum(count, 1.0)
    return ops.cast(mean, x.dtype)


def masked_max(x, mask=None):
    """Largest value of each column among the real tokens.

    Args:
        x: Tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Defaults
            to `None`: all tokens are real.

    Returns:
        A tensor of shape `(B, D)` and the dtype of `x`. A text without real
        tokens has value 0 and gradient 0.

    Raises:
        ValueError: If `x` is not of shape `(B, T, D)`, or if `mask` is not
            boolean or not of shape `(B, T)`.

    Example:

    >>> import keras, keras_attn
    >>> x = [[[-1.0, 4.0], [-3.0, 5.0], [100.0, 100.0]]]
    >>> largest = keras_attn.ops.masked_max(x, mask=[[True, True, False]])
    >>> keras.ops.convert_to_numpy(largest).tolist()
    [[-1.0, 5.0]]
    """
    x = _tokens(x)
    lowest = float("-inf")
    if mask is not None:
        x = ops.where(_at_real_tokens(mask, x), x, lowest)
    # One more token, below all others, because the maximum of an empty axis
    # is undefined.
    x = ops.pad(x, ((0, 0), (0, 1), (0, 0)), constant_values=lowest)
    largest = ops.max(x, axis=1)
    return ops.where(ops.equal(largest, lowest), 0.0, largest)


def first_token(x, mask=None):
    """Vector of the first real token, with padding on either side.

    It is selected with a mask and a sum instead of a gather, because a text
    without real tokens has no index to gather.

    Args:
        x: Tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Defaults
            to `None`: all tokens are real.

    Returns:
        A tensor of shape `(B, D)` and the dtype of `x`, 0 for a text without
        real tokens.

    Raises:
        ValueError: If `x` is not of shape `(B, T, D)`, or if `mask` is not
            boolean or not of shape `(B, T)`.

    Example:

    >>> import keras, keras_attn
    >>> x = [[[100.0], [1.0], [3.0]]]
    >>> first = keras_attn.ops.first_token(x, mask=[[False, True, True]])
    >>> keras.ops.convert_to_numpy(first).tolist()
    [[1.0]]
    """
    x = _tokens(x)
    if mask is None:
        is_first = ops.expand_dims(ops.arange(ops.shape(x)[1]) == 0, 0)
        chosen = ops.expand_dims(is_first, -1)  # (1, T, 1)
    else:
        real = _at_real_tokens(mask, x)
        nth = ops.cumsum(ops.cast(real, "int32"), axis=1)
        chosen = ops.logical_and(real, nth == 1)  # (B, T, 1)
    return ops.sum(ops.where(chosen, x, 0.0), axis=1)


def hop_weights(scores, mask=None):
    """Softmax of the scores of each hop over the real tokens, in float32.

    Args:
        scores: Tensor of shape `(B, T, H)`, a score for each token and hop.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Defaults
            to `None`: all tokens are real.

    Returns:
        A float32 tensor of shape `(B, H, 1, T)`: the weights of H heads with
        one query each. Each row sums to 1, or to 0 for a text without real
        tokens.

    Raises:
        ValueError: As in `padding_mask_4d`.
    """
    scores = ops.expand_dims(ops.transpose(scores, (0, 2, 1)), 2)
    return attention_weights(
        scores, None if mask is None else padding_mask_4d(mask)
    )


def pool_hops(weights, x):
    """Concatenate the weighted sums of the tokens for each hop.

    Args:
        weights: Tensor of shape `(B, H, 1, T)`.
        x: Tensor of shape `(B, T, D)`.

    Returns:
        A tensor of shape `(B, H * D)` and the dtype of `x`.

    Reference:
        Lin et al., 2017, [A Structured Self-attentive Sentence Embedding](
        https://arxiv.org/abs/1703.03130), equation 7.
    """
    sums = attend(ops.squeeze(weights, axis=2), x)  # (B, H, D)
    joined = weights.shape[1] * x.shape[-1]
    return ops.reshape(sums, (ops.shape(x)[0], joined))


def _tokens(x):
    """Convert `x` to a tensor and check that its shape is `(B, T, D)`."""
    if x is None or isinstance(x, dict):
        require_tokens("x", shape_of(x))
    require_dense(x=x)
    x = ops.convert_to_tensor(x)
    require_tokens("x", x.shape)
    return x


def _at_real_tokens(mask, x):
    """Return the mask of the tokens `x` as `(B, T, 1)`."""
    return ops.expand_dims(token_mask(mask, x.shape[:2]), -1)
