"""The systems of case 11: fastText's accuracy, and many short texts."""

import pytest

from tests.trained_run import write_csv
from training.benchmark.systems import from_csv


@pytest.fixture
def folder(tmp_path):
    data = tmp_path / "data.csv"
    write_csv(data, 120, seed=1)
    data.write_text(data.read_text().replace("colour", "label", 1))
    from_csv.write_splits(tmp_path / "data.csv", None, tmp_path)
    return tmp_path


def test_labels_of_short_texts_follow_their_words():
    texts, labels = from_csv._short_texts(500)
    assert {3, 12} <= {len(text.split()) for text in texts}
    for text, label in zip(texts, labels, strict=True):
        words = [int(word.removeprefix("word")) for word in text.split()]
        assert label == any(word <= 10 for word in words)
    assert 0.1 < labels.mean() < 0.99


@pytest.mark.long
def test_training_stops_at_the_accuracy(folder):
    reached = from_csv.ours(folder, accuracy=0.1).run()
    assert reached["epochs"] == 1
    assert 0.1 <= reached["accuracy"] <= 1


@pytest.mark.long
def test_fasttext_learns_the_colours(folder):
    pytest.importorskip("fasttext")
    assert from_csv.fasttext(folder).run()["accuracy"] > 0.9


@pytest.mark.long
def test_each_step_of_many_texts_is_timed():
    seconds = from_csv.many_texts(300).run()
    assert set(seconds) == {"tokenized", "trained", "predicted"}
    assert all(value > 0 for value in seconds.values())
