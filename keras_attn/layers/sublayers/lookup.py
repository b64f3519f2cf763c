"""Sublayers specified by name, by config or as a layer."""

import inspect

import keras

from keras_attn._checks import did_you_mean
from keras_attn.layers.sublayers.sharing import deserialize_sublayer


def from_name(kind, identifier, table, offered=None, **kwargs):
    """Return the layer specified by a name, a config or a layer.

    Args:
        kind: String, the role of the layer in error messages, such as
            `"score"`.
        identifier: A name in `table`; a name registered with Keras, such as
            `"my_package>MyScore"`; the config of a layer, as
            `keras.saving.serialize_keras_object` returns it; or a layer, which
            is returned unchanged.
        table: Dict from name to layer class.
        offered: Dict of arguments for a layer created from a name. A class
            receives those that its constructor accepts. Defaults to `None`.
        **kwargs: Arguments for a layer created from a name. A class in `table`
            receives all of them. Any other class receives those that its
            constructor accepts.

    Returns:
        A Keras layer.

    Raises:
        ValueError: If the name is unknown, or if `identifier` is, or names,
            something other than a layer.
    """
    if isinstance(identifier, keras.layers.Layer):
        return identifier
    if isinstance(identifier, dict):
        return _from_config(kind, identifier, table)
    if not isinstance(identifier, str):
        raise _unknown(kind, identifier, table)
    kwargs = _with_plain_dtype(kwargs)
    offered = _with_plain_dtype(offered or {})
    if identifier in table:
        cls = table[identifier]
        return cls(**kwargs, **_accepted(cls, offered))
    registered = keras.saving.get_registered_object(identifier)
    if inspect.isclass(registered) and issubclass(
        registered, keras.layers.Layer
    ):
        return registered(**_accepted(registered, {**kwargs, **offered}))
    raise _unknown(kind, identifier, table)


def _from_config(kind, config, table):
    if not {"class_name", "config"} <= config.keys():
        raise _unknown(kind, config, table)
    layer = deserialize_sublayer(config)
    if not isinstance(layer, keras.layers.Layer):
        raise _unknown(kind, config, table)
    return layer


def _with_plain_dtype(kwargs):
    """Replace a dtype policy in the arguments with its name or config.

    For a layer without its own `get_config`, Keras creates the config from the
    constructor's arguments, but only if they are plain values.
    """
    policy = kwargs.get("dtype")
    if isinstance(policy, keras.dtype_policies.DTypePolicyMap):
        return {**kwargs, "dtype": keras.dtype_policies.serialize(policy)}
    if isinstance(policy, keras.DTypePolicy):
        return {**kwargs, "dtype": policy.name}
    return kwargs


def _accepted(cls, kwargs):
    """Return those of `kwargs` that the constructor of a layer accepts.

    A constructor with `**kwargs` also accepts the arguments of its parents.
    """
    names = set()
    parents = cls.__mro__
    for parent in parents[: parents.index(keras.layers.Layer) + 1]:
        if "__init__" not in vars(parent):
            continue
        parameters = inspect.signature(parent.__init__).parameters
        names.update(parameters)
        if all(p.kind is not p.VAR_KEYWORD for p in parameters.values()):
            break
    return {name: kwargs[name] for name in kwargs if name in names}


def _unknown(kind, identifier, table):
    names = sorted(table)
    return ValueError(
        f"`{kind}` must be one of {names}, a Keras layer, its config, or the "
        "name under which a layer is registered with Keras, such as "
        f"'my_package>MyLayer'. Received: {kind}={identifier!r}."
        + did_you_mean(identifier, names)
    )
