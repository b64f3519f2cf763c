"""How far an exported model may be from the original."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """The largest changes that an export may make; None means no limit.

    Attributes:
        equal_decisions: Float in [0, 1], the smallest share of texts for
            which both models predict the same label.
        max_difference: Float, the largest absolute difference of a
            probability.
        max_attention_difference: Float, the largest absolute difference of an
            attention weight.
        size_ratio: Float, the largest size, as a share of the float32 file.
        accuracy_points: Float, the largest difference of the accuracy, in
            percentage points.
    """

    equal_decisions: float
    max_difference: float | None = None
    max_attention_difference: float | None = None
    size_ratio: float | None = None
    accuracy_points: float | None = None
