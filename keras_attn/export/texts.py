"""Texts on which an export is compared or calibrated."""

import re

from keras_attn._checks import each_string
from keras_attn.text.normalization import REPLACEMENT, SURROGATES

_SURROGATE = re.compile("[{}-{}]".format(*map(chr, SURROGATES)))


def as_texts(name, texts):
    """Check that an argument is an iterable of strings.

    Args:
        name: String, the name of the argument.
        texts: Iterable of strings, or None.

    Returns:
        A list of strings, empty for None.

    Raises:
        ValueError: If `texts` is one string or a dictionary, or contains
            anything other than strings.
    """
    return [] if texts is None else list(each_string(name, texts))


def utf8(texts):
    """Encode texts for TensorFlow, with U+FFFD for each lone surrogate.

    Args:
        texts: Iterable of strings.

    Returns:
        A list of bytes.
    """
    return [_SURROGATE.sub(chr(REPLACEMENT), text).encode() for text in texts]
