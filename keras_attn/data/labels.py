"""Labels as arrays: one label per text, or any number of them.

The labels of N texts are an int32 array of shape `(N,)`, the number of each
text's label, or a boolean array of shape `(N, C)`, True where a text has a
label.
"""

import numpy as np


def label_matrix(labels, num_labels):
    """Return which of C labels each text has: bool `(N, C)`.

    Args:
        labels: Labels of N texts, in either form.
        num_labels: Integer, C.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2:
        return labels
    return labels[:, None] == np.arange(num_labels)


def label_groups(labels):
    """Return a number for each text, equal for texts with equal labels.

    Args:
        labels: Labels of N texts, in either form.

    Returns:
        An integer array of shape `(N,)`.
    """
    labels = np.asarray(labels)
    if labels.ndim == 1:
        return labels
    return np.unique(labels, axis=0, return_inverse=True)[1].reshape(-1)


def label_text(labels, names):
    """Return the labels of one text as a string, such as `"a, b"` or `"-"`.

    Args:
        labels: An integer, or a boolean array of shape `(C,)`: one item of
            labels in either form.
        names: Sequence of C strings.
    """
    if np.ndim(labels) == 0:
        return names[labels]
    return ", ".join(names[i] for i in np.flatnonzero(labels)) or "-"
