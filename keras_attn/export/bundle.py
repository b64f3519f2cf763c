"""What a classifier needs beside its weights, as small files.

They go into every exported file or folder, so that a program without
keras_attn, or not even in Python, turns texts into the same ids and ids into
labels:

- `vocabulary.txt`: a token a line; line n, counted from 0, is id n.
- `labels.txt`: a label a line, in the order of the probabilities.
- `tokenization.json`: the rules of `keras_attn.text.tokenize` as data. They
  name every code point they change, and so depend on no version of Unicode.
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

VERSION = 1  # of tokenization.json


def files(model):
    """The files of a classifier.

    `tokenization.json` holds, with all code points as integers and all ranges
    from the first to the last, both included:

    - `version`: 1.
    - `lower_case`: runs `[first, last, step, difference]`: every `step`-th
      code point of the range becomes itself plus `difference`.
    - `surrogates`: a range that becomes `replacement`.
    - `separators`, `single_character_tokens`: lists of ranges.
    - `joiners`: code points that join two words when they stand between them.
    - `max_length`: how many tokens of a text are read.
    - `pad_id`, `unk_id`: ids of padding and of unknown tokens.

    Args:
        model: `keras_attn.models.SentenceClassifier`.

    Returns:
        A dictionary from file names to bytes, UTF-8; always the same for the
        same model.

    Raises:
        ValueError: If a token or a label cannot be one line of UTF-8.
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
    """Raises a `ValueError` for what cannot be one line of UTF-8.

    Args:
        kind: String, `"label"` or `"token"`.
        lines: Sequence of strings.
    """
    for line in lines:
        # Readers differ in what ends a line; `splitlines` knows them all.
        if len(f"{line}.".splitlines()) > 1:
            raise ValueError(
                f"A {kind} of an export must be one line. Received: {line!r}, "
                "with a line break. Rename it."
            )
        if any(SURROGATES[0] <= ord(c) <= SURROGATES[1] for c in line):
            raise ValueError(
                f"A {kind} of an export must be valid Unicode. Received: "
                f"{line!r}, with half a surrogate pair. Rename it."
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
    """Packs {code point: code point} into [first, last, step, difference]."""
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
