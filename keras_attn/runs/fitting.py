"""One training run, from a corpus to a model that was measured once."""

import csv
import functools
import time
from dataclasses import dataclass

import keras

from keras_attn.data import Corpus, LengthBatches
from keras_attn.layers import PositionalEncoding, RotaryEmbedding
from keras_attn.models import SentenceClassifier
from keras_attn.runs.allocator import KeepFreedMemory
from keras_attn.runs.optimizer import build_optimizer
from keras_attn.runs.tensorboard_callbacks import watching_callbacks
from keras_attn.text import Vectorizer


@dataclass(frozen=True)
class Data:
    """A corpus with its vocabulary and its ids, ready to be batched."""

    corpus: Corpus
    vectorizer: Vectorizer
    ids: dict[str, list]  # "train", "validation", "test" -> one array a text

    def batches(self, part, settings, seed=None):
        """`LengthBatches` over a part, shuffled where there is a seed."""
        return LengthBatches(
            self.ids[part],
            getattr(self.corpus, part).labels,
            batch_size=settings.batch_size,
            tokens_per_batch=settings.tokens_per_batch,
            seed=seed,
        )

    @property
    def num_tokens(self):
        """Tokens to train on, as far as the model reads."""
        return sum(len(row) for row in self.ids["train"])

    @functools.cached_property
    def num_cut(self):
        """How many texts may go on where the model stops reading."""
        longest = self.vectorizer.max_length
        return sum(
            len(row) == longest for rows in self.ids.values() for row in rows
        )


def prepare(corpus, settings):
    """Learns the vocabulary from the training split and encodes all three."""
    vectorizer = Vectorizer.learn(
        corpus.train.texts,
        max_tokens=settings.vocabulary_size,
        min_count=settings.min_count,
        max_length=settings.max_length,
    )
    parts = ("train", "validation", "test")
    ids = {p: vectorizer.encode(getattr(corpus, p).texts) for p in parts}
    return Data(corpus, vectorizer, ids)


def build_model(data, settings, num_steps):
    """A compiled `SentenceClassifier`."""
    model = _classifier(data, settings)
    model.compile(
        optimizer=build_optimizer(settings, num_steps),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # Batches have many lengths, and each would be compiled anew.
        jit_compile=False,
    )
    return model


def _classifier(data, settings):
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


def _position(settings):
    if settings.position == "sinusoidal":
        return PositionalEncoding(
            settings.position_base, settings.dropout, name="position"
        )
    if settings.position == "rotary":
        return RotaryEmbedding(settings.position_base)
    return None if settings.position == "none" else settings.position


def fit(data, settings, run, verbose):
    """Trains, goes back to the best epoch, and tests once.

    Args:
        data: `Data`.
        settings: `Settings`.
        run: `RunDir`, in which a stopped run can be resumed.
        verbose: As in `keras.Model.fit`.

    Returns:
        The model and a dictionary of what was measured.
    """
    train = data.batches("train", settings, seed=settings.seed)
    model = build_model(data, settings, len(train) * settings.epochs)
    clock = _Clock()
    model.fit(
        train,
        validation_data=data.batches("validation", settings),
        epochs=settings.epochs,
        shuffle=False,  # `train` shuffles, by seed and epoch
        verbose=verbose,
        callbacks=[
            train.epoch_callback(),
            *_checkpoints(run),
            *watching_callbacks(model, data, settings, run),
            clock,
            KeepFreedMemory(),
        ],
    )
    model = _best_model(model, data, settings, run)
    test_loss, test_accuracy = model.evaluate(
        data.batches("test", settings), verbose=0
    )
    return model, {
        "test_accuracy": test_accuracy,
        "test_loss": test_loss,
        **_best_epoch(run),
        "epochs": settings.epochs,
        "seconds": clock.seconds,
        "examples_per_second": clock.per_second(len(train.ids)),
        "real_tokens_per_second": clock.per_second(data.num_tokens),
        "padding_share": train.padding_share,
        "parameters": model.count_params(),
    }


def _best_model(model, data, settings, run):
    """The model of the best epoch, in float32 whatever it was trained in.

    A half-precision policy is for speed in training. Everywhere else it would
    only lose digits, and TFLite has no bfloat16.
    """
    model.load_weights(_best_weights(run))
    if settings.precision == "float32":
        return model
    keras.config.set_dtype_policy("float32")
    exact = build_model(data, settings, num_steps=1)
    exact.set_weights(model.get_weights())
    return exact


def _best_weights(run):
    return run.unfinished / "best.weights.h5"


def _checkpoints(run):
    """Keeps the best epoch so far, the history, and a way back after a stop."""
    epochs = _epochs_so_far(run)
    return [
        _BestWeights(_best_weights(run), max(map(_rank, epochs), default=None)),
        keras.callbacks.CSVLogger(run.history, append=bool(epochs)),
        keras.callbacks.BackupAndRestore(
            run.unfinished / "backup", delete_checkpoint=False
        ),
    ]


class _BestWeights(keras.callbacks.Callback):
    """Saves the weights of each epoch that is better than all before it."""

    def __init__(self, path, best):
        super().__init__()
        self._path = path
        self._best = best

    def on_epoch_end(self, epoch, logs=None):
        rank = _rank(logs)
        if self._best is None or rank > self._best:
            self._best = rank
            self.model.save_weights(self._path)


def _rank(epoch):
    """How good an epoch is: accuracy first, and among equals the loss.

    On few sentences many epochs have the same accuracy, and the first of them
    may know little more than which side of 0.5 to be on.
    """
    return float(epoch["val_accuracy"]), -float(epoch["val_loss"])


def _epochs_so_far(run):
    if not run.history.exists():
        return []
    with open(run.history, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _best_epoch(run):
    best = max(_epochs_so_far(run), key=_rank)
    return {
        "best_epoch": int(best["epoch"]) + 1,
        "validation_accuracy": float(best["val_accuracy"]),
    }


class _Clock(keras.callbacks.Callback):
    """Seconds spent in training steps, validation and drawing left out."""

    def __init__(self):
        super().__init__()
        self.seconds = 0.0
        self.epochs = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._began = time.perf_counter()
        self._running = True

    def on_test_begin(self, logs=None):
        if self._running:
            self.seconds += time.perf_counter() - self._began
            self.epochs += 1
            self._running = False

    def per_second(self, number):
        """Speed, of `number` things an epoch; 0 where no epoch was left."""
        return number * self.epochs / self.seconds if self.epochs else 0.0
