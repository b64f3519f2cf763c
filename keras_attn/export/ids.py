"""The ids that an exported file takes."""


def number_of(vocabulary):
    """How many ids a `vocabulary.txt` has, bytes of a token a line."""
    return vocabulary.count(b"\n")


def require_known(ids, num_ids):
    """Refuses ids that no text gives.

    The runtimes do not: LiteRT and ONNX take -1 for the last token and say
    nothing, and a length of 0 ends in an error about some inner node.

    Args:
        ids: Integer array of shape `(B, T)`.
        num_ids: Integer, as `number_of` gives it.

    Raises:
        ValueError: If T is 0, or an id is outside the vocabulary.
    """
    if ids.ndim != 2 or ids.shape[1] == 0:
        raise ValueError(
            "`ids` must be of shape (B, T), with a T of at least 1. Received: "
            f"shape {ids.shape}."
        )
    unknown = ids[(ids < 0) | (ids >= num_ids)]
    if unknown.size:
        raise ValueError(
            f"Ids of this model are from 0 to {num_ids - 1}. Received: "
            f"{unknown[0]}."
        )
