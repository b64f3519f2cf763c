"""Labeled texts from a TFDS dataset."""

import unicodedata

import numpy as np
import tensorflow_datasets as tfds

from keras_attn.data.errors import DataError, listing
from keras_attn.data.features import (
    choose_features,
    flat_features,
    is_integer,
)
from keras_attn.data.locations import Locations
from keras_attn.data.prepared import find_builder, prepare
from keras_attn.data.rows import Columns, Rows
from keras_attn.text.tokenization import find_tokens, has_tokens
from keras_attn.text.vectorizer import LONGEST_TEXT

SPLITS = ("train", "validation", "test")
# The token positions in the pronouns dataset.
POSITIONS = ("pronoun", "referent")
# The label of unlabeled examples in TFDS, as in the test splits of glue.
HIDDEN = -1
BATCH = 1024


def read_rows(dataset, data_dir=None, text_column=None, label_column=None):
    """Read the labeled splits of a TFDS dataset.

    Examples with a hidden label (-1, if that is not a class of the dataset) are
    left out. So are examples whose text has no tokens or more than 65,536
    words, since the user cannot edit a public dataset. Their numbers are in the
    source of the `Rows`. A split without any other examples counts as missing.

    Args:
        dataset: String, a TFDS name: `"name"`, `"name/config"` or
            `"name:version"`.
        data_dir: String, the folder of TFDS datasets. Defaults to `None`:
            TFDS's own folder.
        text_column: String, the text feature. Defaults to `None`: see
            `choose_features`.
        label_column: String, the label feature. Defaults to `None`: see
            `choose_features`.

    Returns:
        A dictionary from `"train"` and, if they exist, `"validation"` and
        `"test"` to `Rows`, and the `Columns`.

    Raises:
        DataError: If the dataset, its configuration or a feature does not
            exist, if there is no labeled "train" split, or if the dataset is
            missing and cannot be prepared.
    """
    builder = find_builder(dataset, data_dir)
    info = builder.info
    # A wrong name is told before a download that may take an hour.
    text, label = choose_features(dataset, info, text_column, label_column)
    prepare(dataset, builder, data_dir)
    if "train" not in info.splits:
        raise DataError(
            f"{dataset}: expected a split 'train', found "
            f"{listing(info.splits)}. Choose another dataset or configuration."
        )
    feature = flat_features(info.features)[label]
    order = None
    if isinstance(feature, tfds.features.ClassLabel):
        order = tuple(
            _nfc(feature.int2str(i)) for i in range(feature.num_classes)
        )

    splits = {}
    known = range(len(order)) if order else None  # the numbers that are labels
    for name in SPLITS:
        if name not in info.splits:
            continue
        columns = _columns(builder, name, text, label)
        if known is None and is_integer(feature):
            known = np.unique(columns[label])  # "train" comes first
        splits[name] = _rows(dataset, name, columns, text, label, order, known)
        if not len(splits[name].texts):
            del splits[name]
    if "train" not in splits:
        raise DataError(
            f"{dataset}: no example of the split 'train' has a label in "
            f"{label!r} and tokens in {text!r}. Choose other features with "
            "--label_column and --text_column."
        )
    return splits, Columns(text, label, order)


def _columns(builder, split, text, label):
    """Return the chosen features of a split, each an array `(N,)`."""
    wanted = {text, label}
    features = flat_features(builder.info.features)
    if all(
        name in features and is_integer(features[name]) for name in POSITIONS
    ):
        wanted.update(POSITIONS)
    if not builder.info.splits[split].num_examples:
        return {name: np.empty(0, dtype=np.int64) for name in wanted}
    # Only these are decoded, so the dataset may contain images or sequences.
    dataset = builder.as_dataset(
        split=split,
        batch_size=BATCH,
        shuffle_files=False,
        decoders=tfds.decode.PartialDecoding(_nested(wanted)),
        read_config=tfds.ReadConfig(try_autocache=False),
    )
    batches = list(tfds.as_numpy(dataset))
    return {
        name: np.concatenate([_at(batch, name) for batch in batches])
        for name in wanted
    }


def _nested(names):
    """Return `{"a": {"b": True}}` for `"a/b"`, as TFDS expects."""
    chosen = {}
    for name in names:
        inner = chosen
        *outer, last = name.split("/")
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = True
    return chosen


def _at(example, name):
    for part in name.split("/"):
        example = example[part]
    return example


def _rows(dataset, split, columns, text, label, order, known):
    labels = columns[label]
    keep = np.arange(len(labels))
    if known is not None and HIDDEN not in known:
        keep = np.flatnonzero(labels != HIDDEN)
    hidden = len(labels) - len(keep)
    source = split + (f", {hidden} without a label left out" if hidden else "")

    def name(value):
        if isinstance(value, bytes):
            return _nfc(_decoded(dataset, split, label, value))
        return order[value] if order else str(value)

    texts = [
        _decoded(dataset, split, text, value) for value in columns[text][keep]
    ]
    rows = Rows(
        texts=texts,
        labels=[name(value) for value in labels[keep]],
        source=source,
        locations=Locations(split, "example", keep),
        positions={
            key: columns[key][keep].astype(np.int32)
            for key in POSITIONS
            if key in columns
        },
    )
    rows = rows.keep(list(map(has_tokens, texts)), "without tokens")
    return rows.keep(
        [not _is_too_long(text) for text in rows.texts],
        f"with more than {LONGEST_TEXT:,} words",
    )


def _is_too_long(text):
    # Most texts have fewer characters than that.
    return len(text) > LONGEST_TEXT and len(find_tokens(text)) > LONGEST_TEXT


def _nfc(label):
    return unicodedata.normalize("NFC", label)


def _decoded(dataset, split, feature, value):
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{dataset}, {split}: byte 0x{value[error.start]:02x} in feature "
            f"{feature!r} is not UTF-8, in the example {value[:40]!r}. Prepare "
            "the dataset again with texts in UTF-8."
        ) from None
