"""The weights of a model that trains on JAX."""

import inspect


def sync_weights(model):
    """Bring the weights of a model up to date during `fit` on JAX.

    `fit` keeps them outside of the model and gives their memory away at each
    step. Only its own thread, in a callback, can ask for them between two
    steps.

    Args:
        model: A Keras model or layer.

    Raises:
        ValueError: If the model trains, evaluates or predicts in another
            thread.
    """
    if not hasattr(model, "jax_state_sync"):
        return
    inside = getattr(model, "_jax_state_synced", True)
    if not inside and not _runs_in_this_thread(model):
        raise ValueError(
            f"{model.name!r} is running in another thread, where JAX has its "
            "weights. Record its attention in a callback of `fit`, or "
            "afterwards."
        )
    model.jax_state_sync()


def _runs_in_this_thread(model):
    frame = inspect.currentframe()
    while frame is not None:
        loops = frame.f_code.co_name in _LOOPS
        if loops and frame.f_locals.get("self") is model:
            return True
        frame = frame.f_back
    return False


_LOOPS = ("fit", "evaluate", "predict")
