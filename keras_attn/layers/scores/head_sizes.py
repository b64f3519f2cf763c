"""What every score asks of the queries and keys that it is built for."""


def head_sizes(query_shape, key_shape):
    """The number of heads H and their width K, which both must share.

    Returns:
        A pair of integers; H is None where it is not known.

    Raises:
        ValueError: If the shapes are not `(B, H, T, K)` and `(B, H, S, K)`.
    """
    shapes = (
        f"Received: query_shape={tuple(query_shape)}, "
        f"key_shape={tuple(key_shape)}."
    )
    if len(query_shape) != 4 or len(key_shape) != 4:
        raise ValueError(
            "A score takes queries of shape (B, H, T, K) and keys of shape "
            f"(B, H, S, K). {shapes} `keras_attn.ops.split_heads` makes them."
        )
    if query_shape[1] != key_shape[1]:
        raise ValueError(
            f"Queries and keys must have as many heads. {shapes} Repeat the "
            "keys that several heads of queries share."
        )
    if query_shape[3] is None or query_shape[3] != key_shape[3]:
        raise ValueError(
            f"Queries and keys must have one known width K. {shapes}"
        )
    return query_shape[1], query_shape[3]


def require_scores(shape, score, num_heads):
    """Refuses a score whose result is not of shape `(B, H, T, S)`.

    Args:
        shape: The shape of its result.
        score: Layer, the score.
        num_heads: Integer, H.

    Raises:
        ValueError: That names the score and the shape.
    """
    if len(shape) != 4 or shape[1] != num_heads:
        raise ValueError(
            "A score must map queries (B, H, T, K) and keys (B, H, S, K) "
            f"to (B, H, T, S). Received: shape {tuple(shape)} from "
            f"score={score!r} with {num_heads} heads."
        )


def known_head_sizes(query_shape, key_shape):
    """As `head_sizes`, for a score that has weights of each head.

    Raises:
        ValueError: As `head_sizes`, and if H is not known.
    """
    num_heads, width = head_sizes(query_shape, key_shape)
    if num_heads is None:
        raise ValueError(
            "This score has weights of its own for each head, so their number "
            f"H must be known. Received: query_shape={tuple(query_shape)}, "
            f"key_shape={tuple(key_shape)}."
        )
    return num_heads, width
