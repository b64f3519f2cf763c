"""The tokenization rules, in plain Python.

The same rules also run inside a TensorFlow graph (`keras_attn.text.graph`) and
in the script that runs exported models on a device. Unicode classes and
`str.lower` differ between libraries and versions, so the rules are written as
explicit ranges of code points and one table of lowercase letters.

1. Letters are lowercased, one code point to one code point.
2. Whitespace and control characters separate tokens and are dropped.
3. A run of letters, digits and marks is one token. An apostrophe between two
   such runs joins them ("don't").
4. Each Chinese, Japanese or Korean ideograph, punctuation mark and symbol is a
   token.
"""

import re

from keras_attn._checks import require_string

# Ranges of code points, as (first, last). Unicode will not extend these blocks.
SEPARATORS = (
    (0x00, 0x20),
    (0x7F, 0xA0),
    (0xAD, 0xAD),  # soft hyphen
    (0x1680, 0x1680),
    (0x2000, 0x200B),
    (0x200E, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x3000, 0x3000),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE0FFF),  # tags and further variation selectors
)
SINGLES = (
    (0x21, 0x2F),
    (0x3A, 0x40),
    (0x5B, 0x60),
    (0x7B, 0x7E),
    (0xA1, 0xA9),
    (0xAB, 0xAC),
    (0xAE, 0xB1),
    (0xB4, 0xB4),
    (0xB6, 0xB8),
    (0xBB, 0xBB),
    (0xBF, 0xBF),
    (0xD7, 0xD7),
    (0xF7, 0xF7),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x20A0, 0x20CF),  # currency
    (0x2100, 0x2BFF),  # letterlike, arrows, mathematics, boxes, dingbats
    (0x2E00, 0x2E7F),
    (0x2E80, 0x2FDF),  # radicals
    (0x3001, 0x3004),
    (0x3008, 0x3030),
    (0x303D, 0x303F),
    (0x3400, 0x4DBF),  # ideographs
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE10, 0xFE1F),
    (0xFE30, 0xFE6F),
    (0xFF01, 0xFF0F),
    (0xFF1A, 0xFF20),
    (0xFF3B, 0xFF40),
    (0xFF5B, 0xFF65),
    (0xFFE0, 0xFFEE),
    (0xFFFC, 0xFFFD),
    (0x1F000, 0x1FAFF),  # emoji and pictographs
    (0x20000, 0x323AF),  # ideographs
)
JOINERS = "'\u2019"
SURROGATES = (0xD800, 0xDFFF)
REPLACEMENT = 0xFFFD


def _character_class(*ranges):
    """Return the body of a bracket expression, for both `re` and RE2."""
    escape = {"\\": r"\\", "]": r"\]", "[": r"\[", "^": r"\^", "-": r"\-"}

    def literal(code_point):
        character = chr(code_point)
        if code_point < 0x21:  # RE2 patterns are C strings: no NUL
            return f"\\x{code_point:02x}"
        return escape.get(character, character)

    return "".join(
        f"{literal(first)}-{literal(last)}"
        for group in ranges
        for first, last in group
    )


_WORD = f"[^{_character_class(SEPARATORS, SINGLES)}]+"
SEPARATOR_PATTERN = f"[{_character_class(SEPARATORS)}]"
TOKEN_PATTERN = f"{_WORD}(?:[{JOINERS}]{_WORD})*|[{_character_class(SINGLES)}]"
_TOKEN = re.compile(TOKEN_PATTERN)


def _lower_case_table():
    table = {}
    for code_point in range(0x20000):  # no later plane has cased letters
        lower = ord(chr(code_point).lower()[0])
        if lower != code_point:
            table[code_point] = lower
    return table


LOWER_CASE = _lower_case_table()
_NORMALIZE = LOWER_CASE | dict.fromkeys(
    range(SURROGATES[0], SURROGATES[1] + 1), REPLACEMENT
)


def find_tokens(text):
    """Tokenize a text that is known to be a string; see `tokenize`."""
    return _TOKEN.findall(text.translate(_NORMALIZE))


def has_tokens(text):
    """Return whether a string has any tokens."""
    return _TOKEN.search(text) is not None


def tokenize(text):
    """Split a text into word and punctuation tokens.

    Args:
        text: String. An unpaired surrogate is read as U+FFFD.

    Returns:
        A list of strings, empty for a text without tokens.

    Raises:
        ValueError: If `text` is not a string.

    Example:

    >>> tokenize("Don't panic, it's 2\u00bd m\u00b2!")
    ["don't", 'panic', ',', "it's", '2½', 'm²', '!']
    """
    require_string("text", text)
    return find_tokens(text)
