"""Does an exported model say the same as the model it was made from?"""

from dataclasses import dataclass

import numpy as np

BOUND = 1e-5  # on probabilities
# Sharp attention is ill-conditioned: with scores of 100, Keras itself is 6e-5
# away from the float64 weights.
ATTENTION_BOUND = 1e-3
_SAMPLE_LENGTHS = (1, 7, 50, 3, 19)


class ParityError(RuntimeError):
    """An exported model differs from the Keras model by more than allowed."""


@dataclass(frozen=True)
class Parity:
    """How closely an exported model follows the Keras model.

    Attributes:
        max_difference: Largest absolute difference of a probability.
        max_attention_difference: The same of an attention weight; 0 if the
            export gives none.
        equal_decisions: Share of the texts, in [0, 1], with the same most
            probable label.
        num_texts: Number of texts compared.
    """

    max_difference: float
    max_attention_difference: float
    equal_decisions: float
    num_texts: int


def require_parity(name, expected, actual):
    """Compares the outputs of two models.

    Args:
        name: String, what was exported, for the message.
        expected: List of batches of the Keras model, each a list of arrays:
            the probabilities `(B, C)` first, then any attention weights.
        actual: The same of the exported model.

    Returns:
        A `Parity`.

    Raises:
        ParityError: If an output is not finite or has another shape, if a
            probability differs by more than 1e-5 or an attention weight by
            more than 1e-3, or if a decision differs.
    """
    largest = {"a probability": 0.0, "an attention weight": 0.0}
    equal, total = 0, 0
    for wanted, given in zip(expected, actual, strict=True):
        kinds = ["a probability"] + ["an attention weight"] * (len(wanted) - 1)
        for kind, a, b in zip(kinds, wanted, given, strict=True):
            largest[kind] = max(largest[kind], _max_difference(name, a, b))
        equal += int(np.sum(wanted[0].argmax(-1) == given[0].argmax(-1)))
        total += len(wanted[0])
    bounds = {"a probability": BOUND, "an attention weight": ATTENTION_BOUND}
    for kind, bound in bounds.items():
        if largest[kind] > bound:
            raise ParityError(
                f"{name} differs from the Keras model by {largest[kind]:.2g} "
                f"in {kind}, on {total} texts; allowed is {bound:.0e}. "
                "Nothing was written."
            )
    if equal < total:
        raise ParityError(
            f"{name} decides otherwise than the Keras model on "
            f"{total - equal} of {total} texts. Nothing was written."
        )
    return Parity(*largest.values(), equal / total, total)


def _max_difference(name, a, b):
    if a.shape != b.shape:
        raise ParityError(
            f"{name} gives an output of shape {b.shape}; the Keras model "
            f"gives {a.shape}. Nothing was written."
        )
    difference = np.abs(a.astype(np.float64) - b.astype(np.float64))
    largest = difference.max(initial=0.0)
    return np.inf if np.isnan(largest) else float(largest)


def sample_texts(vectorizer):
    """Texts of unequal lengths made of a vocabulary's own tokens.

    Args:
        vectorizer: `keras_attn.text.Vectorizer`.

    Returns:
        A list of strings of 1, 7, 50, 3 and 19 tokens, or as many as the
        vectorizer reads; always the same for the same vocabulary.
    """
    rng = np.random.default_rng(0)
    tokens = np.array(vectorizer.vocabulary, dtype=object)
    return [" ".join(rng.choice(tokens, size=n)) for n in _SAMPLE_LENGTHS]


def batches(texts, batch_size=3):
    """Cuts texts into batches of 3: more than one, and unequal at the end."""
    return [
        texts[start : start + batch_size]
        for start in range(0, len(texts), batch_size)
    ]
