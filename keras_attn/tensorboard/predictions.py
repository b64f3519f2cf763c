"""What a classifier says, from whatever form its outputs have."""

import numpy as np


def class_output(outputs, label_names=None):
    """The one of several outputs that says which class a sentence is.

    That is the only array (B, C) with as many columns as there are names, or
    without names the only one of probabilities or that is called logits.

    Args:
        outputs: What the model returned: an array, or a dict or list of such.
        label_names: Sequence of C names, or `None`.

    Returns:
        `(output, reason)`: the output, or `None` and a sentence that says why.
    """
    if isinstance(outputs, (list, tuple)):
        outputs = dict(enumerate(outputs))
    if not isinstance(outputs, dict):
        return outputs, None
    found = {
        name: output
        for name, output in outputs.items()
        if len(getattr(output, "shape", ())) == 2
        and _says_classes(name, output, label_names)
    }
    if len(found) > 1:
        found = {n: o for n, o in found.items() if _are_probabilities(o)}
    if len(found) == 1:
        return next(iter(found.values())), None
    names = ", ".join(map(str, outputs))
    wanted = "is one array of probabilities or called `logits`; pass "
    if label_names is not None:
        wanted = f"alone has {len(label_names)} columns; check "
    return None, (
        f"No prediction is shown: of the model's outputs ({names}) none "
        f"{wanted}`label_names`."
    )


def _says_classes(name, output, label_names):
    columns = output.shape[1]
    if label_names is not None:
        return (
            columns == len(label_names) or columns == 1 == len(label_names) - 1
        )
    return name == "logits" or _are_probabilities(output)


def _are_probabilities(output):
    scores = np.asarray(output, "float64")
    within = bool(((scores >= 0) & (scores <= 1)).all())
    if scores.shape[1] == 1:
        return within
    # To what float16 and bfloat16 outputs can sum to.
    return within and np.allclose(scores.sum(axis=1), 1, atol=0.02)


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
    given = _are_probabilities(scores)
    if scores.shape[1] == 1:
        yes = scores if given else 0.5 * (1 + np.tanh(0.5 * scores))
        return np.concatenate([1 - yes, yes], axis=1)
    if given:
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
