"""Whether data are those that a run was trained on."""

import hashlib
import json

import numpy as np


def fingerprint(corpus):
    """SHA-256 of the labels and of all examples, in hexadecimal digits.

    Another order, another cut or another name of a label is another corpus:
    what was learned from the one cannot be gone on with, or measured, on the
    other.

    Args:
        corpus: `keras_attn.data.Corpus`.
    """
    digest = hashlib.sha256(json.dumps(corpus.label_names).encode())
    for split in (corpus.train, corpus.validation, corpus.test):
        digest.update(json.dumps(split.texts).encode())
        digest.update(np.asarray(split.labels, "<i4").tobytes())
    return digest.hexdigest()
