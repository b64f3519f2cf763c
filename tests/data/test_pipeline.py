import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_attn.data import DataError, load_corpus
from keras_attn.text import TextError, Vectorizer

FEATURES = {"text": tfds.features.Text(), "label": np.int64}


def examples(labels, name="row"):
    return [
        {"text": f"{name} {i}", "label": label}
        for i, label in enumerate(labels)
    ]


def table(labels, name="row"):
    rows = [f"{name} {i},{label}\n" for i, label in enumerate(labels)]
    return "text,label\n" + "".join(rows)


def splits(corpus):
    return corpus.train, corpus.validation, corpus.test


def summary(corpus):
    return [(len(split), split.source) for split in splits(corpus)]


def test_three_labelled_splits_are_used_as_they_are(prepare):
    corpus = load_corpus(
        **prepare(
            FEATURES,
            {
                "train": examples([7, 3, 7]),
                "validation": examples([3], "v"),
                "test": examples([7, 7], "t"),
            },
        )
    )
    assert corpus.label_names == ("3", "7")
    assert corpus.train.labels.tolist() == [1, 0, 1]
    assert corpus.train.labels.dtype == np.int32
    assert summary(corpus) == [(3, "train"), (1, "validation"), (2, "test")]
    assert corpus.test.texts == ["t 0", "t 1"]
    assert corpus.test.positions == {}


def test_a_missing_validation_split_is_held_out_of_train(prepare):
    names = prepare(
        FEATURES, {"train": examples([0, 1] * 20), "test": examples([1])}
    )
    corpus = load_corpus(**names)
    assert summary(corpus) == [
        (36, "train, kept part"),
        (4, "train, 10 % held out"),
        (1, "test"),
    ]
    assert np.bincount(corpus.validation.labels).tolist() == [2, 2]
    assert not set(corpus.train.texts) & set(corpus.validation.texts)


@pytest.mark.parametrize("hidden", [{}, {"test": examples([-1, -1])}])
def test_validation_is_the_test_split_if_there_is_none(prepare, hidden):
    train, given = examples([0, 1] * 20), examples([1, 0, 1], "v")
    names = prepare(FEATURES, {"train": train, "validation": given, **hidden})
    corpus = load_corpus(**names)
    assert corpus.test.texts == ["v 0", "v 1", "v 2"]
    assert corpus.test.source == "validation"
    assert corpus.validation.source == "train, 10 % held out"


def test_train_alone_gives_all_three(prepare):
    names = prepare(FEATURES, {"train": examples([0, 1] * 20)})
    corpus = load_corpus(**names, validation_fraction=0.2)
    assert summary(corpus) == [
        (24, "train, kept part"),
        (8, "train, 20 % held out"),
        (8, "train, 20 % held out"),
    ]
    texts = [text for split in splits(corpus) for text in split.texts]
    assert sorted(texts) == sorted(f"row {i}" for i in range(40))


def test_positions_follow_their_texts(prepare):
    features = {**FEATURES, "pronoun": np.int32, "referent": np.int32}
    rows = [
        {"text": f"{i}", "label": i % 2, "pronoun": i, "referent": 2 * i}
        for i in range(30)
    ]
    for split in splits(
        load_corpus(**prepare(features, {"train": rows}), label_column="label")
    ):
        numbers = list(map(int, split.texts))
        assert split.positions["pronoun"].tolist() == numbers
        assert split.positions["referent"].tolist() == [2 * n for n in numbers]


def test_the_seed_determines_what_is_held_out(write):
    path = write("a.csv", table(["x", "y"] * 50))
    first, again, other = (load_corpus(path, seed=s) for s in (0, 0, 1))
    assert first.test.texts == again.test.texts
    assert first.validation.texts == again.validation.texts
    assert first.test.texts != other.test.texts
    assert first.validation.texts != other.validation.texts


def test_a_file_alone(write):
    path = write("a.csv", table(["x"] * 60 + ["y"] * 40))
    corpus = load_corpus(path)
    assert corpus.name == path
    assert corpus.label_names == ("x", "y")
    assert summary(corpus) == [
        (80, f"{path}, kept part"),
        (10, f"{path}, 10 % held out"),
        (10, f"{path}, 10 % held out"),
    ]
    for split in splits(corpus):
        assert np.bincount(split.labels).tolist() == [
            round(0.6 * len(split)),
            round(0.4 * len(split)),
        ]


def test_a_file_with_a_test_file(write):
    path = write("a.csv", table(["x", "y"] * 10))
    test = write("b.csv", table(["y"], "t"))
    corpus = load_corpus(path, test_file=test)
    assert corpus.test.texts == ["t 0"]
    assert corpus.test.labels.tolist() == [1]
    assert corpus.test.source == test
    assert len(corpus.validation) == 2


def test_integer_labels_of_a_file_sort_by_value(write):
    corpus = load_corpus(write("a.csv", table(["10", "9", "-1"] * 9)))
    assert corpus.label_names == ("-1", "9", "10")
    corpus = load_corpus(write("b.csv", table(["10", "9", "b"] * 9)))
    assert corpus.label_names == ("10", "9", "b")


