"""The ids that an exported file takes."""

import numpy as np


def number_of_ids(files):
    """How many ids there are, by the files inside an exported one.

    Args:
        files: Dictionary from names to bytes.

    Raises:
        ValueError: If there is no vocabulary.
    """
    if "vocabulary.txt" not in files:
        raise ValueError(
            "This file holds no vocabulary: it was not exported by "
            "keras_attn, or was cut short. Export it again."
        )
    return files["vocabulary.txt"].count(b"\n")


def known_ids(ids, num_ids):
    """Refuses ids that no text gives; returns the others as they are taken.

    The runtimes do not: LiteRT and ONNX take -1 for the last token and say
    nothing, and a length of 0 ends in an error about some inner node.

    Args:
        ids: Integer array of shape `(B, T)`.
        num_ids: Integer, as `number_of_ids` gives it.

    Returns:
        An int32 array of shape `(B, T)`.

    Raises:
        ValueError: If `ids` are no integers, T is 0, or an id is outside the
            vocabulary.
    """
    ids = np.asarray(ids)
    if not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(
            "This file takes ids: `pad(model.vectorizer.encode(texts))`. "
            f"Received: {ids.dtype} of shape {ids.shape}."
        )
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
    return ids.astype(np.int32)
