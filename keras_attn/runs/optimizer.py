"""How a run is optimized."""

import keras


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
