"""The texts from which quantization learns the ranges of activations."""

from keras_attn.export.formats import QUANTIZATIONS, require_quantization
from keras_attn.export.texts import as_texts

MIN_CALIBRATION_TEXTS = 100


def require_calibration(quantize, calibration):
    """Check the arguments `quantize` and `calibration` of an export.

    Args:
        quantize: Key of `QUANTIZATIONS`.
        calibration: List of strings, or None.

    Returns:
        The texts as a list, empty for None.

    Raises:
        ValueError: If `quantize` is unknown, `calibration` is not a list of
            strings, or there are fewer texts than a quantization needs.
    """
    require_quantization(quantize)
    texts = as_texts("calibration", calibration)
    if (
        QUANTIZATIONS[quantize].needs_calibration
        and len(texts) < MIN_CALIBRATION_TEXTS
    ):
        raise ValueError(
            f"quantize={quantize!r} needs at least {MIN_CALIBRATION_TEXTS} "
            f"training texts as `calibration`. Received: {len(texts)} texts."
        )
    return texts