def test_declared_classes_that_never_occur_in_training_are_dropped(prepare):
    classes = tfds.features.ClassLabel(names=["c", "b", "a"])
    names = prepare(
        {"text": tfds.features.Text(), "label": classes},
        {"train": examples(["a", "c"] * 9)},
    )
    corpus = load_corpus(**names)
    assert corpus.label_names == ("c", "a")
    assert set(corpus.test.labels.tolist()) == {0, 1}


def test_a_class_with_one_example_stays_in_training(write):
    corpus = load_corpus(write("a.csv", table(["x"] * 20 + ["y"])))
    assert corpus.label_names == ("x", "y")
    assert corpus.train.labels.tolist().count(1) == 1


def test_a_test_label_never_seen_in_training(write, prepare):
    path = write("a.csv", table(["x", "y"] * 9))
    test = write("b.csv", table(["x", "z"]))
    message = r"label 'z' \(.*b\.csv, line 3\) never .* the labels are x, y"
    with pytest.raises(DataError, match=message):
        load_corpus(path, test_file=test)
    names = prepare(
        FEATURES, {"train": examples([0, 1] * 9), "test": examples([1, 2])}
    )
    with pytest.raises(DataError, match=r"label '2' \(test, example 1\) never"):
        load_corpus(**names)


def test_unknown_test_labels_can_be_dropped(write, prepare):
    path = write("a.csv", table(["x", "y"] * 9))
    test = write("b.csv", table(["x", "z", "y"]))
    corpus = load_corpus(path, test_file=test, drop_unknown_labels=True)
    assert corpus.label_names == ("x", "y")
    assert corpus.test.labels.tolist() == [0, 1]
    assert corpus.test.source == (
        f"{test}, 1 with labels unknown in training left out"
    )
    assert corpus.test.location(1) == f"{test}, line 4"
    names = prepare(
        FEATURES, {"train": examples([0, 1] * 9), "test": examples([2, 2])}
    )
    with pytest.raises(DataError, match="no example of test has one of the"):
        load_corpus(**names, drop_unknown_labels=True)


def test_labels_can_be_chosen(write):
    path = write("a.csv", table(["x", "y", "z"] * 9))
    test = write("b.csv", table(["z", "w", "y"]))
    corpus = load_corpus(path, test_file=test, labels=["z", "y"])
    assert corpus.label_names == ("y", "z")
    assert corpus.test.labels.tolist() == [1, 0]
    assert len(corpus.train) + len(corpus.validation) == 18
    assert "9 with other labels left out" in corpus.train.source
    with pytest.raises(DataError, match="label 'zz' of `labels` never"):
        load_corpus(path, labels=["x", "zz"])
    with pytest.raises(DataError, match="every training example has"):
        load_corpus(path, labels=["x"])


def test_examples_keep_their_lines(write):
    """Through shuffling, holding out and leaving out."""
    path = write("a.csv", table(["x", "y"] * 20) + " ,x\n" + "row 40,y\n")
    for split in splits(load_corpus(path, skip_empty=True)):
        for i, text in enumerate(split.texts):
            number = int(text.removeprefix("row "))
            line = number + (2 if number < 40 else 3)
            assert split.location(i) == f"{path}, line {line}"


def test_an_encoding_error_names_file_and_line(write):
    long = "word " * 70_000
    path = write("a.csv", table(["x", "y"] * 5) + f"{long},x\n")
    test = write("b.csv", table(["x"]) + f"{long},y\n")
    vectorizer = Vectorizer(["word"])
    corpus = load_corpus(path, test_file=test)
    message = r"b\.csv, line 3: the text has 70,000 tokens"
    with pytest.raises(TextError, match=message):
        list(corpus.test.encode(vectorizer))
    message = r"a\.csv, line 12: the text has 70,000 tokens"
    with pytest.raises(TextError, match=message):
        list(corpus.train.encode(vectorizer))
        list(corpus.validation.encode(vectorizer))


def test_one_class_only(write, prepare):
    message = "every training example has the label 'x' in 'label'"
    with pytest.raises(DataError, match=message):
        load_corpus(write("a.csv", table(["x"] * 9)))
    names = prepare(FEATURES, {"train": examples([4, 4])})
    with pytest.raises(DataError, match="has the label '4'"):
        load_corpus(**names)


@pytest.mark.parametrize("labels", [["x", "y"], ["x", "y", "y"]])
def test_too_few_rows_to_split(write, labels):
    with pytest.raises(DataError, match="examples are too few to hold out"):
        load_corpus(write("a.csv", table(labels)))


@pytest.mark.parametrize("fraction", [0, 0.5, 1.0, -0.1, float("nan")])
def test_validation_fraction_out_of_range(fraction):
    with pytest.raises(
        DataError, match="`validation_fraction` must be between"
    ):
        load_corpus("trec", validation_fraction=fraction)


def test_test_file_without_a_file():
    with pytest.raises(
        DataError, match="only be used with a file as the dataset"
    ):
        load_corpus("trec", test_file="b.csv")
