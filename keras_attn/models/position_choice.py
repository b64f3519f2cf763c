"""Where a model uses its positions: on the tokens, or inside attention."""

from keras.saving import serialize_keras_object

from keras_attn.layers import positions


def choose_position(identifier, num_heads, dropout, max_length):
    """Return the position layer of the tokens, or that of the attention.

    Args:
        identifier: As `position` of `SentenceClassifier`.
        num_heads: Positive integer, H.
        dropout: Float in [0, 1), for a layer made from a name.
        max_length: Positive integer, the longest text in tokens.

    Returns:
        A pair of which at most one is not None: a layer that maps `(B, T, D)`
        to `(B, T, D)`, and the config from which each block makes the
        `position` of its attention layer.

    Raises:
        ValueError: If no position has this name.
    """
    if identifier is None:
        return None, None
    options = {
        "num_heads": num_heads,
        "dropout": dropout,
        "max_length": max_length,
    }
    if identifier not in positions.IN_ATTENTION_NAMES:
        options["name"] = "position"
    layer = positions.get_position(identifier, **options)
    if positions.belongs_in_attention(layer):
        return None, serialize_keras_object(layer)
    return layer, None
