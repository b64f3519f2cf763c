"""Text classification: each text has one label, or any number of them."""

from keras_attn.data import load_corpus
from keras_attn.data.labels import label_text
from keras_attn.layers import PositionalEncoding, RotaryEmbedding
from keras_attn.models import SentenceClassifier
from keras_attn.runs.classification.data import PARTS, encode_corpus
from keras_attn.runs.classification.fitted_decision import fit_decision
from keras_attn.runs.classification.metrics import f1_scores, measure
from keras_attn.runs.classification.objectives import (
    BalancedLabels,
    OneLabel,
    SeveralLabels,
)
from keras_attn.runs.classification.predictions import predict_split
from keras_attn.runs.classification.tensorboard_callbacks import (
    choose_texts,
    map_callbacks,
)
from keras_attn.runs.errors import UserError
from keras_attn.runs.provenance import fingerprint
from keras_attn.runs.task import Task


class TextClassification(Task):
    """Trains a `SentenceClassifier` on a labeled corpus.

    Args:
        settings: `Settings` of the run, of which `multi_label` and
            `class_weights` determine the objective. Defaults to `None`: one
            label per text, without weights.
    """

    model_class = SentenceClassifier

    def __init__(self, settings=None):
        self._objective = OneLabel()
        if settings is not None and settings.multi_label:
            self._objective = SeveralLabels()
        elif settings is not None and settings.class_weights == "balanced":
            self._objective = BalancedLabels()

    @property
    def metric(self):
        return self._objective.metric

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
            pair_column=settings.pair_column,
            multi_label=settings.multi_label,
            label_separator=settings.label_separator,
            tokens=settings.tokens or "words",
        )

    def fingerprint(self, dataset):
        splits = [getattr(dataset, part) for part in PARTS]
        return fingerprint(dataset.label_names, splits)

    def encode(self, dataset, settings):
        data = encode_corpus(dataset, settings)
        if settings.multi_label and settings.class_weights == "balanced":
            self._objective = SeveralLabels(data.label_weights())
        return data

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
            multi_label=settings.multi_label,
        )
        model.build((None, None))
        return model

    def compile_arguments(self):
        return self._objective.compile_arguments()

    def rank(self, epoch):
        return self._objective.rank(epoch)

    def callbacks(self, board, model, data, settings):
        return map_callbacks(board, model, data, settings)

    def finish(self, model, data, settings):
        if settings.calibrate or settings.multi_label:
            return fit_decision(model, data.corpus, settings.calibrate)
        return {}

    def test(self, model, data, settings):
        tested = super().test(model, data, settings)
        if not settings.multi_label:
            return tested
        # At the thresholds that were chosen, not at 0.5.
        corpus = data.corpus
        found = predict_split(model, corpus, corpus.test)
        scores = f1_scores(found.decided, found.truth)
        return tested | {
            "test_accuracy": found.accuracy,
            **{f"test_{name}": score for name, score in scores.items()},
        }

    def evaluate(self, model, dataset, split, verbose=0):
        return measure(model, dataset, split, verbose)

    def example(self, model, data):
        split = data.corpus.validation
        lengths = data.lengths("validation")
        (row,) = choose_texts(lengths, split.labels, 1)
        result = model.classify([split.texts[row]])[0]
        return result, label_text(split.labels[row], data.corpus.label_names)


def settings_for(model, settings):
    """The settings with which the texts of a trained model are read.

    Args:
        model: `SentenceClassifier`.
        settings: `Settings` of its run, or of the command line.

    Raises:
        UserError: If the model takes pairs of texts and the settings name no
            second column, or the other way round.
    """
    if model.vectorizer.pairs and settings.pair_column is None:
        raise UserError(
            "This model takes pairs of texts. Pass `--pair_column`, the column "
            "with the second text."
        )
    if settings.pair_column is not None and not model.vectorizer.pairs:
        raise UserError(
            "This model takes single texts. Leave out `--pair_column`. "
            f"Received: {settings.pair_column}."
        )
    several = model.decision.is_multi_label
    return settings.model_copy(update={"multi_label": several})


def _position(settings):
    if settings.position == "sinusoidal":
        return PositionalEncoding(
            settings.position_base, settings.dropout, name="position"
        )
    if settings.position == "rotary":
        return RotaryEmbedding(settings.position_base)
    return None if settings.position == "none" else settings.position
