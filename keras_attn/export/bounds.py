"""How far an exported file may be from the model it was made from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """The most that an export may change; None where nothing is promised.

    Attributes:
        equal_decisions: Least share of the texts, in [0, 1], with the same
            most probable label.
        max_difference: Largest absolute difference of a probability.
        max_attention_difference: The same of an attention weight.
        size_ratio: Largest size, as a share of the file in float32.
        accuracy_points: Largest difference of the accuracy, in points.
    """

    equal_decisions: float
    max_difference: float | None = None
    max_attention_difference: float | None = None
    size_ratio: float | None = None
    accuracy_points: float | None = None
