"""Quantized sublayers, which stay quantized in files."""

from collections import defaultdict

from keras.saving import deserialize_keras_object, serialize_keras_object

_KEY = "quantized"


class QuantizableSublayers:
    """Mixin for layers whose sublayers can be quantized after construction.

    `keras.Model.quantize` quantizes each dense or embedding layer inside a
    layer by itself, and the constructor's arguments do not change. The build
    config therefore lists the quantized sublayers, and they are quantized again
    before the weights of a file are loaded.

    The config contains no `DTypePolicyMap` instead, because Keras 3.15 cannot
    save a layer that such a map has quantized.

    Put the mixin before the Keras class, as in
    `class MyLayer(QuantizableSublayers, keras.layers.Layer)`.
    """

    def get_build_config(self):
        config = super().get_build_config()
        quantized = [
            {
                "path": path,
                "mode": layer.quantization_mode,
                "config": serialize_keras_object(_options(layer)),
            }
            for path, layer in self._sublayer_paths()
            if getattr(layer, "_is_quantized", False)
        ]
        return {**config, _KEY: quantized} if config and quantized else config

    def build_from_config(self, config):
        config = dict(config or {})
        quantized = config.pop(_KEY, ())
        super().build_from_config(config)
        layers = defaultdict(list)
        for path, layer in self._sublayer_paths():
            layers[path].append(layer)
        for wanted in quantized:
            if layers[wanted["path"]]:
                _quantize(layers[wanted["path"]].pop(0), wanted)

    def _sublayer_paths(self):
        """Yield all inner layers with their paths within this layer."""
        for layer in self._flatten_layers(include_self=False):
            # A layer without variables may have no path yet.
            path = layer.path or layer.name
            yield path.removeprefix(f"{self.path}/"), layer


def _options(layer):
    return getattr(layer, "quantization_config", None)


def _quantize(layer, wanted):
    # A layer whose own config contains its dtype policy is quantized already.
    if layer.quantization_mode is not None:
        return
    options = deserialize_keras_object(wanted["config"])
    known = {} if options is None else {"config": options}
    layer.quantize(wanted["mode"], type_check=False, **known)
