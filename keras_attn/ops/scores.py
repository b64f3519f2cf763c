"""Score functions, which measure how well each key matches each query.

Each maps queries `(B, H, T, K)` and keys `(B, H, S, K)` to scores
`(B, H, T, S)` of the dtype of the queries.

Shapes: B batch, T query length, S key length, H heads, K width of a head, U
units of the additive score.
"""

from keras import ops

from keras_attn._checks import require_dense

# Shorter vectors are treated as having this length, which keeps their gradient
# finite. Its square is well within the range of float32.
_SHORTEST = 1e-6


def dot_scores(query, key):
    """`q . k` for every pair of a query and a key.

    For queries and keys of variance 1, the scores have variance K.

    Args:
        query: Tensor of shape `(B, H, T, K)`.
        key: Tensor of shape `(B, H, S, K)`.

    Returns:
        A tensor of shape `(B, H, T, S)`, of the dtype of `query`.

    Reference:
        Luong et al., 2015, [Effective Approaches to Attention-based Neural
        Machine Translation](https://arxiv.org/abs/1508.04025), section 3.1,
        "dot".
    """
    require_dense(query=query, key=key)
    return ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))


def scaled_dot_scores(query, key):
    """`q . k / sqrt(K)` for every pair of a query and a key.

    Dividing by sqrt(K) keeps the variance of the scores at 1 when queries and
    keys have variance 1, at any width K.

    Args:
        query: Tensor of shape `(B, H, T, K)`.
        key: Tensor of shape `(B, H, S, K)`.

    Returns:
        A tensor of shape `(B, H, T, S)`, of the dtype of `query`.

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.2.1.
    """
    require_dense(query=query, key=key)
    return dot_scores(query * query.shape[-1] ** -0.5, key)


def cosine_scores(query, key, scale):
    """`scale * cos(q, k)` for every pair of a query and a key.

    Lengths are computed in float32, because the squares of half-precision
    numbers may overflow. The zero vector has score 0 and gradient 0. Other
    vectors shorter than 1e-6 are treated as having that length.

    Args:
        query: Tensor of shape `(B, H, T, K)`.
        key: Tensor of shape `(B, H, S, K)`.
        scale: Tensor of shape `(H,)`, the inverse temperature of each head.

    Returns:
        A tensor of shape `(B, H, T, S)`, of the dtype of `query`.

    Reference:
        Henry et al., 2020, [Query-Key Normalization for Transformers](
        https://arxiv.org/abs/2010.04245), section 3.
    """
    require_dense(query=query, key=key)
    scale = ops.reshape(ops.cast(scale, "float32"), (-1, 1, 1))
    scaled = ops.cast(scale * _normalized(query), query.dtype)
    return dot_scores(scaled, ops.cast(_normalized(key), query.dtype))


def _normalized(x):
    x = ops.cast(x, "float32")
    squares = ops.sum(x * x, axis=-1, keepdims=True)
    inverse = ops.rsqrt(ops.maximum(squares, _SHORTEST**2))
    # Without the 0, the gradient at the zero vector would be 1e6, which is
    # infinite in float16.
    return x * ops.where(squares > 0, inverse, 0.0)


def bilinear_scores(query, key, kernel):
    """`q W_h k` for every pair of a query and a key.

    Args:
        query: Tensor of shape `(B, H, T, K)`.
        key: Tensor of shape `(B, H, S, K)`.
        kernel: Tensor of shape `(H, K, K)`, the matrix W_h of each head. Its
            rows belong to the query.

    Returns:
        A tensor of shape `(B, H, T, S)`, of the dtype of `query`.

    Reference:
        Luong et al., 2015, [Effective Approaches to Attention-based Neural
        Machine Translation](https://arxiv.org/abs/1508.04025), section 3.1,
        "general": their h_t is our q, their h_s our k.
    """
    require_dense(query=query, key=key)
    return dot_scores(ops.matmul(query, ops.cast(kernel, query.dtype)), key)


def additive_scores(query, key, query_kernel, key_kernel, vector):
    """`w_h . tanh(q Wq_h + k Wk_h)` for every pair of a query and a key.

    This creates a tensor of shape `(B, H, T, S, U)`, which takes U times the
    memory of the other scores.

    Args:
        query: Tensor of shape `(B, H, T, K)`.
        key: Tensor of shape `(B, H, S, K)`.
        query_kernel: Tensor of shape `(H, K, U)`, Wq.
        key_kernel: Tensor of shape `(H, K, U)`, Wk.
        vector: Tensor of shape `(H, U)`, w.

    Returns:
        A tensor of shape `(B, H, T, S)`, of the dtype of `query`.

    Reference:
        Bahdanau et al., 2014, [Neural Machine Translation by Jointly Learning
        to Align and Translate](https://arxiv.org/abs/1409.0473), appendix
        A.1.2: their W_a, U_a and v_a are our Wq, Wk and w.
    """
    require_dense(query=query, key=key)
    query_kernel, key_kernel, vector = (
        ops.cast(x, query.dtype) for x in (query_kernel, key_kernel, vector)
    )
    query = ops.expand_dims(ops.matmul(query, query_kernel), 3)
    key = ops.expand_dims(ops.matmul(key, key_kernel), 2)
    hidden = ops.tanh(query + key)  # (B, H, T, S, U)
    vector = ops.expand_dims(ops.expand_dims(vector, 1), 3)  # (H, 1, U, 1)
    return ops.squeeze(ops.matmul(hidden, vector), -1)
