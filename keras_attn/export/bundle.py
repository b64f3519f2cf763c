"""The vocabulary, labels and tokenization rules of a classifier, as files.

They are stored in every TFLite and ONNX file. A program without keras_attn, in
any language, can turn texts into the same ids, and probabilities into labels:

- `vocabulary.txt`: one token per line. Line n, counted from 0, is id n.
- `labels.txt`: one label per line, in the order of the probabilities.
- `tokenization.json`: the rules of `keras_attn.text.tokenize` as data. They
  list every code point they change, so they do not depend on a version of
  Unicode.
"""

import json

from keras_attn.text import PAD_ID, UNK_ID
from keras_attn.text.tokenization import (
    JOINERS,
    LOWER_CASE,
    REPLACEMENT,
    SEPARATORS,
    SINGLES,
    SURROGATES,
)

VERSION = 1  # the format of tokenization.json


def files(model):
    """Return the files of a classifier.

    `tokenization.json` contains these fields. Code points are integers, and
    ranges are `[first, last]`, both included.

    - `version`: 1.
    - `lower_case`: list of `[first, last, step, difference]`. The difference
      is added to every `step`-th code point of the range.
    - `surrogates`: range of code points that become `replacement`.
    - `separators`, `single_character_tokens`: lists of ranges.
    - `joiners`: code points that join the words before and after them.
    - `max_length`: the maximum number of tokens that are read from a text.
    - `pad_id`, `unk_id`: ids of padding and of unknown tokens.

    Args:
        model: `keras_attn.models.SentenceClassifier`.

    Returns:
        A dictionary from file names to bytes in UTF-8. The same model always
        gives the same bytes.

    Raises:
        ValueError: If a token or a label is not one line of valid Unicode.
    """
    vectorizer = model.vectorizer
    return {
        "vocabulary.txt": _lines(
            "token", ["[PAD]", "[UNK]", *vectorizer.vocabulary]
        ),
        "labels.txt": _lines("label", model.labels),
        "tokenization.json": _rules(vectorizer.max_length),
    }


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


def _rules(max_length):
    rules = {
        "version": VERSION,
        "lower_case": _runs(LOWER_CASE),
        "surrogates": SURROGATES,
        "replacement": REPLACEMENT,
        "separators": SEPARATORS,
        "single_character_tokens": SINGLES,
        "joiners": [ord(joiner) for joiner in JOINERS],
        "max_length": max_length,
        "pad_id": PAD_ID,
        "unk_id": UNK_ID,
    }
    lines = [f'"{key}": {json.dumps(rules[key])}' for key in rules]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


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
