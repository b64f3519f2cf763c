"""`export_saved_model`: texts in; labels, probabilities, attention out."""

from keras_attn.export.parity import prove_parity
from keras_attn.export.requirements import (
    require_classifier,
    require_tensorflow,
)
from keras_attn.export.staging import staged
from keras_attn.export.texts import as_texts


def export_saved_model(model, path, texts=None, keep_miss=False):
    """Export a classifier as a SavedModel, and compare it with the model.

    TensorFlow alone can load it: tokenization, vocabulary and labels are part
    of the graph. Both signatures take `texts`, a string tensor `(B,)`:

    - `serve` (also `serving_default`) returns `label`, strings `(B,)`, and
      `probabilities`, float32 `(B, C)`. A multi-label model also returns
      `decided`, booleans `(B, C)`: the labels that a text has.
    - `explain` also returns `tokens`, strings `(B, T)` padded with "", and
      the attention of each layer, `attention_0`, `attention_1`, ...
      `(B, H, T, T)`. An attention pooling comes last, `(B, hops, 1, T)`.

    MLflow's model server can serve the folder: see `docs/serving.md`.

    The two texts of a pair are one string, separated by a tab. Without a tab,
    the second text is empty.

    Bytes that are not UTF-8 are read as U+FFFD. Only the first `max_length`
    tokens of a text are read. For a text without tokens, the result depends
    only on the model's biases.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        path: String or `Path` of the folder to create.
        texts: List of strings on which the two models are compared. Defaults
            to a few texts made from the vocabulary.
        keep_miss: Boolean, whether to keep a folder that exceeds its bound in
            `keras_attn.export.BOUNDS`. Defaults to `False`.

    Returns:
        A `keras_attn.export.Parity`, over probabilities and attention.

    Raises:
        FileExistsError: If `path` exists.
        ParityError: If the models differ, as some models in half precision
            do. Nothing is written.
        RuntimeError: If Keras does not run on TensorFlow.
        TypeError: If `model` is not a `SentenceClassifier`.
        ValueError: If `texts` is not a list of strings.

    Example:

        keras_attn.export.export_saved_model(model, "export/model")
        loaded = tf.saved_model.load("export/model")
        loaded.serve(tf.constant(["a good dog"]))["label"]
    """
    require_tensorflow("export_saved_model")
    require_classifier(model)
    texts = as_texts("texts", texts)
    from keras_attn.export.saved_model.conversion import write
    from keras_attn.export.saved_model.folder import SavedModelFolder

    with staged(path) as folder:
        write(model, folder)
        exported = SavedModelFolder(folder)
        return prove_parity(
            "The SavedModel", model, exported, texts, None, keep_miss
        )
