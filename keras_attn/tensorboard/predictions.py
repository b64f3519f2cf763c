"""The predictions of a classifier, extracted from outputs of any form."""

import numpy as np

from keras_attn.tensorboard.arrays import to_numpy


def class_output(outputs, label_names=None):
    """Find the output of a model that predicts the class of a text.

    With label names, this is the only array of shape `(B, C)` with one column
    per name. Without names, it is the only array of probabilities, or the one
    called "logits".

    Args:
        outputs: The model's outputs: an array, or a dict or list of arrays.
        label_names: Sequence of C names, or `None`.

    Returns:
        The pair `(output, reason)`. If there is no such output, `output` is
        `None` and `reason` a notice for the user; otherwise `reason` is `None`.
    """
    if isinstance(outputs, (list, tuple)):
        outputs = dict(enumerate(outputs))
    if not isinstance(outputs, dict):
        return outputs, None
    found = {
        name: output
        for name, output in outputs.items()
        if len(getattr(output, "shape", ())) == 2
        and _predicts_classes(name, output, label_names)
    }
    if len(found) > 1:
        found = {n: o for n, o in found.items() if _are_probabilities(o)}
    if len(found) == 1:
        return next(iter(found.values())), None
    if label_names is None:
        expected = "contain probabilities or be called `logits`. Pass"
    else:
        expected = f"have {len(label_names)} columns. Check"
    return None, (
        "Predictions are not shown. Exactly one of the model's outputs "
        f"({', '.join(map(str, outputs))}) must {expected} `label_names`."
    )


def _predicts_classes(name, output, label_names):
    columns = output.shape[1]
    if label_names is not None:
        return (
            columns == len(label_names) or columns == 1 == len(label_names) - 1
        )
    return name == "logits" or _are_probabilities(output)


def _are_probabilities(output):
    scores = to_numpy(output).astype("float64")
    within = bool(((scores >= 0) & (scores <= 1)).all())
    if scores.shape[1] == 1:
        return within
    # The tolerance is for float16 and bfloat16 outputs.
    return within and np.allclose(scores.sum(axis=1), 1, atol=0.02)


def predicted(output, model, names):
    """Return the probabilities of the classes, and what the model predicts.

    Args:
        output: The output found by `class_output`.
        model: The model. If it has a `decision`, a
            `keras_attn.models.Decision`, the probabilities are computed by it.
        names: Sequence of C names, or `None`.

    Returns:
        The pair `(probabilities, predictions)`: an array of shape `(B, C)`, or
        `None` if the model is not a classifier; and for a model with several
        labels per text a list of B strings, otherwise `None`: the prediction is
        the most probable class.
    """
    decision = getattr(model, "decision", None)
    # Any other model may have an attribute with this name.
    if not hasattr(decision, "is_multi_label"):
        return class_probabilities(output), None
    probabilities = to_numpy(decision.probabilities(output))
    if not decision.is_multi_label:
        return probabilities, None
    decided = decision.decide(probabilities)
    return probabilities, [
        class_names([name for name, yes in zip(names, row, strict=True) if yes])
        for row in decided
    ]


def class_names(labels, label_names=None):
    """Return the names of one or several labels of a text as one string.

    Args:
        labels: Name or id, or a list of them, which becomes `"a, b"`, or
            `"-"` if it is empty.
        label_names: As in `class_name`. Defaults to `None`.
    """
    if not isinstance(labels, (list, tuple)):
        return class_name(labels, label_names)
    if label_names is None:
        return ", ".join(map(str, labels)) or "-"
    return ", ".join(class_name(each, label_names) for each in labels) or "-"


def class_probabilities(outputs):
    """Convert the outputs of a classifier to probabilities.

    Outputs that are already probabilities are only normalized. All others are
    treated as logits. A single column is the output of a binary classifier. It
    contains logits unless every value is in [0, 1], and becomes two columns.

    Args:
        outputs: The model's outputs for B texts.

    Returns:
        A float64 array of shape `(B, C)` whose rows sum to 1, or `None` if
        `outputs` does not have this shape, which means that the model is not a
        classifier.
    """
    if isinstance(outputs, (dict, list, tuple)) or len(outputs.shape) != 2:
        return None
    scores = to_numpy(outputs).astype("float64")
    given = _are_probabilities(scores)
    if scores.shape[1] == 1:
        yes = scores if given else 0.5 * (1 + np.tanh(0.5 * scores))
        return np.concatenate([1 - yes, yes], axis=1)
    if given:
        return scores / scores.sum(axis=1, keepdims=True)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def class_name(label, label_names):
    """Return the class name of a label.

    Args:
        label: Name or id.
        label_names: Sequence of C names by id, or `None`: the name of an id is
            its number.

    Returns:
        A string.

    Raises:
        ValueError: If the label is not among the names.
    """
    names = None if label_names is None else [str(name) for name in label_names]
    if isinstance(label, str):
        if names is None or label not in names:
            raise ValueError(
                f"The label {label!r} is not among the label names {names}. "
                "Pass `label_names` in the order of the ids, or label ids."
            )
        return label
    if names is None:
        return str(int(label))
    if not 0 <= label < len(names):
        raise ValueError(
            f"The label id {label} has no name. Expected an id from 0 to "
            f"{len(names) - 1}, for the names {names}."
        )
    return names[int(label)]


def verdict(example):
    """Return the true label and the predicted class as parts of a title.

    Args:
        example: Dict, one of the `examples` of an `AttentionRecord`.

    Returns:
        A list of at most two strings, such as
        `["label: praise", "predicted: blame 0.87 ✗"]`.
    """
    parts = []
    label, prediction = example["label"], example["prediction"]
    if label is not None:
        parts.append(f"label: {label}")
    if example["probabilities"]:
        mark = "" if label is None else " ✓" if prediction == label else " ✗"
        probability = max(value for _, value in example["probabilities"])
        parts.append(f"predicted: {prediction} {probability:.2f}{mark}")
    return parts
