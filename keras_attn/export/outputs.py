"""The outputs of an exported model, the same for every format."""

from keras import ops


def classify_function(model):
    """Return a function: int32 ids `(B, T)` -> `{"probabilities": (B, C)}`."""

    def classify(ids):
        logits = model(ids, training=False)
        return {"probabilities": model.decision.probabilities(logits)}

    return classify


def explain_function(model):
    """Return the same function, which also returns each layer's attention.

    `attention_0`, `attention_1`, ... are float32, from the first layer to the
    last: `(B, H, T, T)` for an encoder block, `(B, hops, 1, T)` for an
    attention pooling, which comes last.
    """

    def explain(ids):
        logits, maps = model.explain(ids)
        outputs = {"probabilities": model.decision.probabilities(logits)}
        return outputs | {f"attention_{i}": m for i, m in enumerate(maps)}

    return explain


def as_arrays(outputs):
    """Return the probabilities, then the attention of each layer.

    Args:
        outputs: Dictionary of tensors. Other outputs, such as tokens, are
            left out.

    Returns:
        A list of NumPy arrays.
    """
    layers = sum(name.startswith("attention_") for name in outputs)
    names = ["probabilities", *(f"attention_{i}" for i in range(layers))]
    return [ops.convert_to_numpy(outputs[name]) for name in names]
