import json

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_attn.data import DataError, load_corpus
from keras_attn.data.holdout import holdout
from keras_attn.data.labels import label_groups, label_matrix, label_text
from keras_attn.data.numeric import require_classes

SEVERAL = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]], bool)


def test_labels_in_either_form():
    assert label_matrix([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert label_matrix(SEVERAL, 3) is SEVERAL
    assert label_groups([4, 1, 4]).tolist() == [4, 1, 4]
    assert label_groups(SEVERAL).tolist() == [1, 0, 1]
    assert label_text(1, ["x", "y"]) == "y"
    assert label_text(SEVERAL[0], ["x", "y", "z"]) == "x, z"
    assert label_text(SEVERAL[1], ["x", "y", "z"]) == "-"


def corpus_of(write, content, name="a.csv", **options):
    options.setdefault("validation_fraction", 0.2)
    return load_corpus(write(name, content), multi_label=True, **options)


def sets(corpus, part):
    """From each text of a split to its labels."""
    split = getattr(corpus, part)
    names = np.array(corpus.label_names)
    return {
        text: set(names[labels].tolist())
        for text, labels in zip(split.texts, split.labels, strict=True)
    }


def everything(corpus):
    parts = (sets(corpus, part) for part in ("train", "validation", "test"))
    return {text: labels for part in parts for text, labels in part.items()}


def test_several_labels_in_one_column(write):
    rows = "text,tags\n" + "".join(
        f'one {i},"war, love"\ntwo {i},love\nthree {i},\nfour {i},"war,,war"\n'
        for i in range(10)
    )
    corpus = corpus_of(write, rows)
    assert corpus.label_names == ("love", "war")
    assert corpus.multi_label
    assert corpus.train.labels.dtype == bool
    found = everything(corpus)
    assert len(found) == 40
    expected = {
        "one": {"love", "war"}, "two": {"love"}, "three": set(), "four": {"war"}
    }  # fmt: skip
    assert all(
        labels == expected[text.split()[0]] for text, labels in found.items()
    )


def test_another_separator_and_lists_of_json(write):
    content = "text,label\n" + "a,x;y\nb,y\n" * 5
    assert corpus_of(write, content, label_separator=";").label_names == (
        "x",
        "y",
    )
    rows = [{"text": "a", "label": ["x,1", 2]}, {"text": "b", "label": []}]
    rows += [{"text": "c", "label": None}, {"text": "d", "label": ["z"]}]
    lines = "\n".join(json.dumps(row) for row in rows * 5)
    found = everything(corpus_of(write, lines, "a.jsonl"))
    assert found == {"a": {"x,1", "2"}, "b": set(), "c": set(), "d": {"z"}}


def test_labels_of_a_list_need_the_option(write):
    path = write("a.jsonl", '{"text": "a", "label": ["x"]}\n')
    with pytest.raises(DataError, match="line 1: .*pass --multi_label"):
        load_corpus(path)


def test_chosen_and_unknown_labels_leave_the_texts(write):
    train = write("a.csv", "text,label\n" + 'a,"x,y"\nb,y\nc,z\n' * 5)
    test = write("b.csv", 'text,label\nd,"x,new"\ne,new\n')
    both = {"test_file": test, "multi_label": True, "validation_fraction": 0.3}
    with pytest.raises(DataError, match=r"'new' \(.*b.csv, line 2\) never"):
        load_corpus(train, **both)
    corpus = load_corpus(train, **both, drop_unknown_labels=True)
    assert sets(corpus, "test") == {"d": {"x"}, "e": set()}
    unknown = "2 labels unknown in training left out"
    assert corpus.test.source == f"{test}, {unknown}"
    assert "left out" not in corpus.train.source
    corpus = load_corpus(
        train, **both, drop_unknown_labels=True, labels=["x", "z"]
    )
    assert corpus.label_names == ("x", "z")
    assert "10 other labels left out" in corpus.train.source
    assert corpus.test.source == f"{test}, 2 other labels left out"
    assert everything(corpus) == {
        "a": {"x"}, "b": set(), "c": {"z"}, "d": {"x"}, "e": set()
    }  # fmt: skip


def test_no_labels_at_all(write):
    with pytest.raises(DataError, match="no training example has a label"):
        corpus_of(write, "text,label\n" + "a,\nb,\n" * 5)
    with pytest.raises(DataError, match="`label_separator` must not be empty"):
        corpus_of(write, "text,label\na,x\n", label_separator="")


@pytest.mark.parametrize("kind", ["classes", "strings", "integers", "string"])
def test_a_sequence_of_tfds(prepare, kind):
    features = tfds.features
    feature, values = {
        "classes": (
            features.Sequence(features.ClassLabel(names=["c", "b", "a"])),
            [[0, 2], [], [1]],
        ),
        "strings": (
            features.Sequence(features.Text()),
            [["c", "a"], [], ["b", "b"]],
        ),
        "integers": (features.Sequence(np.int64), [[3, 0], [], [5]]),
        "string": (features.Text(), ["c, a", "", "b"]),
    }[kind]
    rows = [
        {"text": f"text {i}", "labels": value} for i, value in enumerate(values)
    ]
    names = prepare(
        {"text": features.Text(), "labels": feature},
        {"train": rows, "validation": rows, "test": rows},
    )
    label_column = "labels" if kind == "string" else None
    text_column = "text" if kind == "string" else None
    corpus = load_corpus(
        **names,
        multi_label=True,
        label_column=label_column,
        text_column=text_column,
    )
    expected = {
        "classes": ("c", "b", "a"),
        "strings": ("a", "b", "c"),
        "integers": ("0", "3", "5"),
        "string": ("a", "b", "c"),
    }[kind]
    assert corpus.label_names == expected
    first, second = ("3", "0") if kind == "integers" else ("c", "a")
    third = "5" if kind == "integers" else "b"
    assert sets(corpus, "test") == {
        "text 0": {first, second}, "text 1": set(), "text 2": {third}
    }  # fmt: skip


def test_a_dataset_without_a_sequence(prepare):
    features = {
        "text": tfds.features.Text(),
        "label": tfds.features.ClassLabel(num_classes=2),
    }
    names = prepare(features, {"train": [{"text": "a", "label": 0}]})
    with pytest.raises(DataError, match="`--multi_label` needs a feature with"):
        load_corpus(**names, multi_label=True)


def test_combinations_are_held_out_by_their_share():
    """60 texts of one combination, 30 of another, 10 of ten rare ones."""
    labels = np.zeros((100, 5), bool)
    labels[:60, 0] = True
    labels[60:90, 1:3] = True
    for i in range(10):
        labels[90 + i] = [int(bit) for bit in f"{i + 17:05b}"]
    kept, held = holdout(labels, 0.1, seed=0)
    assert len(held) == 10
    common = [np.sum(held < 60), np.sum((held >= 60) & (held < 90))]
    assert common == [6, 3]
    assert sorted([*kept, *held]) == list(range(100))


def measurements(count):
    return [f"{3.7 * i + 0.13:.2f}" for i in range(count)]


@pytest.mark.parametrize(
    "labels",
    [
        measurements(60),
        measurements(5),
        measurements(30) * 9,  # 30 prices, each of 9 texts
        [str(i * i) for i in range(40)],
        ["1e-3", "-2.5", "nan", "3.25", "7"],
    ],
    ids=len,
)
def test_measurements_are_refused_by_name(labels):
    with pytest.raises(DataError) as caught:
        require_classes("data.csv", "price", labels)
    message = str(caught.value)
    assert message.startswith("data.csv: column 'price' contains numbers")
    assert "regression" in message and "--label_column" in message


@pytest.mark.parametrize(
    "labels",
    [
        ["0", "1"],
        ["0", "1", "1"] * 9,
        [str(i) for i in range(1, 6)] * 3,
        [f"{i / 2:.1f}" for i in range(1, 11)] * 4,  # half stars
        [str(i) for i in range(150)] * 100,  # 150 intents, numbered
        ["1.5", "two"],
        measurements(60)[:2],
        ["low", "high"] * 5,
        [str(i) for i in range(12)],
    ],
    ids=len,
)
def test_classes_that_are_numbers_are_classes(labels):
    require_classes("data.csv", "stars", labels)


def test_a_file_of_prices(write):
    rows = "".join(f"item {i},{p}\n" for i, p in enumerate(measurements(50)))
    path = write("a.csv", "text,label\n" + rows)
    with pytest.raises(DataError, match="'label' contains numbers, 50 diff"):
        load_corpus(path)
    # The user knows better.
    chosen = measurements(50)[:2]
    rows = "".join(f"b {i},{chosen[i % 2]}\n" for i in range(20))
    path = write("b.csv", "text,label\n" + rows)
    assert load_corpus(path, labels=chosen).label_names == tuple(chosen)


def test_pairs_of_columns(write):
    content = "q,a,label\n" + "one\ttab,two,x\nthree,four,y\n" * 9
    corpus = load_corpus(
        write("a.csv", content), text_column="q", pair_column="a"
    )
    assert set(corpus.train.texts) == {"one tab\ttwo", "three\tfour"}
    assert (corpus.text_column, corpus.pair_column) == ("q", "a")


@pytest.mark.parametrize(
    "content, columns, message",
    [
        ("q,a,label\nx,,1\n", ("q", "a"), "line 2: the text in column 'a' has"),
        ("q,a,label\nx,y,1\n", ("q", "b"), "no column 'b'.*--pair_column"),
        ("q,a,label\nx,y,1\n", ("q", "q"), "both the text and the pair"),
        ("q,a,label\nx,y,1\n", ("q", "label"), "both the pair and the label"),
    ],
)
def test_wrong_pairs(write, content, columns, message):
    text, pair = columns
    with pytest.raises(DataError, match=message):
        load_corpus(write("a.csv", content), text_column=text, pair_column=pair)


def test_pairs_of_tfds(prepare):
    features = {
        "sentence1": tfds.features.Text(),
        "sentence2": tfds.features.Text(),
        "label": tfds.features.ClassLabel(num_classes=2),
    }
    rows = [
        {"sentence1": f"a {i}", "sentence2": f"b {i}", "label": i % 2}
        for i in range(6)
    ] + [{"sentence1": "a", "sentence2": " ", "label": 0}]
    names = prepare(features, {"train": rows, "test": rows[:2]})
    corpus = load_corpus(
        **names,
        text_column="sentence1",
        pair_column="sentence2",
        validation_fraction=0.3,
    )
    assert corpus.test.texts == ["a 0\tb 0", "a 1\tb 1"]
    assert "1 without tokens left out" in corpus.train.source
    with pytest.raises(DataError, match="given for both the text and the pair"):
        load_corpus(**names, text_column="sentence1", pair_column="sentence1")
