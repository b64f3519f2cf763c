"""How a run is optimized, and for how long."""

import math

import keras

_SENTENCES = 60_000  # seen in a run, about, unless `epochs` says otherwise
_FEWEST_EPOCHS, _MOST_EPOCHS = 4, 15
_MOST_WARM_UP_STEPS = 500


def default_epochs(num_sentences):
    """Passes that show the model about 60,000 sentences, from 4 to 15."""
    passes = math.ceil(_SENTENCES / num_sentences)
    return min(max(passes, _FEWEST_EPOCHS), _MOST_EPOCHS)


def build_optimizer(settings, num_steps):
    """AdamW whose rate rises for a tenth of the run and falls by a cosine."""
    warm_up = min(num_steps // 10, _MOST_WARM_UP_STEPS)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        num_steps - warm_up,
        warmup_target=settings.learning_rate,
        warmup_steps=warm_up,
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=settings.weight_decay, global_clipnorm=1.0
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
