"""The attention maps of a few sentences, followed through training."""

from keras_attn.maps import call_with_attention
from keras_attn.tensorboard.attention_images import write_images
from keras_attn.tensorboard.encoding import check_texts, encode_texts
from keras_attn.tensorboard.layer_tags import layer_tags
from keras_attn.tensorboard.predictions import (
    class_name,
    class_output,
    class_probabilities,
)
from keras_attn.tensorboard.scheduled_writer import ScheduledWriter
from keras_attn.tensorboard.summary import log_notices, write_attention
from tensorboard_plugin_attention.axes import axes_of
from tensorboard_plugin_attention.checks import require_positive_integer

_TAG = "attention"
_OPTIONS = (
    *("special", "pairs", "kinds"),
    *("precision", "max_tokens", "max_bytes"),
)


class AttentionMaps(ScheduledWriter):
    """Logs the attention maps of the same few sentences while a model trains.

    TensorBoard's Attention tab shows them: every layer and head of every
    sentence, with its label and what the model says of it, before training,
    every n epochs or batches, and after the last. Any Keras or KerasHub model
    with an attention layer will do; see `keras_attn.maps.capture_attention`.

    The step is the number of epochs trained, or with `every_n_steps` that of
    batches. What does not fit into the limits is left out, and a warning of
    the logger `keras_attn` says so, once.

    Args:
        log_dir: The `keras.callbacks.TensorBoard` of the same fit: maps stand
            in its run `train`, beside the curves. Or the path of the log
            directory: they have the run `attention`.
        texts: List of strings, the sentences to log. Four are many.
        labels: Their true labels, ids or names. Defaults to `None`: not shown.
        encode: Function from a list of texts to `(inputs, tokens)`, the
            model's inputs and a list of token lists; for cross-attention
            `(inputs, tokens, key_tokens)`. The first token stands at position
            0, special tokens count, and positions beyond a list are padding.
            Defaults to `None`: the model's own `vectorizer`.
        label_names: Names of the classes by id. Defaults to `None`: the
            model's `labels` if it has any.
        layers: Names or paths of the layers to log, as in
            `keras_attn.maps.record_attention`. Defaults to `None`: all.
        every_n_epochs: Positive integer. Defaults to `1`.
        every_n_steps: Positive integer, in batches; takes the place of
            `every_n_epochs`. Defaults to `None`: by epochs.
        images: Whether to draw each map for the Images tab too, under the tag
            `attention/sentence_0/encoder_block_0`. That takes far longer.
            Defaults to `False`.
        **options: `pairs`, a (query, key) position for each text or `None`;
            `special`, for each text the positions of tokens such as "[CLS]";
            `kinds`; `precision`; `max_tokens`, by default 128; `max_bytes` of a
            step, by default 4 MiB. As in
            `tensorboard_plugin_attention.encode_attention`.

    Raises:
        ValueError: At construction if an argument is out of range; when
            training begins if the model has no attention layer, no
            vectorizer where one is needed, or another number of classes, if
            an option does not fit the texts, or if the TensorBoard callback
            is not among those of the fit.

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
        **options,
    ):
        super().__init__(log_dir, "attention", every_n_epochs, every_n_steps)
        self.texts = check_texts(texts)
        self.labels = [None] * len(self.texts) if labels is None else labels
        self.encode = encode
        self.label_names = label_names
        self.layers = layers
        self.images = images
        self.options = {"max_tokens": 128, **options}
        self._check_options()
        self._told = set()  # notices that were logged

    def write_summaries(self, step):
        inputs, tokens, key_tokens = encode_texts(
            self.model, self.texts, self.encode
        )
        outputs, maps = call_with_attention(self.model, inputs, self.layers)
        tags = layer_tags(maps, self.model.name)
        maps = {tags[path]: weights for path, weights in maps.items()}
        probabilities, names, reasons = self._classes(outputs)
        labels = [
            None if label is None else class_name(label, names)
            for label in self.labels
        ]
        kinds = _kinds(maps, tokens) | (self.options.get("kinds") or {})
        notices = write_attention(
            _TAG,
            maps,
            tokens,
            step,
            key_tokens=key_tokens,
            texts=self.texts,
            labels=labels,
            probabilities=probabilities,
            label_names=names,
            model=self.model.name,
            **(self.options | {"kinds": kinds}),
        )
        notices = [*reasons, *notices]
        log_notices(_TAG, [n for n in notices if n not in self._told])
        self._told.update(notices)
        if self.images:
            after = f"after {self.unit} {step}" if step else "before training"
            write_images(
                maps,
                _sides(maps, tokens, key_tokens, kinds),
                self._examples(tokens, key_tokens, labels, probabilities),
                names,
                after,
                self.options["max_tokens"],
            )

    def _check_options(self):
        if len(self.labels) != len(self.texts):
            raise ValueError(
                f"{len(self.labels)} labels do not fit {len(self.texts)} texts."
            )
        for name, value in self.options.items():
            if name not in _OPTIONS:
                raise TypeError(
                    f"AttentionMaps has no argument {name!r}. Its options are "
                    f"{', '.join(_OPTIONS)}."
                )
            if name.startswith("max_"):
                require_positive_integer(name, value)

    def _classes(self, outputs):
        """Probabilities (B, C) or None, the names of the classes or None, and
        why there are no probabilities if that is odd: a list of sentences.

        What is no classifier has labels all the same.
        """
        names = self.label_names
        if names is None:
            names = getattr(self.model, "labels", None)
        output, reason = class_output(outputs, names)
        probabilities = None if reason else class_probabilities(output)
        if (
            probabilities is not None
            and names is not None
            and len(names) != probabilities.shape[1]
        ):
            raise ValueError(
                f"{len(names)} label names do not fit a model of "
                f"{probabilities.shape[1]} classes."
            )
        return probabilities, names, [reason] if reason else []

    def _examples(self, tokens, key_tokens, labels, probabilities):
        """What the pictures say of each sentence."""
        count = len(self.texts)
        missing = [None] * count
        columns = {
            "text": self.texts,
            "tokens": tokens,
            "key_tokens": missing if key_tokens is None else key_tokens,
            "label": labels,
            "probabilities": missing
            if probabilities is None
            else probabilities,
        }
        return [
            {name: values[index] for name, values in columns.items()}
            for index in range(count)
        ]


def _kinds(maps, tokens):
    """What shapes alone do not tell, by layer.

    Fewer rows than tokens look at all the tokens: a pooling in several hops.
    """
    longest = max(map(len, tokens))
    return {
        layer: "pool"
        for layer, weights in maps.items()
        if weights.shape[2] < longest <= weights.shape[3]
    }


def _sides(maps, tokens, key_tokens, kinds):
    """Layer -> whose tokens its rows and columns are."""
    longest = max(map(len, tokens))
    longest_key = None if key_tokens is None else max(map(len, key_tokens))
    found = {}
    for layer, weights in maps.items():
        axes = axes_of(
            layer, weights.shape, longest, longest_key, kinds.get(layer)
        )
        found[layer] = (axes.rows, axes.columns)
    return found
