"""Checks of the token ids that are passed to an exported model."""

import numpy as np


def number_of_ids(files):
    """Return the size of an exported model's vocabulary.

    Args:
        files: Dictionary from names to bytes, the files stored in the
            exported model.

    Raises:
        ValueError: If there is no vocabulary.
    """
    if "vocabulary.txt" not in files:
        raise ValueError(
            "This file contains no vocabulary: it was not exported by "
            "keras_attn, or it is incomplete. Export the model again."
        )
    return files["vocabulary.txt"].count(b"\n")


def checked_ids(ids, num_ids):
    """Check that ids are in the vocabulary, and convert them to int32.

    The runtimes do not check ids. LiteRT and ONNX Runtime read -1 as the last
    token, and a length of 0 causes an error that names some internal node.

    Args:
        ids: Integer array of shape `(B, T)`.
        num_ids: Integer, the size of the vocabulary.

    Returns:
        An int32 array of shape `(B, T)`.

    Raises:
        ValueError: If `ids` are not integers, T is 0, or an id is not in the
            vocabulary.
    """
    ids = np.asarray(ids)
    if not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(
            "This model takes ids: `pad(model.vectorizer.encode(texts))`. "
            f"Received: {ids.dtype} of shape {ids.shape}."
        )
    if ids.ndim != 2 or ids.shape[1] == 0:
        raise ValueError(
            "`ids` must have shape (B, T) with T of at least 1. Received: "
            f"shape {ids.shape}."
        )
    unknown = ids[(ids < 0) | (ids >= num_ids)]
    if unknown.size:
        raise ValueError(
            f"`ids` must be between 0 and {num_ids - 1}. Received: "
            f"{unknown[0]}."
        )
    return ids.astype(np.int32)
