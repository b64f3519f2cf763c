"""How the package's classes make themselves known to Keras."""

import keras


def register(cls):
    """Registers `cls` with Keras under the package name `keras_attn`.

    A `.keras` file names a layer by package and class, so `import keras_attn`
    is all that `keras.models.load_model` needs, with no `custom_objects`.
    """
    return keras.saving.register_keras_serializable("keras_attn")(cls)
