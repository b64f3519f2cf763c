"""What a user may give where a layer is wanted: a layer, a name, a config."""

import inspect

import keras

from keras_attn._checks import did_you_mean


def from_name(kind, identifier, table, **kwargs):
    """The layer that a name, a config or a layer stands for.

    Args:
        kind: String, what the layer is for, such as `"score"`; errors say it.
        identifier: A name in `table`; a name registered with Keras, such as
            `"my_package>MyScore"`; the serialized config of a layer; or a
            layer, which is returned as it is.
        table: Dictionary from names to layer classes.
        **kwargs: Arguments for a layer made from a name. A class that is not
            of `table` gets those that its constructor takes.

    Returns:
        A Keras layer.

    Raises:
        ValueError: If nothing of that name is known, or if what is known, or
            was given, is no layer.
    """
    if isinstance(identifier, keras.layers.Layer):
        return identifier
    if isinstance(identifier, dict):
        return _from_config(kind, identifier, table)
    if not isinstance(identifier, str):
        raise _unknown(kind, identifier, table)
    kwargs = _plain(kwargs)
    if identifier in table:
        return table[identifier](**kwargs)
    registered = keras.saving.get_registered_object(identifier)
    if inspect.isclass(registered) and issubclass(
        registered, keras.layers.Layer
    ):
        return registered(**_accepted(registered, kwargs))
    raise _unknown(kind, identifier, table)


def _from_config(kind, config, table):
    if not {"class_name", "config"} <= config.keys():
        raise _unknown(kind, config, table)
    # Left for the layer around it to build, as a new one would be: a layer's
    # path, by which its weights and maps are known, is where it was built.
    unbuilt = {**config, "build_config": None}
    layer = keras.saving.deserialize_keras_object(unbuilt)
    if not isinstance(layer, keras.layers.Layer):
        raise _unknown(kind, config, table)
    return layer


def _plain(kwargs):
    """The arguments, with a dtype policy as its name.

    Keras makes the config of a layer that has no `get_config` of its own out
    of its arguments, but only if they are plain values.
    """
    policy = kwargs.get("dtype")
    if type(policy) is keras.DTypePolicy:
        return {**kwargs, "dtype": policy.name}
    return kwargs


def _accepted(cls, kwargs):
    """Those of `kwargs` that the constructor of a user's layer takes.

    A constructor with `**kwargs` takes what those of its parents take.
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
