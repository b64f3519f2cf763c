"""The attention maps of a few sentences, as pictures in TensorBoard."""

import numpy as np
import tensorflow as tf

from keras_attn.maps import call_with_attention
from keras_attn.tensorboard.encoding import check_texts, encode_texts
from keras_attn.tensorboard.epoch_writer import EpochWriter
from keras_attn.tensorboard.figures import attention_figure
from keras_attn.tensorboard.layer_tags import layer_tags
from keras_attn.tensorboard.predictions import class_probabilities, verdict
from keras_attn.tensorboard.visible_text import visible_text

_TEXT_CHARACTERS = 160  # of a sentence in a title; a longer one is shortened


class AttentionMaps(EpochWriter):
    """Draws the same few sentences every n epochs, for the Images dashboard.

    One picture for each sentence and layer, all heads side by side, under the
    tag `attention/sentence_0/encoder_block_0` and in the run `attention`:
    before training, every n epochs, and after the last one. The step is the
    number of epochs trained. Any Keras model with an attention layer will do;
    see `keras_attn.maps.capture_attention`.

    TensorBoard keeps ten steps of a picture unless it is started with
    `--samples_per_plugin images=100`.

    Args:
        log_dir: Path of the log directory, the same that
            `keras.callbacks.TensorBoard` is given.
        texts: List of strings, the sentences to draw. Four are many.
        labels: Their true labels, ids or names. Defaults to `None`: not shown.
        encode: Function from a list of texts to `(inputs, tokens)`, the
            model's inputs and a list of token lists; see `encode_texts`.
            Defaults to `None`: the model's own `vectorizer`.
        label_names: Names of the classes by id. Defaults to `None`: the
            model's `labels` if it has any.
        every_n_epochs: Positive integer. Defaults to `1`.
        layers: Names or paths of the layers to draw, as in
            `keras_attn.maps.record_attention`. Defaults to `None`: all.
        max_tokens: Positive integer; of a longer sentence only so many tokens
            are drawn, and the title says so. Defaults to `48`.

    Raises:
        ValueError: At construction if an argument is out of range; when
            training begins if the model has no attention layer, no
            vectorizer where one is needed, or another number of classes.

    Example:

    >>> maps = AttentionMaps("logs", ["a good dog", "a bad dog"])
    >>> model.fit(x, y, callbacks=[keras.callbacks.TensorBoard("logs"), maps])
    """

    def __init__(
        self,
        log_dir,
        texts,
        labels=None,
        *,
        encode=None,
        label_names=None,
        every_n_epochs=1,
        layers=None,
        max_tokens=48,
    ):
        super().__init__(log_dir, "attention", every_n_epochs)
        self.texts = check_texts(texts)
        self.labels = [None] * len(self.texts) if labels is None else labels
        if len(self.labels) != len(self.texts):
            raise ValueError(
                f"{len(self.labels)} labels do not fit {len(self.texts)} texts."
            )
        if not isinstance(max_tokens, int) or max_tokens < 1:
            raise ValueError(
                "`max_tokens` must be a positive integer. Received: "
                f"max_tokens={max_tokens!r}."
            )
        self.encode = encode
        self.label_names = label_names
        self.layers = layers
        self.max_tokens = max_tokens

    def write_summaries(self, step):
        inputs, tokens = encode_texts(self.model, self.texts, self.encode)
        outputs, maps = call_with_attention(self.model, inputs, self.layers)
        verdicts = self._verdicts(outputs)
        tags = layer_tags(maps, self.model.name)
        longest = max(map(len, tokens))
        for path, weights in maps.items():
            for index, its_tokens in enumerate(tokens):
                rows, columns = (
                    self._axis(length, its_tokens, longest)
                    for length in weights.shape[2:]
                )
                figure = attention_figure(
                    weights[index, :, : len(rows), : len(columns)],
                    rows,
                    columns,
                    self._title(index, tags[path], verdicts, step, its_tokens),
                )
                _write_image(f"attention/sentence_{index}/{tags[path]}", figure)

    def _verdicts(self, outputs):
        """For each sentence its true label and the prediction, as in titles."""
        names = self.label_names
        if names is None:
            names = getattr(self.model, "labels", None)
        probabilities = class_probabilities(outputs)
        if probabilities is None:
            probabilities = [None] * len(self.texts)
        elif names is not None and len(names) != probabilities.shape[1]:
            raise ValueError(
                f"{len(names)} label names do not fit a model of "
                f"{probabilities.shape[1]} classes."
            )
        return [
            verdict(row, label, names)
            for row, label in zip(probabilities, self.labels, strict=True)
        ]

    def _axis(self, length, tokens, longest):
        """What to write along an axis of a map, its padding left out."""
        if length < longest:  # not the sentence's axis, as in cross-attention
            tokens = [str(position) for position in range(length)]
        return tokens[: self.max_tokens]

    def _title(self, index, tag, verdicts, step, tokens):
        text = " ".join(self.texts[index].split())
        parts = [tag, *verdicts[index]]
        parts.append(f"after epoch {step}" if step else "before training")
        if len(tokens) > self.max_tokens:
            parts.append(f"first {self.max_tokens} of {len(tokens)} tokens")
        parts = [visible_text(part) for part in parts]
        return f"{visible_text(text, _TEXT_CHARACTERS)}\n{' · '.join(parts)}"


def _write_image(tag, figure):
    figure.canvas.draw()
    pixels = tf.constant(np.asarray(figure.canvas.buffer_rgba()))
    tf.summary.image(tag, pixels[None, :, :, :3])
