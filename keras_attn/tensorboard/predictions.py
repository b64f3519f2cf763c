"""What a classifier says, from whatever form its outputs have."""

import numpy as np


def class_probabilities(outputs):
    """A classifier's outputs as probabilities.

    Rows that are probabilities already stay as they are; others count as
    logits. One column is read as a yes-or-no answer, a logit unless every
    value lies in [0, 1], and becomes two.

    Args:
        outputs: What the model returned, for B sentences.

    Returns:
        A float64 array (B, C) whose rows sum to 1, or `None` if `outputs` is
        no array (B, C), as of a model that is not a classifier.
    """
    if isinstance(outputs, (dict, list, tuple)) or len(outputs.shape) != 2:
        return None
    scores = np.asarray(outputs, "float64")
    within = bool(((scores >= 0) & (scores <= 1)).all())
    if scores.shape[1] == 1:
        yes = scores if within else 0.5 * (1 + np.tanh(0.5 * scores))
        return np.concatenate([1 - yes, yes], axis=1)
    # To what float16 and bfloat16 outputs can sum to.
    if within and np.allclose(scores.sum(axis=1), 1, atol=0.02):
        return scores / scores.sum(axis=1, keepdims=True)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def verdict(probabilities, label, label_names):
    """The part of a title that says what is true and what the model thinks.

    Args:
        probabilities: Array (C,) of one sentence, or `None`.
        label: The true label, an id or a name, or `None` if unknown.
        label_names: Sequence of C names, or `None`: ids stand for themselves.

    Returns:
        A list of at most two strings, such as
        `["label: praise", "predicted: blame 0.87 ✗"]`.

    Raises:
        ValueError: If the label is none of the names, or has none.
    """
    parts = []
    if label is not None:
        label = class_name(label, label_names)
        parts.append(f"label: {label}")
    if probabilities is not None:
        best = int(probabilities.argmax())
        predicted = class_name(best, label_names)
        mark = "" if label is None else " ✓" if predicted == label else " ✗"
        parts.append(f"predicted: {predicted} {probabilities[best]:.2f}{mark}")
    return parts


def class_name(label, label_names):
    """The name of `label`, an id or a name."""
    names = None if label_names is None else [str(name) for name in label_names]
    if isinstance(label, str):
        if names is None or label not in names:
            raise ValueError(
                f"The label {label!r} is none of the label names: {names}. "
                "Pass `label_names`, in the order of the ids, or label ids."
            )
        return label
    if names is None:
        return str(int(label))
    if not 0 <= label < len(names):
        raise ValueError(f"The label id {label} has no name among {names}.")
    return names[int(label)]
