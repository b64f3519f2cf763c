import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_attn.data import DataError
from keras_attn.data.rows import Request
from keras_attn.data.tfds_source import read_rows

TEXT = tfds.features.Text()


def examples(*labels, **more):
    return [
        {"text": f"text {i}", "label": label, **more}
        for i, label in enumerate(labels)
    ]


def test_named_class_labels_keep_their_declared_order(prepare):
    classes = tfds.features.ClassLabel(names=["pos", "neg"])
    splits, columns = read_rows(
        **prepare(
            {"text": TEXT, "label": classes},
            {"train": examples("neg", "pos", "neg")},
        )
    )
    assert columns.label_names == ("pos", "neg")
    assert splits["train"].labels == ["neg", "pos", "neg"]
    assert splits["train"].texts == ["text 0", "text 1", "text 2"]
    assert splits["train"].location(2) == "train, example 2"
    assert (columns.text, columns.label) == ("text", "label")


def test_class_labels_without_names_are_their_numbers(prepare):
    classes = tfds.features.ClassLabel(num_classes=11)
    splits, columns = read_rows(
        **prepare(
            {"text": TEXT, "label": classes}, {"train": examples(10, 2, 0)}
        )
    )
    assert splits["train"].labels == ["10", "2", "0"]
    assert columns.label_names[:3] == ("0", "1", "2")


def test_integers_may_be_negative(prepare):
    splits, columns = read_rows(
        **prepare(
            {"text": TEXT, "label": np.int32},
            {"train": examples(-1, 1, 0), "test": examples(-1, 1)},
        )
    )
    assert splits["train"].labels == ["-1", "1", "0"]
    assert splits["test"].labels == ["-1", "1"]
    assert columns.label_names is None


def test_truth_values_and_strings(prepare):
    names = prepare(
        {"text": TEXT, "label": np.bool_, "kind": TEXT},
        {"train": examples(True, False, kind="é")},
    )
    splits, _ = read_rows(**names, request=Request("text"))
    assert splits["train"].labels == ["True", "False"]
    splits, _ = read_rows(**names, request=Request(label="kind"))
    assert splits["train"].labels == ["é", "é"]


@pytest.mark.parametrize(
    "feature", [tfds.features.ClassLabel(num_classes=2), np.int64]
)
def test_hidden_labels_are_left_out(prepare, feature):
    names = prepare(
        {"text": TEXT, "label": feature},
        {
            "train": examples(0, 1),
            "validation": examples(-1, 0, -1),
            "test": examples(-1, -1),
        },
    )
    splits, _ = read_rows(**names)
    assert set(splits) == {"train", "validation"}
    assert splits["validation"].texts == ["text 1"]
    assert splits["validation"].source == (
        "validation, 2 without a label left out"
    )


def test_texts_without_tokens_are_left_out(prepare):
    rows = examples(0, -1, 1, 0, 1)
    rows[2]["text"] = " \u200b"
    rows[4]["text"] = "word " * 65_537
    names = prepare(
        {"text": TEXT, "label": tfds.features.ClassLabel(num_classes=2)},
        {"train": rows, "test": [rows[2]]},
    )
    splits, _ = read_rows(**names)
    assert set(splits) == {"train"}
    train = splits["train"]
    assert train.texts == ["text 0", "text 3"]
    assert train.source == (
        "train, 1 without a label left out, 1 without tokens left out, "
        "1 with more than 65,536 words left out"
    )
    assert train.location(1) == "train, example 3"


def test_the_longest_text_depends_on_the_tokens(prepare):
    rows = examples(0, 1, 0, 1)
    rows[2]["text"] = "words " * 20_000
    names = prepare(
        {"text": TEXT, "label": tfds.features.ClassLabel(num_classes=2)},
        {"train": rows},
    )
    splits, _ = read_rows(**names)
    assert len(splits["train"].texts) == 4
    splits, _ = read_rows(**names, request=Request(tokens="characters"))
    assert splits["train"].texts == ["text 0", "text 1", "text 3"]
    assert splits["train"].source == (
        "train, 1 with more than 65,536 characters left out"
    )


def test_labels_are_read_in_nfc(prepare):
    classes = tfds.features.ClassLabel(names=["re\u0301ussi", "rate\u0301"])
    names = prepare(
        {"text": TEXT, "label": classes, "kind": TEXT},
        {"train": examples(0, 1, kind="e\u0301")},
    )
    splits, columns = read_rows(**names, request=Request("text"))
    assert columns.label_names == ("r\u00e9ussi", "rat\u00e9")
    assert splits["train"].labels == ["r\u00e9ussi", "rat\u00e9"]
    splits, _ = read_rows(**names, request=Request(label="kind"))
    assert splits["train"].labels == ["\u00e9"] * 2


def test_features_inside_others(prepare):
    data = {"body": TEXT, "title": TEXT, "stars": np.int64}
    names = prepare(
        {"data": data},
        {
            "train": [
                {"data": {"body": f"b {i}", "title": "t", "stars": i}}
                for i in range(3)
            ]
        },
    )
    splits, columns = read_rows(**names, request=Request("data/body"))
    assert (columns.text, columns.label) == ("data/body", "data/stars")
    assert splits["train"].texts == ["b 0", "b 1", "b 2"]
    assert splits["train"].labels == ["0", "1", "2"]


def test_other_splits_are_ignored(prepare):
    splits = {"train": examples(0, 1), "unsupervised": examples(0)}
    names = prepare({"text": TEXT, "label": np.int64}, splits)
    assert set(read_rows(**names)[0]) == {"train"}


def test_only_the_chosen_features_are_decoded(prepare, monkeypatch):
    decoded = []
    as_numpy = tfds.as_numpy

    def note(dataset):
        decoded.append(set(dataset.element_spec))
        return as_numpy(dataset)

    monkeypatch.setattr(tfds, "as_numpy", note)
    names = prepare(
        {
            "text": TEXT,
            "label": np.int64,
            "words": tfds.features.Sequence(TEXT),
        },
        {"train": examples(0, 1, words=["a", "b"])},
    )
    splits, _ = read_rows(**names)
    assert splits["train"].texts == ["text 0", "text 1"]
    assert decoded == [{"text", "label"}]


def test_positions_are_carried_along(prepare):
    features = {
        "text": TEXT,
        "label": tfds.features.ClassLabel(num_classes=2),
        "pronoun": np.int32,
        "referent": np.int32,
    }
    rows = examples(0, -1, 1, pronoun=5, referent=2)
    rows[2]["pronoun"] = 7
    splits, _ = read_rows(**prepare(features, {"train": rows}))
    positions = splits["train"].positions
    assert positions["pronoun"].tolist() == [5, 7]
    assert positions["referent"].tolist() == [2, 2]
    assert positions["pronoun"].dtype == np.int32


def test_no_train_split(prepare):
    names = prepare({"text": TEXT, "label": np.int64}, {"test": examples(0)})
    with pytest.raises(DataError, match="expected a split 'train', found test"):
        read_rows(**names)


def test_no_label_in_train(prepare):
    classes = tfds.features.ClassLabel(num_classes=2)
    names = prepare(
        {"text": TEXT, "label": classes}, {"train": examples(-1, -1)}
    )
    with pytest.raises(DataError, match="no example of the split 'train'"):
        read_rows(**names)


def test_texts_that_are_not_utf_8(prepare):
    rows = [{"text": b"caf\xe9", "label": 0}]
    names = prepare({"text": TEXT, "label": np.int64}, {"train": rows})
    with pytest.raises(DataError, match="train: byte 0xe9 in feature 'text'"):
        read_rows(**names)
