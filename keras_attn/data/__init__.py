"""Labelled texts by name or from a file, and batches of like length.

    corpus = load_corpus("trec", data_dir="../shared/tfds")
    corpus.train.texts[0], corpus.label_names[corpus.train.labels[0]]

Importing this makes the embedded dataset known to TFDS:
`tfds.load("pronouns")`.
"""

from keras_attn.data.batches import LengthBatches
from keras_attn.data.corpus import Corpus, Split
from keras_attn.data.errors import ColumnError, DataError
from keras_attn.data.pipeline import load_corpus

__all__ = [
    "ColumnError",
    "Corpus",
    "DataError",
    "LengthBatches",
    "Split",
    "load_corpus",
]
