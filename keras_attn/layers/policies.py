"""Dtype policies of layers whose parts have policies of their own."""

import keras
from keras.saving import serialize_keras_object


def policy_config(layer):
    """Return the dtype policy of a layer for its config.

    Quantization changes the policy of each part that it reaches. A layer that
    is created from the config builds its parts anew, and only a map from their
    paths to their policies lets it build quantized ones.

    Args:
        layer: A Keras layer.

    Returns:
        The serialized policy of `layer`; if parts are quantized, a
        `keras.dtype_policies.DTypePolicyMap` that contains theirs.
    """
    policy = layer.dtype_policy
    quantized = {
        part.path: part.dtype_policy
        for part in layer._flatten_layers(include_self=False)
        if getattr(part, "quantization_mode", None) is not None
    }
    if quantized:
        given = policy if isinstance(policy, PolicyMap) else {}
        policy = PolicyMap(
            getattr(policy, "default_policy", policy), {**given, **quantized}
        )
    return serialize_keras_object(policy)


PolicyMap = keras.dtype_policies.DTypePolicyMap
