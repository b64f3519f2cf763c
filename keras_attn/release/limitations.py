"""The limits of a model, for its card."""

import unicodedata
from collections import Counter

import numpy as np

from keras_attn.text import UNK_ID


def limits(model, reference):
    """What a model does not know and cannot do, as a list in Markdown.

    Args:
        model: `SentenceClassifier`.
        reference: `keras_attn.release.proof.Reference`.
    """
    ids = np.concatenate(reference.ids)
    vectorizer = model.vectorizer
    longest = vectorizer.max_length
    cut = sum(len(row) >= longest for row in reference.ids)
    return "\n".join(
        [
            f"- It knows {len(vectorizer.vocabulary):,} words and signs, those "
            "of its training data, and so the language of these data alone "
            f"(letters: {_scripts(vectorizer)}). All other words look the "
            f"same to it; they are {np.mean(ids == UNK_ID):.1%} of the tokens "
            "in the test split.",
            f"- It reads the first {longest:,} tokens of a text. In the test "
            f"split {cut:,} of {len(reference.ids):,} texts reach that.",
            f"- It always gives one of its {len(model.labels)} labels, also "
            "to a text that none of them fits. It cannot say that it does not "
            "know, give two labels, or answer about anything else.",
            "- Its probabilities were not calibrated, and its figures hold "
            "for texts like those of the test split.",
            "- Attention shows where the model looked. It is no explanation "
            "of the decision: other weights can give the same one.",
            "- Whether it treats groups of people alike was not tested.",
        ]
    )


def _scripts(vectorizer):
    """Which scripts the letters of the vocabulary belong to, in words."""
    counts = Counter(
        unicodedata.name(c, "unknown").split()[0].capitalize()
        for token in vectorizer.vocabulary
        for c in token
        if c.isalpha()
    )
    total = sum(counts.values())
    found = [f"{100 * n / total:.3g} % {s}" for s, n in counts.most_common(3)]
    return ", ".join(found) or "none"
