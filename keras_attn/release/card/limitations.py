"""The model card's section about the model's limitations."""

import unicodedata
from collections import Counter

import numpy as np

from keras_attn.text import UNK_ID

_UNITS = {"words": "word", "characters": "character"}


def limitations(model, reference):
    """List what the model does not know and cannot do, in Markdown.

    Args:
        model: `SentenceClassifier`.
        reference: `keras_attn.release.proof.Reference`.
    """
    ids = np.concatenate(reference.ids)
    vectorizer = model.vectorizer
    return "\n".join(
        [
            f"- The vocabulary has {len(vectorizer.vocabulary):,} tokens, all "
            "from the training data, so the model knows only the language of "
            f"that data (letters: {_scripts(vectorizer)}). Every other "
            f"{_UNITS[vectorizer.tokens]} becomes `[UNK]`, which is "
            f"{np.mean(ids == UNK_ID):.1%} of the tokens in the test split.",
            f"- The model reads the first {vectorizer.max_length:,} tokens of "
            f"a text and ignores the rest. In the test split, "
            f"{reference.num_truncated:,} of {len(reference.ids):,} texts are "
            "longer.",
            _decisions(model),
            f"- {_probabilities(model)}the results above apply only to texts "
            "like those in the test split.",
            "- Attention shows which tokens the model attended to. It does not "
            "explain the prediction: different attention weights can lead to "
            "the same one.",
            "- Fairness across groups of people was not tested.",
        ]
    )


def _decisions(model):
    if model.decision.is_multi_label:
        return (
            "- The labels of a text are independent decisions: the model does "
            "not know that two labels exclude each other."
        )
    return (
        f"- The model always returns one of its {len(model.labels)} "
        "labels, even if none of them fits the text. It cannot abstain or "
        "return several labels."
    )


def _probabilities(model):
    if model.decision.temperature == 1:
        return "The probabilities are not calibrated, and "
    return "The calibration of the probabilities and "


def _scripts(vectorizer):
    """The three most frequent scripts of the vocabulary's letters."""
    counts = Counter(
        unicodedata.name(c, "unknown").split()[0].capitalize()
        for token in vectorizer.vocabulary
        for c in token
        if c.isalpha()
    )
    total = sum(counts.values())
    found = [f"{100 * n / total:.3g}% {s}" for s, n in counts.most_common(3)]
    return ", ".join(found) or "none"
