"""Labeled texts from TFDS or a file, and batches of similar length.

    corpus = load_corpus("trec")  # or "reviews.csv"
    corpus.train.texts[0], corpus.label_names[corpus.train.labels[0]]

TensorFlow Datasets is imported when a dataset is first loaded by name. To use
`tfds.load("pronouns")`, import `keras_attn.data.pronouns` first.
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
