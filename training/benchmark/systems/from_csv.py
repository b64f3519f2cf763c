"""From a raw file to fastText's accuracy, and a million short texts."""

import csv
import tempfile
import time
from pathlib import Path

import numpy as np

from training.benchmark.systems import Run

# Those of fastText's tutorial on text classification.
_FASTTEXT = {"lr": 1.0, "epoch": 25, "wordNgrams": 2, "thread": 2}
_MOST_EPOCHS, _MOST_SECONDS = 12, 180


def write_splits(dataset, data_dir, folder):
    """Write the training and validation split of a dataset as CSV files."""
    from keras_attn.data import load_corpus

    corpus = load_corpus(dataset, data_dir=data_dir)
    for name in ("train", "validation"):
        split = getattr(corpus, name)
        with open(Path(folder) / f"{name}.csv", "w", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            names = (corpus.label_names[label] for label in split.labels)
            writer.writerows(zip(split.texts, names, strict=True))


def _rows(folder, name):
    with open(Path(folder) / f"{name}.csv", encoding="utf-8") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def fasttext(folder):
    """fastText, trained by the settings of its tutorial."""
    import fasttext as library

    from keras_attn.text import tokenize

    def line(text, label):
        return f"__label__{label} {' '.join(tokenize(text))}\n"

    def run():
        rows = _rows(folder, "train")
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.writelines(line(*row) for row in rows)
            file.flush()
            model = library.train_supervised(file.name, verbose=0, **_FASTTEXT)
        checked = _rows(folder, "validation")
        texts = [" ".join(tokenize(text)) for text, _ in checked]
        found = [labels[0] for labels in model.predict(texts)[0]]
        right = [
            a == f"__label__{b}"
            for a, (_, b) in zip(found, checked, strict=True)
        ]
        return {"accuracy": float(np.mean(right))}

    return Run(run)


def ours(folder, accuracy):
    """Our classifier, trained until it has an accuracy on validation."""
    import keras

    from keras_attn.data import LengthBatches
    from keras_attn.text import Vectorizer
    from training.benchmark.systems.training import our_model

    class Reached(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.best = max(self.best, logs["val_accuracy"])
            self.epochs = epoch + 1
            late = time.perf_counter() - self.began > _MOST_SECONDS
            self.model.stop_training = late or self.best >= accuracy

        def on_train_begin(self, logs=None):
            self.began, self.best = time.perf_counter(), 0.0

    def run():
        keras.utils.set_random_seed(0)
        rows, checked = _rows(folder, "train"), _rows(folder, "validation")
        names = sorted({label for _, label in rows})
        vectorizer = Vectorizer.learn([text for text, _ in rows])
        splits = [
            (
                vectorizer.encode([text for text, _ in split]),
                np.array([names.index(label) for _, label in split]),
            )
            for split in (rows, checked)
        ]
        train = LengthBatches(*splits[0], seed=0)
        reached = Reached()
        our_model(vectorizer, names).fit(
            train,
            validation_data=LengthBatches(*splits[1]),
            epochs=_MOST_EPOCHS,
            shuffle=False,
            verbose=0,
            callbacks=[train.epoch_callback(), reached],
        )
        return {"accuracy": float(reached.best), "epochs": reached.epochs}

    return Run(run)


def many_texts(num_texts):
    """Tokenize, train one epoch and predict, each in seconds."""
    import keras

    from keras_attn.data import LengthBatches
    from keras_attn.text import Vectorizer
    from training.benchmark.systems.training import our_model

    keras.utils.set_random_seed(0)
    texts, labels = _short_texts(num_texts)

    def run():
        began = time.perf_counter()
        vectorizer = Vectorizer.learn(texts)
        ids = vectorizer.encode(texts)
        tokenized = time.perf_counter()
        model = our_model(vectorizer, ["no", "yes"])
        batches = LengthBatches(ids, labels, batch_size=256, seed=0)
        model.fit(
            batches,
            shuffle=False,
            verbose=0,
            callbacks=[batches.epoch_callback()],
        )
        trained = time.perf_counter()
        model.predict(LengthBatches(ids, batch_size=256), verbose=0)
        return {
            "tokenized": tokenized - began,
            "trained": trained - tokenized,
            "predicted": time.perf_counter() - trained,
        }

    return Run(run)


def _short_texts(count):
    """Texts of 3 to 12 words, as frequent as in a language, and their labels.

    A text is labeled 1 if it contains one of the ten most frequent words.
    """
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 13, size=count)
    words = np.minimum(rng.zipf(1.3, size=lengths.sum()), 50_000)
    rows = np.split(words, np.cumsum(lengths)[:-1])
    texts = [" ".join(f"word{i}" for i in row) for row in rows]
    return texts, np.array([int(row.min() <= 10) for row in rows])
