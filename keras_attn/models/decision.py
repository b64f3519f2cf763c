"""From the logits of a classifier to probabilities, and to labels."""

from dataclasses import dataclass

import numpy as np
from keras import ops

from keras_attn._checks import require_positive_number, require_rate


@dataclass(frozen=True)
class Decision:
    """How a classifier turns logits into probabilities and labels.

    With exactly one label per text, the probabilities are
    `softmax(logits / temperature)`, and the label is the most probable one.
    With several labels, they are `sigmoid(logits / temperature)`, and a text
    has every label whose probability reaches the threshold of that label.

    Shapes: B batch, C labels.

    Args:
        thresholds: Sequence of C numbers in [0, 1), one per label. Defaults to
            `None`: each text has exactly one label.
        temperature: Positive number. Above 1, probabilities become less
            extreme; the order of the labels stays the same. Defaults to `1.0`.

    Raises:
        ValueError: If a number is out of range.

    Reference:
        Guo et al., 2017, [On Calibration of Modern Neural
        Networks](https://arxiv.org/abs/1706.04599), section 4.2.
    """

    thresholds: tuple[float, ...] | None = None
    temperature: float = 1.0

    def __post_init__(self):
        temperature = require_positive_number("temperature", self.temperature)
        object.__setattr__(self, "temperature", float(temperature))
        if self.thresholds is not None:
            thresholds = tuple(
                float(require_rate("thresholds", each))
                for each in self.thresholds
            )
            object.__setattr__(self, "thresholds", thresholds)

    @property
    def is_multi_label(self):
        """Whether a text has any number of labels."""
        return self.thresholds is not None

    def probabilities(self, logits):
        """Map a tensor of logits `(B, C)` to probabilities `(B, C)`."""
        if self.temperature != 1:  # exports get no operator for nothing
            logits = logits / self.temperature
        if self.is_multi_label:
            return ops.sigmoid(logits)
        return ops.softmax(logits, axis=-1)

    def decide(self, probabilities):
        """Map an array of probabilities `(B, C)` to labels.

        Returns:
            A boolean array `(B, C)`, True where a text has a label.
        """
        # In float64, as Python compares the numbers of an exported model.
        probabilities = np.asarray(probabilities, "float64")
        if self.is_multi_label:
            return probabilities >= np.array(self.thresholds)
        best = probabilities.argmax(-1)
        return np.arange(probabilities.shape[-1]) == best[..., None]
