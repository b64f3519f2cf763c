"""Unicode's canonical decompositions and combining classes, as tables.

Python's `unicodedata` normalizes texts where Python runs. TensorFlow graphs and
exported files need the same rules as data. The tables are computed from
`unicodedata` on first use: normalization of an assigned code point never
changes, so versions of Unicode differ only in code points assigned since.

Source: Unicode Standard Annex #15, "Unicode Normalization Forms".
"""

import functools
import unicodedata

# Hangul syllables compose by arithmetic: section 3.12 of the Unicode Standard.
HANGUL_SYLLABLES, HANGUL_LEADING = 0xAC00, 0x1100
HANGUL_VOWELS, HANGUL_TRAILING = 0x1161, 0x11A7
NUM_LEADING, NUM_VOWELS, NUM_TRAILING = 19, 21, 28

_CODE_POINTS = 0x30000  # no later plane has decompositions or classes


@functools.cache
def decompositions():
    """Map each code point that decomposes to one or two code points.

    Canonical decompositions of one step, without Hangul syllables. Applied
    repeatedly, they give NFD before the marks are put in order.

    Returns:
        A dictionary from integers to tuples of one or two integers.
    """
    table = {}
    for code_point in range(_CODE_POINTS):
        parts = unicodedata.decomposition(chr(code_point)).split()
        if parts and not parts[0].startswith("<"):
            table[code_point] = tuple(int(part, 16) for part in parts)
    return table


@functools.cache
def excluded():
    """Return the code points with a pair as decomposition that NFC never uses.

    Returns:
        A sorted list of integers.
    """
    return [
        code_point
        for code_point, parts in decompositions().items()
        if len(parts) == 2
        and unicodedata.normalize("NFC", chr(code_point)) != chr(code_point)
    ]


@functools.cache
def compositions():
    """Map each pair that NFC composes to its composition, without Hangul.

    Returns:
        A dictionary from pairs of integers to integers.
    """
    never = set(excluded())
    return {
        parts: code_point
        for code_point, parts in decompositions().items()
        if len(parts) == 2 and code_point not in never
    }


@functools.cache
def combining_classes():
    """Map each combining mark to its canonical combining class, 1 to 254.

    Returns:
        A dictionary from integers to integers. Any other code point has
        class 0.
    """
    classes = {c: unicodedata.combining(chr(c)) for c in range(_CODE_POINTS)}
    return {c: number for c, number in classes.items() if number}


def fully_decomposed(code_point):
    """Return the NFD of one code point: a tuple of one to four integers.

    Hangul syllables are left as they are.
    """
    parts = decompositions().get(code_point)
    if parts is None:
        return (code_point,)
    return tuple(c for part in parts for c in fully_decomposed(part))
