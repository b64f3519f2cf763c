"""Labeled texts from a TFDS dataset."""

import dataclasses
import unicodedata

import numpy as np
import tensorflow_datasets as tfds

from keras_attn.data.errors import DataError, listing
from keras_attn.data.features import (
    choose_features,
    flat_features,
    is_integer,
    is_sequence,
)
from keras_attn.data.locations import Locations
from keras_attn.data.prepared import find_builder, prepare
from keras_attn.data.rows import Request, Rows, split_labels
from keras_attn.text import join_pair
from keras_attn.text.tokenization import find_tokens, has_tokens
from keras_attn.text.vectorizer import LONGEST_TEXT

SPLITS = ("train", "validation", "test")
# The token positions in the pronouns dataset.
POSITIONS = ("pronoun", "referent")
# The label of unlabeled examples in TFDS, as in the test splits of glue.
HIDDEN = -1
BATCH = 1024


def read_rows(dataset, data_dir=None, request=None):
    """Read the labeled splits of a TFDS dataset.

    Examples with a hidden label (-1, if that is not a class of the dataset) are
    left out. So are examples with a text that has no tokens or more than
    65,536, since the user cannot edit a public dataset. Their numbers are in
    the source of the `Rows`. A split without any other examples counts as
    missing.

    Args:
        dataset: String, a TFDS name: `"name"`, `"name/config"` or
            `"name:version"`.
        data_dir: String, the folder of TFDS datasets. Defaults to `None`:
            TFDS's own folder.
        request: `Request`. What is not given is determined by
            `choose_features`. Defaults to `None`: an empty `Request`.

    Returns:
        A dictionary from `"train"` and, if they exist, `"validation"` and
        `"test"` to `Rows`, and the `Columns`.

    Raises:
        DataError: If the dataset, its configuration or a feature does not
            exist, if there is no labeled "train" split, or if the dataset is
            missing and cannot be prepared.
    """
    request = request or Request()
    builder = find_builder(dataset, data_dir)
    info = builder.info
    # A wrong name is told before a download that may take an hour.
    columns = choose_features(dataset, info, request)
    prepare(dataset, builder, data_dir)
    if "train" not in info.splits:
        raise DataError(
            f"{dataset}: expected a split 'train', found "
            f"{listing(info.splits)}. Choose another dataset or configuration."
        )
    names = _LabelNames(dataset, columns.label, info, request.label_separator)
    columns = dataclasses.replace(columns, label_names=names.order)
    splits = {}
    for name in SPLITS:  # "train" comes first
        if name not in info.splits:
            continue
        values = _values(builder, name, columns)
        rows = _rows(dataset, name, values, columns, names)
        splits[name] = _without_long_texts(rows, request.tokens)
        if not len(splits[name].texts):
            del splits[name]
    if "train" not in splits:
        raise DataError(
            f"{dataset}: no example of the split 'train' has a label in "
            f"{columns.label!r} and tokens in {columns.text!r}. Choose other "
            "features with --label_column and --text_column."
        )
    return splits, columns


def _values(builder, split, columns):
    """Return the chosen features of a split, each an array of N values.

    The values of a sequence are arrays.
    """
    wanted = {*columns.texts, columns.label}
    features = flat_features(builder.info.features)
    if all(
        name in features and is_integer(features[name]) for name in POSITIONS
    ):
        wanted.update(POSITIONS)
    if not builder.info.splits[split].num_examples:
        return {name: np.empty(0, dtype=np.int64) for name in wanted}
    # TFDS pads the sequences of a batch with 0, which is a label.
    in_batches = not is_sequence(features[columns.label])
    # Only these are decoded, so the dataset may contain images or sequences.
    dataset = builder.as_dataset(
        split=split,
        batch_size=BATCH if in_batches else None,
        shuffle_files=False,
        decoders=tfds.decode.PartialDecoding(_nested(wanted)),
        read_config=tfds.ReadConfig(try_autocache=False),
    )
    parts = list(tfds.as_numpy(dataset))
    found = {name: [_at(part, name) for part in parts] for name in wanted}
    if in_batches:
        return {name: np.concatenate(found[name]) for name in wanted}
    return {name: _object_array(found[name]) for name in wanted}


def _object_array(values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


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


class _LabelNames:
    """The names of the labels of a TFDS feature.

    Attributes:
        order: Tuple of all names in the order in which the dataset declares
            them, or `None`.
    """

    def __init__(self, dataset, feature_name, info, separator):
        feature = flat_features(info.features)[feature_name]
        self.dataset = dataset
        self.feature_name = feature_name
        self.separator = separator
        self.is_sequence = is_sequence(feature)
        if self.is_sequence:
            feature = feature.feature
        self.order = None
        self._known = None  # the numbers that are labels
        if isinstance(feature, tfds.features.ClassLabel):
            names = map(feature.int2str, range(feature.num_classes))
            self.order = tuple(map(_nfc, names))
            self._known = range(feature.num_classes)
        self._is_integer = is_integer(feature)

    def kept(self, values):
        """Return the indices of the examples whose label is not hidden."""
        if self.is_sequence:
            return np.arange(len(values))
        if self._known is None and self._is_integer:
            self._known = np.unique(values)
        if self._known is None or HIDDEN in self._known:
            return np.arange(len(values))
        return np.flatnonzero(values != HIDDEN)

    def names(self, split, value):
        """Return the label of an example: a string, or a tuple of several."""
        if self.separator is None:
            return self._name(split, value)
        if self.is_sequence:
            return tuple(dict.fromkeys(self._name(split, v) for v in value))
        return split_labels(self._name(split, value), self.separator)

    def _name(self, split, value):
        if isinstance(value, bytes):
            value = _decoded(self.dataset, split, self.feature_name, value)
            return _nfc(value)
        return self.order[value] if self.order else str(value)


def _rows(dataset, split, values, columns, names):
    labels = values[columns.label]
    keep = names.kept(labels)
    hidden = len(labels) - len(keep)
    source = split + (f", {hidden} without a label left out" if hidden else "")
    texts = [
        [_decoded(dataset, split, name, value) for value in values[name][keep]]
        for name in columns.texts
    ]
    rows = Rows(
        texts=texts[0] if len(texts) == 1 else list(map(join_pair, *texts)),
        labels=[names.names(split, value) for value in labels[keep]],
        source=source,
        locations=Locations(split, "example", keep),
        positions={
            key: values[key][keep].astype(np.int32)
            for key in POSITIONS
            if key in values
        },
    )
    full = [all(map(has_tokens, each)) for each in zip(*texts, strict=True)]
    return rows.keep(full, "without tokens")


def _without_long_texts(rows, tokens):
    return rows.keep(
        [
            # Most texts have fewer characters than that.
            len(text) <= LONGEST_TEXT
            or len(find_tokens(text, tokens)) <= LONGEST_TEXT
            for text in rows.texts
        ],
        f"with more than {LONGEST_TEXT:,} {tokens}",
    )


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
