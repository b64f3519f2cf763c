"""Does an exported model say the same as the model it was made from?"""

from dataclasses import dataclass

import numpy as np

BOUND = 1e-5  # on probabilities and attention weights, in float32
_SAMPLE_LENGTHS = (1, 7, 50, 3, 19)


class ParityError(RuntimeError):
    """An exported model differs from the Keras model by more than allowed."""


@dataclass(frozen=True)
class Parity:
    """How closely an exported model follows the Keras model.

    Attributes:
        max_difference: Largest absolute difference of any output.
        equal_decisions: Share of the texts, in [0, 1], with the same most
            probable label.
        num_texts: Number of texts compared.
    """

    max_difference: float
    equal_decisions: float
    num_texts: int


def require_parity(name, expected, actual):
    """Compares outputs, the probabilities first.

    Args:
        name: String, what was exported, for the message.
        expected: List of batches, each a list of arrays of the Keras model,
            the first of shape `(B, C)`.
        actual: The same of the exported model.

    Returns:
        A `Parity`.

    Raises:
        ParityError: If an output is not finite or differs by more than 1e-5,
            if a shape differs, or if a decision differs.
    """
    largest, equal, total = 0.0, 0, 0
    for wanted, given in zip(expected, actual, strict=True):
        for a, b in zip(wanted, given, strict=True):
            if a.shape != b.shape:
                raise ParityError(
                    f"{name} gives an output of shape {b.shape}; the Keras "
                    f"model gives {a.shape}."
                )
            if a.size:
                largest = max(largest, _max_difference(a, b))
        equal += int(np.sum(wanted[0].argmax(-1) == given[0].argmax(-1)))
        total += len(wanted[0])
    if largest > BOUND or equal < total:
        raise ParityError(
            f"{name} differs from the Keras model by {largest:.2g} on "
            f"{total} texts, with {total - equal} other decisions; allowed "
            f"are {BOUND:.0e} and none. Nothing was written."
        )
    return Parity(largest, equal / total, total)


def _max_difference(a, b):
    difference = np.abs(a.astype(np.float64) - b.astype(np.float64)).max()
    return np.inf if np.isnan(difference) else float(difference)


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
