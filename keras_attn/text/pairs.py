"""Pairs of texts, such as a question and an answer, as one string.

The two texts of a pair are joined by a tab. In single texts, a tab only
separates tokens, as a space does, so replacing it changes nothing.
"""

from keras_attn._checks import require_string

TAB = "\t"
# No token of a text: "[" is a token of its own.
SEPARATOR_TOKEN = "[SEP]"


def join_pair(first, second):
    r"""Join two texts to one string, for a vectorizer with `pairs=True`.

    Args:
        first: String.
        second: String.

    Returns:
        The texts, separated by a tab. Tabs in the texts become spaces.

    Raises:
        ValueError: If a text is not a string.

    Example:

    >>> join_pair("Is it late?", "No,\tnot yet.")
    'Is it late?\tNo, not yet.'
    """
    require_string("first", first)
    require_string("second", second)
    return TAB.join(text.replace(TAB, " ") for text in (first, second))


def kept_lengths(first, second, max_length, minimum=min, maximum=max):
    """How many tokens of each text of a pair are read.

    One more is the separator. The longer text is cut first, until both are
    equally long; of two equally long texts, the second is cut first.

    Args:
        first: Integer or integer tensor, the number of tokens.
        second: The same for the second text.
        max_length: Integer, the maximum of all tokens.
        minimum: Function of two values. Defaults to that of Python; tensors
            need another one.
        maximum: The same for the maximum.

    Returns:
        A pair of integers, or of tensors.
    """
    room = max_length - 1
    kept = minimum(first, maximum(room - second, room - room // 2))
    return kept, minimum(second, room - kept)
