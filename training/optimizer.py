"""How a run is optimized, and for how long."""

import math

import keras

_SENTENCES = 60_000  # seen in a run, about, unless `epochs` says otherwise
_FEWEST_EPOCHS, _MOST_EPOCHS = 3, 15


def default_epochs(num_sentences):
    """Passes that show the model about 60,000 sentences, from 3 to 15."""
    passes = math.ceil(_SENTENCES / num_sentences)
    return min(max(passes, _FEWEST_EPOCHS), _MOST_EPOCHS)


def build_optimizer(settings, num_steps):
    """AdamW whose rate falls to 0 by `sqrt(1 - step / num_steps)`.

    It stays high for most of the run. Order is learned late: on the pronouns
    every model stands at chance for some epochs, and one whose rate has
    already fallen by then stays there.
    """
    rate = keras.optimizers.schedules.PolynomialDecay(
        settings.learning_rate, num_steps, end_learning_rate=0.0, power=0.5
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=settings.weight_decay, global_clipnorm=1.0
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
