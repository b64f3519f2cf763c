"""Labelled texts from a TFDS dataset."""

import numpy as np
import tensorflow_datasets as tfds

from keras_attn.data.errors import DataError, listing
from keras_attn.data.features import choose_features, is_integer
from keras_attn.data.prepared import prepared_builder
from keras_attn.data.rows import Rows, Source

SPLITS = ("train", "validation", "test")
# Token positions that the pronouns dataset carries.
POSITIONS = ("pronoun", "referent")
# How TFDS datasets write "not told" for a label, as in glue's test splits.
HIDDEN = -1
BATCH = 1024


def read_source(
    dataset: str,
    data_dir: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
) -> Source:
    """Reads the labelled splits of a TFDS dataset.

    Examples whose label is hidden (-1 where that is no class of the dataset)
    are left out, and a split with no others counts as absent. Texts are taken
    as they are, empty ones too: nobody can mend a public dataset.

    Args:
        dataset: a TFDS name, "name", "name/config" or "name:version".
        data_dir: where TFDS keeps datasets. Defaults to TFDS's own folder.
        text_column: the text feature. Defaults to the one that is found.
        label_column: the label feature. Defaults to the one that is found.

    Raises:
        DataError: no such dataset, configuration or feature, no labelled
            "train" split, or a dataset that is not there and cannot be made.
    """
    builder = prepared_builder(dataset, data_dir)
    info = builder.info
    text, label = choose_features(dataset, info, text_column, label_column)
    if "train" not in info.splits:
        raise DataError(
            f"{dataset}: expected a split 'train', found "
            f"{listing(info.splits)}; choose another dataset or configuration"
        )
    feature = info.features[label]
    order = None
    if isinstance(feature, tfds.features.ClassLabel):
        order = tuple(feature.int2str(i) for i in range(feature.num_classes))

    splits = {}
    known = range(len(order)) if order else None  # numbers that are labels
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
            f"{label!r}; choose another with --label_column"
        )
    return Source(dataset, splits, text, label, order)


def _columns(builder, split, text, label) -> dict[str, np.ndarray]:
    """The chosen features of a split, each an array (N,)."""
    wanted = {text, label}
    if all(
        name in builder.info.features
        and is_integer(builder.info.features[name])
        for name in POSITIONS
    ):
        wanted.update(POSITIONS)
    if not builder.info.splits[split].num_examples:
        return {name: np.empty(0, dtype=np.int64) for name in wanted}
    # Only these are decoded, so a dataset may hold images or sequences too.
    dataset = builder.as_dataset(
        split=split,
        batch_size=BATCH,
        shuffle_files=False,
        decoders=tfds.decode.PartialDecoding(dict.fromkeys(wanted, True)),
        read_config=tfds.ReadConfig(try_autocache=False),
    )
    batches = list(tfds.as_numpy(dataset))
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in wanted
    }


def _rows(dataset, split, columns, text, label, order, known) -> Rows:
    labels = columns[label]
    keep = np.arange(len(labels))
    if known is not None and HIDDEN not in known:
        keep = np.flatnonzero(labels != HIDDEN)
    hidden = len(labels) - len(keep)
    source = split + (f", {hidden} without a label left out" if hidden else "")

    def name(value) -> str:
        if isinstance(value, bytes):
            return _decoded(dataset, split, label, value)
        return order[value] if order else str(value)

    return Rows(
        texts=[
            _decoded(dataset, split, text, value)
            for value in columns[text][keep]
        ],
        labels=[name(value) for value in labels[keep]],
        source=source,
        positions={
            key: columns[key][keep].astype(np.int32)
            for key in POSITIONS
            if key in columns
        },
    )


def _decoded(dataset, split, feature, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{dataset}, {split}: byte 0x{value[error.start]:02x} in feature "
            f"{feature!r} is not UTF-8, in the example {value[:40]!r}; prepare "
            "the dataset again with texts in UTF-8"
        ) from None
