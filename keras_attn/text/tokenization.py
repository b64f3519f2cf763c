"""The tokenization rules, in plain Python.

The same rules also run inside a TensorFlow graph (`keras_attn.text.graph`) and
in the script that runs exported models on a device. Unicode classes differ
between libraries and versions, so the rules are written as explicit ranges of
code points.

1. The text is normalized: see `keras_attn.text.normalization`.
2. Whitespace and control characters separate tokens and are dropped.
3. With `tokens="words"`, a run of letters, digits and marks is one token. An
   apostrophe between two such runs joins them ("don't").
4. Each Chinese, Japanese or Korean ideograph, punctuation mark and symbol is a
   token. With `tokens="characters"`, so is every other character.
"""

import re

from keras_attn._checks import require_choice, require_string
from keras_attn.text.normalization import NORMALIZATIONS, normalize

TOKENS = ("words", "characters")

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
TOKEN_PATTERNS = {
    "words": (f"{_WORD}(?:[{JOINERS}]{_WORD})*|[{_character_class(SINGLES)}]"),
    "characters": f"[^{_character_class(SEPARATORS)}]",
}
_PATTERNS = {name: re.compile(p) for name, p in TOKEN_PATTERNS.items()}


def find_tokens(text, tokens="words", normalization="nfc"):
    """Tokenize a text that is known to be a string; see `tokenize`."""
    return _PATTERNS[tokens].findall(normalize(text, normalization))


def has_tokens(text):
    """Return whether a string has any tokens, of either kind."""
    return _PATTERNS["characters"].search(text) is not None


def tokenize(text, tokens="words", normalization="nfc"):
    """Split a text into tokens.

    Args:
        text: String. An unpaired surrogate is read as U+FFFD.
        tokens: `"words"` or `"characters"`. Defaults to `"words"`: words,
            ideographs, punctuation marks and symbols. Texts of languages
            without spaces between words, such as Thai and Japanese, need
            `"characters"`.
        normalization: `"nfc"` or `None`, as in
            `keras_attn.text.Vectorizer`. Defaults to `"nfc"`.

    Returns:
        A list of strings, empty for a text without tokens.

    Raises:
        ValueError: If `text` is not a string, or another argument is unknown.

    Example:

    >>> tokenize("Don\u2019t panic, it's 2\u00bd m\u00b2!")
    ["don't", 'panic', ',', "it's", '2½', 'm²', '!']
    >>> tokenize("Hi you", tokens="characters")
    ['h', 'i', 'y', 'o', 'u']
    """
    require_string("text", text)
    require_rules(tokens, normalization)
    return find_tokens(text, tokens, normalization)


def require_rules(tokens, normalization):
    """Raise `ValueError` unless both names are known."""
    require_choice("tokens", tokens, TOKENS)
    if normalization is not None:
        require_choice("normalization", normalization, NORMALIZATIONS)
