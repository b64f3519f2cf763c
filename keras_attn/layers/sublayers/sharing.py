"""One sublayer of several layers, which stays one in files and copies.

In T5, for example, all attention layers have one table of relative positions.
Each layer contains its sublayers in its own config. Without the functions of
this module, two layers that share a sublayer would each create their own when a
model is loaded or cloned.

A layer passes each sublayer that it receives to `own`. If a sublayer has
several owners, `serialize_sublayer` marks its config, and
`deserialize_sublayer` returns the same copy to each owner:

- Within `keras.models.load_model` of a `.keras` file, Keras remembers the
  objects of one file by their `shared_object_id`.
- `keras.models.clone_model` and `.h5` files copy layer by layer. A copy is then
  passed on until one of its owners is copied again, which begins a new copy.
"""

import threading
import uuid
import weakref

from keras.saving import deserialize_keras_object, serialize_keras_object

_ID, _USE = "shared_object_id", "shared_use"
_ZEROS = {"module": "keras.initializers", "class_name": "Zeros", "config": {}}

_owners = weakref.WeakKeyDictionary()  # sublayer -> `_Owners`


class _Owners:
    """The layers that own a sublayer, in the order in which they took it."""

    def __init__(self):
        self.id = uuid.uuid4().hex
        self._uses = []

    def add(self, owner, name):
        self._uses.append((weakref.ref(owner), name))

    def several(self):
        return sum(owner() is not None for owner, _ in self._uses) > 1

    def use(self, owner, name):
        """Return the number of a use, or None."""
        for number, (other, other_name) in enumerate(self._uses):
            if other() is owner and other_name == name:
                return number
        return None


class _Copies(threading.local):
    """The last copy of each shared sublayer, and the uses that have it.

    Two threads can load the same file at the same time.
    """

    def __init__(self):
        self.last = weakref.WeakValueDictionary()  # id -> sublayer
        self.uses = weakref.WeakKeyDictionary()  # sublayer -> set of numbers


_copies = _Copies()


def own(owner, name, layer):
    """Record that a layer has received a sublayer, and return the sublayer.

    Args:
        owner: Layer.
        name: String, the constructor argument.
        layer: Layer, or None.
    """
    if layer is not None:
        _owners.setdefault(layer, _Owners()).add(owner, name)
    return layer


def serialize_sublayer(owner, name, layer):
    """Return the config of a sublayer for the config of its owner.

    Args:
        owner: Layer.
        name: String, as passed to `own`.
        layer: Layer, or None.
    """
    config = serialize_keras_object(layer)
    owners = _owners.get(layer) if layer is not None else None
    if owners is None or not owners.several():
        return config
    return {**config, _ID: owners.id, _USE: owners.use(owner, name)}


def deserialize_sublayer(config):
    """Return the layer of a config, one for all owners of a shared layer.

    The layer is not built, so that its owner builds it like a new one: a
    layer's path, which identifies its weights and maps, depends on where it is
    built.

    Args:
        config: Dict as returned by `serialize_sublayer`.
    """
    config = {**config, "build_config": None}
    use = config.pop(_USE, None)
    if use is None or _keras_remembers_objects():
        return deserialize_keras_object(config)
    copy = _copies.last.get(config[_ID])
    if copy is None or use in _copies.uses[copy]:
        copy = deserialize_keras_object(config)
        _copies.last[config[_ID]] = copy
        _copies.uses[copy] = set()
    _copies.uses[copy].add(use)
    return copy


def _keras_remembers_objects():
    """Return whether Keras is loading a file with its shared objects."""
    zeros = {**_ZEROS, _ID: __name__}
    return deserialize_keras_object(zeros) is deserialize_keras_object(zeros)
