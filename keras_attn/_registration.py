"""Registration of the package's classes with Keras."""

import keras


def register(cls):
    """Register a class with Keras under the package name `keras_attn`.

    A `.keras` file identifies a layer by package and class. After
    `import keras_attn`, `keras.models.load_model` therefore needs no
    `custom_objects`.
    """
    return keras.saving.register_keras_serializable("keras_attn")(cls)
