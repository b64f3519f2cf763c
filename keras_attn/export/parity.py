"""Does an exported model say the same as the model it was made from?"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from keras_attn.export.formats import BOUNDS

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


def require_parity(name, expected, actual, quantize=None, keep_miss=False):
    """Compares the outputs of two models.

    Args:
        name: String, what was exported, for the message.
        expected: List of batches of the Keras model, each a list of arrays:
            the probabilities `(B, C)` first, then any attention weights.
        actual: The same of the exported model.
        quantize: Key of `BOUNDS`, which says what is allowed. Defaults to
            None, float32.
        keep_miss: Boolean, whether what misses its bound is measured all the
            same. Defaults to `False`.

    Returns:
        A `Parity`.

    Raises:
        ParityError: If an output has another shape; and, unless `keep_miss`,
            if one is not finite, or misses its bound.
    """
    largest = {"a probability": 0.0, "an attention weight": 0.0}
    equal, total = 0, 0
    for wanted, given in zip(expected, actual, strict=True):
        kinds = ["a probability"] + ["an attention weight"] * (len(wanted) - 1)
        for kind, a, b in zip(kinds, wanted, given, strict=True):
            largest[kind] = max(largest[kind], _max_difference(name, a, b))
        equal += int(np.sum(wanted[0].argmax(-1) == given[0].argmax(-1)))
        total += len(wanted[0])
    parity = Parity(*largest.values(), equal / total, total)
    if not keep_miss:
        _require_bound(name, parity, BOUNDS[quantize])
    return parity


def require_both(name, expected, classified, explained, *how):
    """Compares both functions of an export: that which also explains, too.

    Args:
        name: String, what was exported.
        expected: As in `require_parity`, of the model that explains.
        classified: The probabilities alone of the exported model.
        explained: The same as `expected`, of the exported model.
        *how: `quantize` and `keep_miss` of `require_parity`.

    Returns:
        A `Parity` with the larger of the two differences.

    Raises:
        ParityError: As in `require_parity`.
    """
    alone = [batch[:1] for batch in expected]
    one = require_parity(name, alone, classified, *how)
    other = require_parity(name, expected, explained, *how)
    return dataclasses.replace(
        other,
        max_difference=max(one.max_difference, other.max_difference),
        equal_decisions=min(one.equal_decisions, other.equal_decisions),
    )


def _require_bound(name, parity, bound):
    differences = {
        "a probability": (parity.max_difference, bound.max_difference),
        "an attention weight": (
            parity.max_attention_difference,
            bound.max_attention_difference,
        ),
    }
    for kind, (difference, most) in differences.items():
        if not difference <= (np.finfo(float).max if most is None else most):
            allowed = "finite ones" if most is None else f"{most:.0e}"
            raise ParityError(
                f"{name} differs from the Keras model by {difference:.2g} "
                f"in {kind}, on {parity.num_texts} texts; allowed is "
                f"{allowed}. Nothing was written."
            )
    if parity.equal_decisions < bound.equal_decisions:
        others = round((1 - parity.equal_decisions) * parity.num_texts)
        raise ParityError(
            f"{name} decides otherwise than the Keras model on {others} of "
            f"{parity.num_texts} texts; {bound.equal_decisions:.1%} must be "
            "equal. Nothing was written."
        )


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


def batches(texts):
    """Cuts texts into more than one batch, unequal at the end."""
    batch_size = 3 if len(texts) < 30 else 29
    return [
        texts[start : start + batch_size]
        for start in range(0, len(texts), batch_size)
    ]
