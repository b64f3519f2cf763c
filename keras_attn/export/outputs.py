"""What every export says of a batch of ids: one function for all formats."""

from keras import ops


def classifying(model):
    """A function from int32 ids `(B, T)` to `{"probabilities": (B, C)}`."""

    def classify(ids):
        logits = model(ids, training=False)
        return {"probabilities": ops.softmax(logits, axis=-1)}

    return classify


def explaining(model):
    """The same, with a map for each layer that attends, the first one first.

    `attention_0`, `attention_1`, ... are float32: `(B, H, T, T)` of an
    encoder block, `(B, hops, 1, T)` of an attention pooling, which comes last.
    """

    def explain(ids):
        logits, maps = model.explain(ids)
        outputs = {"probabilities": ops.softmax(logits, axis=-1)}
        return outputs | {f"attention_{i}": m for i, m in enumerate(maps)}

    return explain


def in_order(outputs):
    """Probabilities and maps of a dict, as a list of NumPy arrays."""
    names = [f"attention_{i}" for i in range(len(outputs) - 1)]
    return [
        ops.convert_to_numpy(outputs[name])
        for name in ("probabilities", *names)
    ]
