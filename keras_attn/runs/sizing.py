"""Settings that follow from the data, where nobody gave them."""

import math

from keras_attn.runs.settings import checked

_SENTENCES = 60_000  # seen in a run, about
_FEWEST_EPOCHS, _MOST_EPOCHS = 3, 15
_LONG = 50  # tokens of a mean text from which on a narrow model is enough
_WIDE, _NARROW = 256, 64
_HEAD_WIDTH = 32


def size_to(settings, num_texts, mean_length):
    """Settings without a gap, to train on such data in minutes.

    - `epochs` shows the model about 60,000 sentences, from 3 to 15 passes.
    - `d_model` is 256, and 64 for texts of more than 50 tokens in the mean:
      they say the same thing many times over, and each of their many tokens
      costs 16 times as much in a model 4 times as wide.
    - `num_heads` makes heads about 32 wide.
    - `feed_forward_dim` is twice `d_model`.

    Args:
        settings: `Settings`, maybe with None for some of these.
        num_texts: Positive integer, how many texts are trained on.
        mean_length: Float, their mean length in tokens.

    Returns:
        `Settings`; what was given is unchanged.

    Raises:
        UserError: If a given size does not fit a derived one.
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
    passes = math.ceil(_SENTENCES / num_texts)
    return min(max(passes, _FEWEST_EPOCHS), _MOST_EPOCHS)
