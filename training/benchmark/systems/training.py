"""Training of the same classifier by this package and by KerasHub.

Two blocks of width 128 with 4 heads and a feed-forward width of 512, dropout
0.1, on real texts encoded by the same vectorizer. A run is one epoch.
"""

import functools
import tempfile
import time
from pathlib import Path

import numpy as np

from training.benchmark.systems import Run

_WIDTH, _HEADS, _HIDDEN, _BLOCKS, _DROPOUT = 128, 4, 512, 2, 0.1
_SIZES = {
    "num_layers": _BLOCKS,
    "d_model": _WIDTH,
    "num_heads": _HEADS,
    "feed_forward_dim": _HIDDEN,
    "dropout": _DROPOUT,
}
_RATE = 5e-4


class _Epochs:
    """A model that is trained for one epoch per run.

    Args:
        fit: Function of the number of the epoch that trains for one epoch.
        accuracy: Function that returns the accuracy on the validation split.
    """

    def __init__(self, fit, accuracy):
        self._fit, self._accuracy, self._epoch = fit, accuracy, 0

    def run(self):
        self._fit(self._epoch)
        self._epoch += 1

    def results(self):
        return {"accuracy": np.asarray(self._accuracy())}


@functools.cache
def _data(dataset, data_dir, max_length, num_texts):
    """Return the vectorizer, and ids and labels of train and validation."""
    from keras_attn.data import load_corpus
    from keras_attn.text import Vectorizer

    corpus = load_corpus(dataset, data_dir=data_dir)
    train, validation = corpus.train, corpus.validation
    vectorizer = Vectorizer.learn(train.texts, max_length=max_length)
    splits = []
    for split, count in ((train, num_texts), (validation, None)):
        ids = vectorizer.encode(split.texts[:count])
        splits.append((ids, np.asarray(split.labels[:count])))
    return vectorizer, corpus.label_names, *splits


def ours(dataset, data_dir, max_length, num_texts):
    """The command: `LengthBatches`, and the optimizer of `keras-attn train`."""
    import keras

    from keras_attn.runs.callbacks import KeepFreedMemory

    keras.utils.set_random_seed(0)
    vectorizer, labels, train, validation = _data(
        dataset, data_dir, max_length, num_texts
    )
    model = our_model(vectorizer, labels)
    return _on_length_batches(model, train, validation, [KeepFreedMemory()])


def ours_watched(dataset, data_dir, max_length, num_texts):
    """The same with all that `keras-attn train` logs and saves.

    A run returns the share of the `maps` of four texts, and of `everything`:
    also TensorBoard's curves, the best weights, the history and a backup.
    """
    import keras

    from keras_attn.data import LengthBatches

    keras.utils.set_random_seed(0)
    vectorizer, labels, train, validation = _data(
        dataset, data_dir, max_length, num_texts
    )
    model = our_model(vectorizer, labels)
    batches, checked = LengthBatches(*train, seed=0), LengthBatches(*validation)

    def fit():
        with tempfile.TemporaryDirectory() as folder:
            watchers = _watchers(Path(folder), vectorizer, validation)
            meter = _meter(watchers)
            model.fit(
                batches,
                validation_data=checked,
                epochs=2,
                shuffle=False,
                verbose=0,
                callbacks=[batches.epoch_callback(), *watchers, meter],
            )
        spent = meter.seconds
        rest = meter.epoch - sum(spent.values())
        return {
            "maps": spent["AttentionMaps"] / rest,
            "everything": sum(spent.values()) / rest,
        }

    return Run(fit)


def _watchers(folder, vectorizer, validation):
    import keras

    from keras_attn.runs.backup import Backup
    from keras_attn.runs.callbacks import BestWeights
    from keras_attn.tensorboard import AttentionMaps

    board = keras.callbacks.TensorBoard(
        str(folder / "logs"), write_graph=False, profile_batch=0
    )
    return [
        BestWeights(
            folder / "best.weights.h5", lambda epoch: epoch["val_accuracy"]
        ),
        keras.callbacks.CSVLogger(folder / "history.csv"),
        Backup(folder / "backup"),
        board,
        AttentionMaps(board, vectorizer.decode(validation[0][:4])),
    ]


