"""A classifier as a TensorFlow graph from strings to labels."""

import tensorflow as tf

from keras_attn.export.outputs import classify_function, explain_function
from keras_attn.export.saved_model.mlmodel import write_mlmodel


def write(model, folder):
    """Write a classifier as a SavedModel.

    Args:
        model: `keras_attn.models.SentenceClassifier`, built.
        folder: `Path` of the folder to create.
    """
    # Keras's ExportArchive would write every weight twice, the second time in
    # an order that changes from one process to the next.
    module = tf.Module()
    module.weights = [weight.value for weight in model.weights]
    module.to_ids = model.vectorizer.graph()
    texts = tf.TensorSpec([None], tf.string, name="texts")
    serve, explain = _functions(model, module.to_ids)
    module.serve = tf.function(serve, [texts], autograph=False)
    module.explain = tf.function(explain, [texts], autograph=False)
    signatures = {
        "serving_default": module.serve,
        "serve": module.serve,
        "explain": module.explain,
    }
    tf.saved_model.save(module, str(folder), signatures)
    # It contains a random number, and loading does not need it.
    (folder / "fingerprint.pb").unlink()
    write_mlmodel(folder)


def _functions(model, to_ids):
    labels = tf.constant(model.labels)
    thresholds = model.decision.thresholds
    classify_ids, explain_ids = (
        classify_function(model),
        explain_function(model),
    )

    def with_label(outputs):
        probabilities = outputs["probabilities"]
        number = tf.argmax(probabilities, axis=-1)
        outputs = {"label": tf.gather(labels, number), **outputs}
        if thresholds is not None:
            # In float64, like `Decision.decide`.
            exact = tf.cast(probabilities, tf.float64)
            outputs["decided"] = exact >= tf.constant(thresholds, tf.float64)
        return outputs

    def serve(texts):
        return with_label(classify_ids(to_ids(texts)))

    def explain(texts):
        tokens = to_ids.tokens(texts)
        outputs = explain_ids(to_ids.look_up(tokens))
        return {"tokens": tokens.to_tensor(), **with_label(outputs)}

    return serve, explain
