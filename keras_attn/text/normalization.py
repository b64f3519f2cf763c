"""Normalization: the spellings of a text that are read as the same.

With the normalization `"nfc"`:

1. Lone surrogates become U+FFFD.
2. Accented letters and Hangul syllables are read in one form, whether they are
   written as one code point (NFC) or as a letter and marks (NFD).
3. Letters become lowercase.
4. Typographic quotes, apostrophes and dashes become `"`, `'` and `-`.

The result is `NFC(map(NFD(text)))`, where `map` applies rules 1, 3 and 4 to
each code point. Texts that are canonically equivalent have equal results, for
every sequence of code points. `NFD` comes first so that a letter has the same
lowercase form however it is written.

With `None`, only rule 1 and the lowercasing of single code points are applied,
as in models that were saved before normalization existed.

The same rules run in a TensorFlow graph (`keras_attn.text.graph_normalization`)
and in the script that runs exported models on a device.
"""

import functools
import unicodedata

from keras_attn.text.unicode_tables import decompositions, fully_decomposed

NORMALIZATIONS = ("nfc",)  # and None
SURROGATES = (0xD800, 0xDFFF)
REPLACEMENT = 0xFFFD
_APOSTROPHES = "\u2018\u2019\u201a\u201b\u2039\u203a\u02bc\uff07"
_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
TYPOGRAPHY = {
    ord(character): ord(plain)
    for plain, characters in {
        "'": _APOSTROPHES,
        '"': _QUOTES,
        "-": _DASHES,
    }.items()
    for character in characters
}


def _lower_case_table():
    table = {}
    for code_point in range(0x20000):  # no later plane has cased letters
        lower = ord(chr(code_point).lower()[0])
        if lower != code_point:
            table[code_point] = lower
    return table


LOWER_CASE = _lower_case_table()
_LOWER = LOWER_CASE | dict.fromkeys(
    range(SURROGATES[0], SURROGATES[1] + 1), REPLACEMENT
)
_LOWER_AND_PLAIN = _LOWER | TYPOGRAPHY


def normalize(text, normalization="nfc"):
    """Normalize a text.

    Args:
        text: String.
        normalization: `"nfc"` or `None`. Defaults to `"nfc"`.

    Returns:
        A string. Normalizing it again changes nothing.

    Example:

    >>> normalize("Cafe\\u0301 \u2013 d\u2019Or")
    "café - d'or"
    """
    if text.isascii():
        return text.lower()
    if normalization is None:
        return text.translate(_LOWER)
    text = unicodedata.normalize("NFD", text).translate(_LOWER_AND_PLAIN)
    return unicodedata.normalize("NFC", text)


@functools.cache
def mapped_code_points(normalization):
    """Map each code point that rules 1 to 4 change to its replacement.

    Marks are not put in order and nothing is composed, so that the table
    describes single code points. Surrogates are left out: no UTF-8 text
    contains them.

    Args:
        normalization: `"nfc"` or `None`.

    Returns:
        A dictionary from integers to tuples of one to four integers, sorted.
    """
    if normalization is None:
        return {c: (lower,) for c, lower in sorted(LOWER_CASE.items())}
    return {
        code_point: tuple(
            _LOWER_AND_PLAIN.get(c, c) for c in fully_decomposed(code_point)
        )
        for code_point in sorted({*LOWER_CASE, *TYPOGRAPHY, *decompositions()})
    }
