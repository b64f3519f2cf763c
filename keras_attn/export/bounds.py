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


# Sharp attention is ill-conditioned: with scores of 100, Keras itself is 6e-5
# away from the float64 weights.
BOUNDS = {
    None: Bound(1.0, max_difference=1e-5, max_attention_difference=1e-3),
    "float16": Bound(0.998, max_difference=2e-3),
    "dynamic": Bound(0.995, size_ratio=0.3),
    "int8": Bound(0.99, size_ratio=0.3, accuracy_points=0.5),
}


def require_quantization(quantize):
    """Raises a `ValueError` unless `quantize` is a key of `BOUNDS`."""
    if quantize not in list(BOUNDS):  # also of what cannot be hashed
        known = ", ".join(repr(name) for name in BOUNDS)
        raise ValueError(
            f"`quantize` must be one of {known}. Received: "
            f"quantize={quantize!r}."
        )
