"""Text classification: each text has one of several labels."""

import keras

from keras_attn.data import load_corpus
from keras_attn.layers import PositionalEncoding, RotaryEmbedding
from keras_attn.models import SentenceClassifier
from keras_attn.runs.classification.data import PARTS, encode_corpus
from keras_attn.runs.classification.metrics import measure
from keras_attn.runs.classification.tensorboard_callbacks import (
    choose_texts,
    map_callbacks,
)
from keras_attn.runs.provenance import fingerprint
from keras_attn.runs.task import Task


class TextClassification(Task):
    """Trains a `SentenceClassifier` on a labeled corpus."""

    model_class = SentenceClassifier
    metric = "accuracy"

    def read(self, settings):
        return load_corpus(
            settings.dataset,
            data_dir=settings.data_dir,
            test_file=settings.test_file,
            text_column=settings.text_column,
            label_column=settings.label_column,
            validation_fraction=settings.validation_fraction,
            seed=settings.seed,
            skip_empty=settings.skip_empty,
            labels=settings.labels,
            drop_unknown_labels=settings.drop_unknown_labels,
        )

    def fingerprint(self, dataset):
        splits = [getattr(dataset, part) for part in PARTS]
        return fingerprint(dataset.label_names, splits)

    def encode(self, dataset, settings):
        return encode_corpus(dataset, settings)

    def build_model(self, data, settings):
        model = SentenceClassifier(
            data.vectorizer,
            data.corpus.label_names,
            num_layers=settings.num_layers,
            d_model=settings.d_model,
            num_heads=settings.num_heads,
            feed_forward_dim=settings.feed_forward_dim,
            dropout=settings.dropout,
            position=_position(settings),
            score=settings.score,
            pooling=settings.pooling,
        )
        model.build((None, None))
        return model

    def compile_arguments(self):
        return {
            "loss": keras.losses.SparseCategoricalCrossentropy(
                from_logits=True
            ),
            "metrics": ["accuracy"],
        }

    def rank(self, epoch):
        """Accuracy first, then the loss.

        With few validation texts, many epochs have the same accuracy, and after
        the first of them the model may have learned hardly anything.
        """
        return float(epoch["val_accuracy"]), -float(epoch["val_loss"])

    def callbacks(self, board, model, data, settings):
        return map_callbacks(board, model, data, settings)

    def evaluate(self, model, dataset, split):
        return measure(model, dataset, split)

    def example(self, model, data):
        split = data.corpus.validation
        lengths = data.lengths("validation")
        (row,) = choose_texts(lengths, split.labels, 1)
        result = model.classify([split.texts[row]])[0]
        return result, data.corpus.label_names[split.labels[row]]


def _position(settings):
    if settings.position == "sinusoidal":
        return PositionalEncoding(
            settings.position_base, settings.dropout, name="position"
        )
    if settings.position == "rotary":
        return RotaryEmbedding(settings.position_base)
    return None if settings.position == "none" else settings.position
