"""A text and what a model decides about it, as strings for the terminal."""

from keras_attn.text.pairs import SEPARATOR_TOKEN, TAB


def decided_text(result):
    """Return the labels of a text and their probabilities.

    Args:
        result: `keras_attn.models.Classification`.

    Returns:
        A pair of strings, such as `("drama, war", "0.912, 0.640")`. Without
        any label, it is `("-", p)`, with the probability p of the most probable
        label.
    """
    labels = result.labels or (result.label,)
    probabilities = (f"{result.probabilities[label]:.3f}" for label in labels)
    return ", ".join(result.labels) or "-", ", ".join(probabilities)


def shown_text(result):
    """Return the text of a `Classification`; a pair as `first [SEP] second`."""
    if SEPARATOR_TOKEN in result.tokens:  # never a token of a text
        return result.text.replace(TAB, f" {SEPARATOR_TOKEN} ")
    return result.text
