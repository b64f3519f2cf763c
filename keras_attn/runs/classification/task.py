"""Text classification: each text has one of several labels."""

import functools
from dataclasses import dataclass

import keras
import numpy as np

from keras_attn.data import Corpus, LengthBatches, load_corpus
from keras_attn.layers import PositionalEncoding, RotaryEmbedding
from keras_attn.models import SentenceClassifier
from keras_attn.runs.classification.metrics import measure
from keras_attn.runs.classification.tensorboard_callbacks import (
    choose_texts,
    map_callbacks,
)
from keras_attn.runs.provenance import fingerprint
from keras_attn.runs.task import Task, TaskData
from keras_attn.text import TextError, Vectorizer

_PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class ClassificationData(TaskData):
    """A corpus, its vocabulary and its token ids.

    Args:
        corpus: `keras_attn.data.Corpus`.
        vectorizer: `Vectorizer`, learned on the training split.
        ids: Dictionary from the name of each split to a list of int32 arrays,
            one per text.
    """

    corpus: Corpus
    vectorizer: Vectorizer
    ids: dict[str, list[np.ndarray]]

    @property
    def num_examples(self):
        return len(self.ids["train"])

    @property
    def num_tokens(self):
        return sum(len(row) for row in self.ids["train"])

    @functools.cached_property
    def num_cut(self):
        """The number of texts that reach the maximum length."""
        longest = self.vectorizer.max_length
        return sum(
            len(row) == longest for rows in self.ids.values() for row in rows
        )

    def batches(self, part, settings, seed=None):
        return LengthBatches(
            self.ids[part],
            getattr(self.corpus, part).labels,
            batch_size=settings.batch_size,
            tokens_per_batch=settings.tokens_per_batch,
            seed=seed,
        )

    def summary(self):
        corpus = self.corpus
        lines = [
            f"{corpus.name}: {corpus.text_column} -> {corpus.label_column} "
            f"({len(corpus.label_names)} labels), "
            f"{self.vectorizer.num_ids:,} token ids"
        ]
        for part in _PARTS:
            split = getattr(corpus, part)
            lines.append(f"  {part:<10} {len(split):>7,} from {split.source}")
        if self.num_cut:
            lines.append(
                f"  {self.num_cut:,} texts reach the limit of "
                f"{self.vectorizer.max_length} tokens; anything beyond it is "
                "not read (--max_length)"
            )
        return lines

    def description(self):
        splits = {part: getattr(self.corpus, part) for part in _PARTS}
        return {
            "labels": list(self.corpus.label_names),
            "split_sizes": {part: len(s) for part, s in splits.items()},
            "split_sources": {part: s.source for part, s in splits.items()},
            "texts_cut": self.num_cut,
        }


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
        )

    def fingerprint(self, dataset):
        splits = [getattr(dataset, part) for part in _PARTS]
        return fingerprint(dataset.label_names, splits)

    def encode(self, dataset, settings):
        vectorizer = Vectorizer.learn(
            dataset.train.texts,
            max_tokens=settings.vocabulary_size,
            min_count=settings.min_count,
            max_length=settings.max_length,
        )
        ids = {p: _ids(vectorizer, getattr(dataset, p)) for p in _PARTS}
        return ClassificationData(dataset, vectorizer, ids)

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
        lengths = [len(ids) for ids in data.ids["validation"]]
        (row,) = choose_texts(lengths, split.labels, 1)
        result = model.classify([split.texts[row]])[0]
        return result, data.corpus.label_names[split.labels[row]]


def _ids(vectorizer, split):
    """The ids of each text of a split; an error quotes the text."""
    found = []
    for text in split.texts:
        try:
            found.append(vectorizer.encode_text(text).ids)
        except TextError as error:
            where = f"{split.source}: the text {text[:40]!r}"
            raise TextError(error.problem, where) from None
    return found


def _position(settings):
    if settings.position == "sinusoidal":
        return PositionalEncoding(
            settings.position_base, settings.dropout, name="position"
        )
    if settings.position == "rotary":
        return RotaryEmbedding(settings.position_base)
    return None if settings.position == "none" else settings.position
