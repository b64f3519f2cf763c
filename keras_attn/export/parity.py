"""The comparison of an exported model with the original."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from keras_attn.export.formats import BOUNDS
from keras_attn.export.outputs import as_arrays, explain_function
from keras_attn.models import Decision
from keras_attn.text import join_pair, pad

ONE_LABEL = Decision()
_SAMPLE_LENGTHS = (1, 7, 50, 3, 19)


class ParityError(RuntimeError):
    """An exported model differs from the Keras model by more than allowed."""


@dataclass(frozen=True)
class Parity:
    """How closely an exported model matches the Keras model.

    Attributes:
        max_difference: Float, the largest absolute difference of a
            probability.
        max_attention_difference: Float, the largest absolute difference of an
            attention weight; 0 if the export returns no attention.
        equal_decisions: Float in [0, 1], the share of texts for which both
            models predict the same labels.
        num_texts: Integer, the number of texts compared.
    """

    max_difference: float
    max_attention_difference: float
    equal_decisions: float
    num_texts: int


def prove_parity(name, model, exported, texts, quantize, keep_miss):
    """Compare an exported model with the original on some texts.

    Both functions of the export are compared: the one that returns only
    probabilities, and the one that also returns attention.

    Args:
        name: String, the name of the export, for error messages.
        model: `keras_attn.models.SentenceClassifier`.
        exported: The exported model, as returned by `open_exported`.
        texts: List of strings. If it is empty, `sample_texts` are used.
        quantize: Key of `BOUNDS`, which selects the bound.
        keep_miss: Boolean, whether to return the `Parity` of an export that
            exceeds its bound instead of raising.

    Returns:
        A `Parity` with the larger of the two functions' differences.

    Raises:
        ParityError: If an output has the wrong shape; or, unless `keep_miss`,
            is not finite or exceeds its bound.
    """
    if quantize:
        name = f"{name} ({quantize})"
    explain = explain_function(model)
    expected, classified, explained = [], [], []
    for batch in batches(texts or sample_texts(model.vectorizer)):
        ids = pad(model.vectorizer.encode(batch))
        inputs = batch if exported.takes == "texts" else ids
        expected.append(as_arrays(explain(ids)))
        classified.append([exported.probabilities(inputs)])
        explained.append(as_arrays(exported.explain(inputs)))
    probabilities = [batch[:1] for batch in expected]
    options = {
        "quantize": quantize,
        "keep_miss": keep_miss,
        "decision": model.decision,
    }
    one = require_parity(name, probabilities, classified, **options)
    other = require_parity(name, expected, explained, **options)
    return dataclasses.replace(
        other,
        max_difference=max(one.max_difference, other.max_difference),
        equal_decisions=min(one.equal_decisions, other.equal_decisions),
    )


def require_parity(
    name,
    expected,
    actual,
    quantize=None,
    keep_miss=False,
    decision=ONE_LABEL,
):
    """Compare the outputs of two models.

    Args:
        name: String, the name of the export, for error messages.
        expected: List of batches of the Keras model, each a list of arrays:
            the probabilities `(B, C)`, then any attention weights.
        actual: The same for the exported model.
        quantize: Key of `BOUNDS`, as in `prove_parity`. Defaults to `None`,
            float32.
        keep_miss: Boolean, as in `prove_parity`. Defaults to `False`.
        decision: `keras_attn.models.Decision` of the model. Defaults to one
            label per text.

    Returns:
        A `Parity`.

    Raises:
        ParityError: As in `prove_parity`.
    """
    largest = {"a probability": 0.0, "an attention weight": 0.0}
    equal, total = 0, 0
    for wanted, given in zip(expected, actual, strict=True):
        kinds = ["a probability"] + ["an attention weight"] * (len(wanted) - 1)
        for kind, a, b in zip(kinds, wanted, given, strict=True):
            largest[kind] = max(largest[kind], _max_difference(name, a, b))
        decided = [decision.decide(batch[0]) for batch in (wanted, given)]
        equal += int(np.sum(np.all(decided[0] == decided[1], axis=-1)))
        total += len(wanted[0])
    parity = Parity(*largest.values(), equal / total, total)
    if not keep_miss:
        _require_bound(name, parity, BOUNDS[quantize])
    return parity


def _max_difference(name, a, b):
    if a.shape != b.shape:
        raise ParityError(
            f"{name} returns an output of shape {b.shape}; the Keras model "
            f"returns {a.shape}. Nothing was written."
        )
    difference = np.abs(a.astype(np.float64) - b.astype(np.float64))
    largest = difference.max(initial=0.0)
    return np.inf if np.isnan(largest) else float(largest)


def _require_bound(name, parity, bound):
    differences = {
        "a probability": (parity.max_difference, bound.max_difference),
        "an attention weight": (
            parity.max_attention_difference,
            bound.max_attention_difference,
        ),
    }
    for kind, (difference, limit) in differences.items():
        if not difference <= (np.finfo(float).max if limit is None else limit):
            allowed = "any finite value" if limit is None else f"{limit:.0e}"
            raise ParityError(
                f"{name} differs from the Keras model by {difference:.2g} "
                f"in {kind}, on {parity.num_texts} texts. Allowed: {allowed}. "
                "Nothing was written."
            )
    if parity.equal_decisions < bound.equal_decisions:
        different = round((1 - parity.equal_decisions) * parity.num_texts)
        raise ParityError(
            f"{name} predicts a different label than the Keras model on "
            f"{different} of {parity.num_texts} texts. At least "
            f"{bound.equal_decisions:.1%} of the labels must be equal. Nothing "
            "was written."
        )


def sample_texts(vectorizer):
    """Return texts of different lengths, made of the vocabulary's tokens.

    Args:
        vectorizer: `keras_attn.text.Vectorizer`.

    Returns:
        A list of strings of 1, 7, 50, 3 and 19 tokens, of which the
        vectorizer reads up to its `max_length`; or of as many pairs, whose
        second texts have the lengths in another order. The same vocabulary
        always gives the same texts.
    """
    rng = np.random.default_rng(0)
    tokens = np.array(vectorizer.vocabulary, dtype=object)
    texts = [" ".join(rng.choice(tokens, size=n)) for n in _SAMPLE_LENGTHS]
    if vectorizer.pairs:
        return list(map(join_pair, texts, texts[1:] + texts[:1]))
    return texts


def batches(texts):
    """Cut texts into batches, of which the last may be smaller.

    Four or more texts give at least two batches.
    """
    batch_size = 3 if len(texts) < 30 else 29
    return [
        texts[start : start + batch_size]
        for start in range(0, len(texts), batch_size)
    ]
