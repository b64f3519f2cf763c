"""The texts that an export is compared and calibrated on."""

import re

from keras_attn._checks import each_string
from keras_attn.text.tokenization import REPLACEMENT, SURROGATES

_SURROGATE = re.compile("[{}-{}]".format(*map(chr, SURROGATES)))


def as_texts(name, texts):
    """Checks texts before anything is converted.

    Args:
        name: String, the argument, for the message.
        texts: Iterable of strings, or None.

    Returns:
        A list of strings, empty for None.

    Raises:
        ValueError: If `texts` is one string or a dictionary, or holds anything
            but strings.
    """
    return [] if texts is None else list(each_string(name, texts))


def utf8(texts):
    """Bytes that TensorFlow takes; half a surrogate pair is U+FFFD to us.

    Args:
        texts: Iterable of strings.

    Returns:
        A list of bytes.
    """
    return [_SURROGATE.sub(chr(REPLACEMENT), text).encode() for text in texts]
