"""Recognizes texts whose words are not separated by spaces."""

import re

from keras_attn.text.tokenization import find_tokens

# Scripts that are usually written without spaces, as (first, last).
_SCRIPTS = (
    (0x0E00, 0x109F),  # Thai, Lao, Tibetan, Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue, Khmer symbols
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x3041, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # ideographs
    (0x4E00, 0x9FFF),
    (0xA980, 0xA9DF),  # Javanese
    (0xA9E0, 0xA9FF),  # Myanmar
    (0xAA60, 0xAADF),  # Myanmar, Tai Viet
    (0xFF66, 0xFF9F),  # Katakana
    (0x20000, 0x323AF),
)
_OF_SCRIPTS = re.compile(
    "[" + "".join(f"{chr(a)}-{chr(b)}" for a, b in _SCRIPTS) + "]"
)
# Characters per word. Languages with spaces stay below 10 on average.
_LONGEST_MEAN = 12


def are_unspaced(texts):
    """Return whether most words of some texts are not separated by spaces.

    This is so if most characters are of scripts such as Thai and Japanese, or
    if words have more than 12 characters on average.

    Args:
        texts: Iterable of strings.

    Example:

    >>> are_unspaced(["ดีมาก", "これはペンです"])
    True
    >>> are_unspaced(["a good dog"])
    False
    """
    words = [token for text in texts for token in find_tokens(text)]
    characters = "".join(words)
    of_scripts = len(_OF_SCRIPTS.findall(characters))
    lengths = [len(word) for word in words if len(word) > 1]
    return of_scripts > len(characters) / 2 or sum(
        lengths
    ) > _LONGEST_MEAN * len(lengths)
