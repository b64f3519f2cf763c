"""The texts that an export is compared and calibrated on."""

import re

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
        ValueError: If `texts` is one string, or holds anything else.
    """
    if isinstance(texts, (str, bytes)):
        raise ValueError(
            f"`{name}` must be a list of texts. Received: one string."
        )
    texts = [] if texts is None else list(texts)
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(
                f"`{name}` must be strings. Received: {text!r} of type "
                f"{type(text).__name__}."
            )
    return texts


def utf8(texts):
    """Bytes that TensorFlow takes; half a surrogate pair is U+FFFD to us.

    Args:
        texts: Iterable of strings.

    Returns:
        A list of bytes.
    """
    return [_SURROGATE.sub(chr(REPLACEMENT), text).encode() for text in texts]
