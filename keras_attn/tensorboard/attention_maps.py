"""A callback that logs the attention maps of a few texts during training."""

from keras_attn._checks import require_positive_integer
from keras_attn.tensorboard.attention_summary import log_notices
from keras_attn.tensorboard.encoding import require_texts
from keras_attn.tensorboard.predictions import (
    class_names,
    class_output,
    predicted,
)
from keras_attn.tensorboard.scheduled_writer import ScheduledWriter
from keras_attn.tensorboard.text_record import text_record
from tensorboard_plugin_attention.encode import encode_record
from tensorboard_plugin_attention.writer import event_summary

_TAG = "attention"


class AttentionMaps(ScheduledWriter):
    """Log the attention maps of the same few texts during training.

    TensorBoard's Attention tab shows every layer and head for each text, with
    its label and the model's prediction. The maps are logged before training,
    every n epochs or batches, and at the end of training. Any Keras or KerasHub
    model with an attention layer works; see
    `keras_attn.maps.capture_attention`.

    The step is the number of epochs trained, or of batches with
    `every_n_steps`. Anything beyond `max_tokens` or `max_bytes` is dropped,
    with one warning from the logger `keras_attn`.

    Args:
        log_dir: The `keras.callbacks.TensorBoard` passed to the same `fit`, to
            write the maps to its run `train`, next to the curves. Or the path
            of the log directory, to write them to a separate run, `attention`.
        texts: List of strings, the texts to log. Four are plenty.
        labels: Their true labels, as ids or names; for a model with several
            labels per text, a list of them for each text. Defaults to `None`:
            unknown.
        encode: Function from a list of texts to `(inputs, tokens)`, the inputs
            of the model and a list of token lists. For cross-attention, it
            returns `(inputs, tokens, key_tokens)`. Token lists start at
            position 0 and include special tokens, and positions beyond the end
            of a list are padding. Defaults to `None`: the model's own
            `vectorizer`.
        label_names: Names of the classes by id. Defaults to `None`: the
            model's `labels`, if it has any.
        layers: Names or paths of the layers to log; see
            `keras_attn.maps.record_attention`. Defaults to `None`: all.
        every_n_epochs: Positive integer. Defaults to `1`.
        every_n_steps: Positive integer, in batches. Replaces `every_n_epochs`.
            Defaults to `None`: by epochs.
        images: Boolean, whether to also draw each map for the Images tab, with
            the tag `attention/sentence_0/encoder_block_0`. This is much slower
            and requires matplotlib. Defaults to `False`.
        pairs: A (query, key) pair of positions for each text, such as a pronoun
            and its referent, or `None`. Defaults to `None`.
        special: For each text, a list of the positions of special tokens such
            as "[CLS]". Defaults to `None`.
        kinds: Dict from layer tag to `"self"`, `"cross"`, `"pool"` or
            `"key_self"`; see `tensorboard_plugin_attention.encode_attention`.
            Defaults to `None`: inferred from the shapes.
        precision: String, `"standard"` (16 bits), `"compact"` (8 bits) or
            `"full"` (float32). Defaults to `"standard"`.
        max_tokens: Positive integer, the number of tokens kept per axis.
            Defaults to `128`.
        max_bytes: Positive integer, the size limit of one step in bytes.
            Defaults to 4 MiB.

    Raises:
        ValueError: At construction, if an argument is invalid. When training
            begins, if the model has no attention layer, if it has no vectorizer
            and `encode` is not given, if the number of classes is wrong, if an
            argument does not match the texts, or if the TensorBoard callback
            was not passed to the same `fit`.
        ImportError: If `images` is true and matplotlib is not installed.

    Example:

    >>> board = keras.callbacks.TensorBoard("logs")
    >>> maps = AttentionMaps(board, ["a good dog", "a bad dog"])
    >>> model.fit(x, y, callbacks=[board, maps])
    """

    def __init__(
        self,
        log_dir,
        texts,
        labels=None,
        *,
        encode=None,
        label_names=None,
        layers=None,
        every_n_epochs=1,
        every_n_steps=None,
        images=False,
        pairs=None,
        special=None,
        kinds=None,
        precision="standard",
        max_tokens=128,
        max_bytes=4 << 20,
    ):
        super().__init__(log_dir, "attention", every_n_epochs, every_n_steps)
        self.texts = require_texts(texts)
        self.labels = [None] * len(self.texts) if labels is None else labels
        if len(self.labels) != len(self.texts):
            raise ValueError(
                "`labels` must have one entry per text. Received: "
                f"{len(self.labels)} labels for {len(self.texts)} texts."
            )
        require_positive_integer("max_tokens", max_tokens)
        require_positive_integer("max_bytes", max_bytes)
        self.encode = encode
        self.label_names = label_names
        self.layers = layers
        self.pairs = pairs
        self.special = special
        self.kinds = kinds
        self.precision = precision
        self.max_tokens = max_tokens
        self.max_bytes = max_bytes
        self._draw = _image_summaries() if images else None
        self._logged = set()  # notices that have been logged

    def summaries(self, step):
        notices = []
        record = text_record(
            self.model,
            self.texts,
            self.encode,
            layers=self.layers,
            kinds=self.kinds,
            describe=lambda outputs: self._details(outputs, notices),
        )
        items, left_out = encode_record(
            record,
            precision=self.precision,
            max_tokens=self.max_tokens,
            max_bytes=self.max_bytes,
        )
        notices += left_out
        log_notices(_TAG, [n for n in notices if n not in self._logged])
        self._logged.update(notices)
        yield event_summary(_TAG, items)
        if self._draw is not None:
            when = f"after {self.unit} {step}" if step else "before training"
            yield from self._draw(record, when, self.max_tokens)

    def _details(self, outputs, notices):
        """Return what the tab shows with the maps; see `attention_record`.

        If the outputs contain no prediction, the reason is added to `notices`.
        """
        names = self.label_names
        if names is None:
            names = getattr(self.model, "labels", None)
        output, reason = class_output(outputs, names)
        notices += [reason] if reason else []
        probabilities, predictions = None, None
        if not reason:
            probabilities, predictions = predicted(output, self.model, names)
        if (
            probabilities is not None
            and names is not None
            and len(names) != probabilities.shape[1]
        ):
            raise ValueError(
                f"The model has {probabilities.shape[1]} classes, but there "
                f"are {len(names)} label names."
            )
        return {
            "labels": [
                None if label is None else class_names(label, names)
                for label in self.labels
            ],
            "predictions": predictions,
            "probabilities": probabilities,
            "label_names": names,
            "pairs": self.pairs,
            "special": self.special,
        }


def _image_summaries():
    # Drawing needs matplotlib; the maps themselves do not.
    from keras_attn.tensorboard.attention_images import image_summaries

    return image_summaries
