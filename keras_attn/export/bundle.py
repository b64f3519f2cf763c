"""The vocabulary, labels and tokenization rules of a classifier, as files.

They are stored in every TFLite and ONNX file. A program without keras_attn, in
any language, can turn texts into the same ids, and probabilities into labels:

- `vocabulary.txt`: one token per line. Line n, counted from 0, is id n.
- `labels.txt`: one label per line, in the order of the probabilities.
- `tokenization.json`: the rules of the model's `Vectorizer` as data. They list
  every code point they change, so they do not depend on a version of Unicode.
- `thresholds.txt`, only of a model with several labels per text: one number per
  line, in the order of the labels. A text has each label whose probability is
  at least this number.
"""

import json

from keras_attn.text import PAD_ID, UNK_ID
from keras_attn.text.normalization import (
    LOWER_CASE,
    REPLACEMENT,
    SURROGATES,
    TYPOGRAPHY,
)
from keras_attn.text.pairs import SEPARATOR_TOKEN, TAB
from keras_attn.text.tokenization import JOINERS, SEPARATORS, SINGLES
from keras_attn.text.unicode_tables import (
    combining_classes,
    decompositions,
    excluded,
)
from keras_attn.text.vectorizer import UNK_TOKEN

# The format of tokenization.json, of single texts and of pairs.
VERSION = 2
PAIRS_VERSION = 3
# The format of a model without normalization, which older readers know.
OLD_VERSION = 1


def files(model):
    """Return the files of a classifier.

    `tokenization.json` contains these fields. Code points are integers, and
    ranges are `[first, last]`, both included. Fields marked * are not in files
    of version 1. The rules apply in this order.

    - `version`: 2; 3 for a model of pairs of texts; 1 for a model that splits
      texts into words and has no normalization.
    - `pair_separator`: only in version 3, the code point between the two texts
      of a pair. They are tokenized one by one. The token `[SEP]` goes in
      between. Above `max_length` tokens, the longer text is cut first.
    - `surrogates`: range of code points that become `replacement`.
    - `decompositions`*: list of `[first, parts]`. `parts` lists the canonical
      decompositions of `first`, `first + 1`, and so on, each one or two code
      points, to be applied repeatedly. Hangul syllables are not decomposed.
    - `lower_case`: list of `[first, last, step, difference]`. The difference
      is added to every `step`-th code point of the range.
    - `typography`*: in the same form, quotes, apostrophes and dashes.
    - `combining_classes`*: list of `[first, last, class]`. Within each run of
      code points that have a class, the code points are sorted by it; equal
      classes keep their order.
    - `not_composed`*: list of code points. All other decompositions into two
      code points are then composed again, and Hangul by arithmetic, as in
      section 3.12 of the Unicode Standard.
    - `separators`, `single_character_tokens`: lists of ranges.
    - `joiners`: code points that join the words before and after them.
    - `tokens`*: `"words"`, or `"characters"` if each character except
      separators is a token.
    - `max_length`: the maximum number of tokens that are read from a text.
    - `pad_id`, `unk_id`: ids of padding and of unknown tokens.

    Without normalization, the lists marked * are empty.

    Args:
        model: `keras_attn.models.SentenceClassifier`.

    Returns:
        A dictionary from file names to bytes in UTF-8. The same model always
        gives the same bytes.

    Raises:
        ValueError: If a token or a label is not one line of valid Unicode.
    """
    vectorizer = model.vectorizer
    special = ["[PAD]", UNK_TOKEN]
    if vectorizer.pairs:
        special.append(SEPARATOR_TOKEN)
    contents = {
        "vocabulary.txt": _lines("token", [*special, *vectorizer.vocabulary]),
        "labels.txt": _lines("label", model.labels),
        "tokenization.json": _rules(vectorizer),
    }
    if model.decision.is_multi_label:
        numbers = [repr(each) for each in model.decision.thresholds]
        contents["thresholds.txt"] = _lines("threshold", numbers)
    return contents


def require_lines(kind, lines):
    """Raise a `ValueError` unless each string is one line of valid Unicode.

    Args:
        kind: String, `"label"` or `"token"`.
        lines: Sequence of strings.
    """
    for line in lines:
        # Programs differ in what ends a line. `splitlines` covers every case.
        if len(f"{line}.".splitlines()) > 1:
            raise ValueError(
                f"A {kind} must be one line to be exported. Received: "
                f"{line!r}, which contains a line break. Rename it."
            )
        if any(SURROGATES[0] <= ord(c) <= SURROGATES[1] for c in line):
            raise ValueError(
                f"A {kind} must be valid Unicode to be exported. Received: "
                f"{line!r}, which contains a lone surrogate. Rename it."
            )


def _lines(kind, lines):
    require_lines(kind, lines)
    return "".join(f"{line}\n" for line in lines).encode()


def _rules(vectorizer):
    rules = {
        "version": OLD_VERSION,
        "lower_case": _runs(LOWER_CASE),
        "surrogates": SURROGATES,
        "replacement": REPLACEMENT,
        "separators": SEPARATORS,
        "single_character_tokens": SINGLES,
        "joiners": [ord(joiner) for joiner in JOINERS],
        "max_length": vectorizer.max_length,
        "pad_id": PAD_ID,
        "unk_id": UNK_ID,
    }
    if vectorizer.pairs:
        rules["pair_separator"] = ord(TAB)
    plain = vectorizer.tokens == "words" and vectorizer.normalization is None
    if vectorizer.pairs or not plain:
        rules["version"] = PAIRS_VERSION if vectorizer.pairs else VERSION
        rules["tokens"] = vectorizer.tokens
        rules |= _normalization(vectorizer.normalization)
    lines = [f'"{key}": {_json(rules[key])}' for key in rules]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _normalization(name):
    if name is None:
        names = "typography", "decompositions", "combining_classes"
        return dict.fromkeys((*names, "not_composed"), ())
    return {
        "typography": _runs(TYPOGRAPHY),
        "decompositions": _lists(decompositions()),
        "combining_classes": _ranges(combining_classes()),
        "not_composed": excluded(),
    }


def _json(value):
    return json.dumps(value, separators=(",", ":"))


def _lists(table):
    """Pack {code point: value} into [first, [value, value, ...]]."""
    lists = []
    for code_point in sorted(table):
        if not lists or code_point != lists[-1][0] + len(lists[-1][1]):
            lists.append([code_point, []])
        lists[-1][1].append(table[code_point])
    return lists


def _ranges(table):
    """Pack {code point: value} into [first, last, value]."""
    ranges = []
    for code_point in sorted(table):
        value = table[code_point]
        if ranges and ranges[-1][1:] == [code_point - 1, value]:
            ranges[-1][1] = code_point
        else:
            ranges.append([code_point, code_point, value])
    return ranges


def _runs(table):
    """Pack {code point: code point} into [first, last, step, difference]."""
    runs = []
    for source in sorted(table):
        difference = table[source] - source
        if runs and _continues(runs[-1], source, difference):
            runs[-1][1:3] = source, source - runs[-1][1]
        else:
            runs.append([source, source, 1, difference])
    return runs


def _continues(run, source, difference):
    first, last, step, same = run
    steps = (1, 2) if first == last else (step,)
    return difference == same and source - last in steps