def _meter(callbacks):
    """A last callback with the CPU seconds of an epoch and of `callbacks`."""
    import keras

    class Meter(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.seconds = dict.fromkeys(self.seconds, 0.0)
            self._began = time.process_time()

        def on_epoch_end(self, epoch, logs=None):
            self.epoch = time.process_time() - self._began

    def timed(name, method):
        @functools.wraps(method)
        def wrapper(*args, **kwargs):
            began = time.process_time()
            try:
                return method(*args, **kwargs)
            finally:
                meter.seconds[name] += time.process_time() - began

        return wrapper

    meter = Meter()
    meter.seconds = {type(c).__name__: 0.0 for c in callbacks}
    for callback in callbacks:
        for name in filter(lambda n: n.startswith("on_"), dir(callback)):
            method = timed(type(callback).__name__, getattr(callback, name))
            setattr(callback, name, method)
    return meter


def our_layers_in_a_script(dataset, data_dir, max_length, num_texts):
    """Our layers in a model of the user's, with a plain `fit`."""
    import keras

    from keras_attn.layers import MaskedMeanPooling
    from keras_attn.models import TextEncoder

    keras.utils.set_random_seed(0)
    vectorizer, labels, train, validation = _data(
        dataset, data_dir, max_length, num_texts
    )
    ids = keras.Input((None,), dtype="int32")
    x = TextEncoder(
        vectorizer.num_ids,
        **_SIZES,
    )(ids)
    x = MaskedMeanPooling()(x)
    model = keras.Model(ids, keras.layers.Dense(len(labels))(x))
    _compile(model, keras.optimizers.AdamW(_RATE))
    return _on_length_batches(model, train, validation, [])


def keras_hub_on_our_batches(dataset, data_dir, max_length, num_texts):
    """KerasHub's layers on batches of similar length."""
    from keras_attn.runs.callbacks import KeepFreedMemory

    vectorizer, labels, train, validation = _data(
        dataset, data_dir, max_length, num_texts
    )
    model = _keras_hub_model(vectorizer, labels, max_length)
    return _on_length_batches(model, train, validation, [KeepFreedMemory()])


def keras_hub_padded(dataset, data_dir, max_length, num_texts):
    """KerasHub's layers on batches padded to one length, its documented way."""
    from keras_attn.text import pad

    vectorizer, labels, train, validation = _data(
        dataset, data_dir, max_length, num_texts
    )
    model = _keras_hub_model(vectorizer, labels, max_length)
    (x, y), (val_x, val_y) = (
        (pad(ids, max_length), of_texts)
        for ids, of_texts in (train, validation)
    )

    def fit(epoch):
        model.fit(
            x,
            y,
            batch_size=64,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=0,
        )

    def accuracy():
        return model.evaluate(val_x, val_y, batch_size=64, verbose=0)[1]

    return _Epochs(fit, accuracy)


def our_model(vectorizer, labels):
    from keras_attn.models import SentenceClassifier
    from keras_attn.optimizers import AdamW

    model = SentenceClassifier(
        vectorizer,
        labels,
        **_SIZES,
    )
    optimizer = AdamW(_RATE, weight_decay=0.01, global_clipnorm=1.0)
    _compile(model, optimizer)
    return model


def _keras_hub_model(vectorizer, labels, max_length):
    import keras
    import keras_hub

    keras.utils.set_random_seed(0)
    ids = keras.Input((None,), dtype="int32")
    x = keras_hub.layers.TokenAndPositionEmbedding(
        vectorizer.num_ids, max_length, _WIDTH, mask_zero=True
    )(ids)
    for _ in range(_BLOCKS):
        x = keras_hub.layers.TransformerEncoder(
            _HIDDEN, _HEADS, dropout=_DROPOUT, normalize_first=True
        )(x)
    x = keras.layers.LayerNormalization()(x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    model = keras.Model(ids, keras.layers.Dense(len(labels))(x))
    _compile(model, keras.optimizers.Adam(_RATE))
    return model


def _compile(model, optimizer):
    import keras

    model.compile(
        optimizer,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )


def _on_length_batches(model, train, validation, callbacks):
    from keras_attn.data import LengthBatches

    batches = LengthBatches(*train, seed=0)
    checked = LengthBatches(*validation)

    def fit(epoch):
        model.fit(
            batches,
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[batches.epoch_callback(), *callbacks],
        )

    def accuracy():
        return model.evaluate(checked, verbose=0)[1]

    return _Epochs(fit, accuracy)
