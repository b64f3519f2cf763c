"""Default settings that depend on the size of the dataset."""

import math

from keras_attn.runs.settings import checked

_TEXTS_SEEN = 60_000  # in a whole run, roughly
_MIN_EPOCHS, _MAX_EPOCHS = 3, 15
_LONG = 50  # mean tokens per text above which a narrow model is enough
_WIDE, _NARROW = 256, 64
_HEAD_WIDTH = 32


def size_to(settings, num_texts, mean_length):
    """Fill in missing settings so that training takes minutes.

    - `epochs` lets the model see about 60,000 texts, in 3 to 15 passes.
    - `d_model` is 256, or 64 if texts have more than 50 tokens on average:
      long texts repeat themselves, and each of their tokens costs 16 times as
      much in a model that is 4 times as wide.
    - `num_heads` makes heads about 32 wide.
    - `feed_forward_dim` is twice `d_model`.

    Args:
        settings: `Settings`; any of these may be None.
        num_texts: Positive integer, the number of training texts.
        mean_length: Float, their mean length in tokens.

    Returns:
        `Settings`; those that were already set are unchanged.

    Raises:
        UserError: If a size that was set does not fit a derived one.
    """
    d_model = settings.d_model or (_NARROW if mean_length > _LONG else _WIDE)
    derived = {
        "epochs": _epochs(num_texts),
        "d_model": d_model,
        "num_heads": math.gcd(d_model, max(1, d_model // _HEAD_WIDTH)),
        "feed_forward_dim": 2 * d_model,
    }
    given = settings.model_dump(exclude_none=True)
    return checked({**derived, **given})


def _epochs(num_texts):
    passes = math.ceil(_TEXTS_SEEN / num_texts)
    return min(max(passes, _MIN_EPOCHS), _MAX_EPOCHS)
