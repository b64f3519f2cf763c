"""The real datasets beside the project, where they are."""

from pathlib import Path

import pytest

from keras_attn.data import DataError, load_corpus

DATA_DIR = Path(__file__).parents[3] / "shared" / "tfds"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not DATA_DIR.is_dir(), reason="needs the datasets in ../shared/tfds"
    ),
]


def sizes(corpus):
    return [len(s) for s in (corpus.train, corpus.validation, corpus.test)]


@pytest.mark.slow
def test_trec():
    corpus = load_corpus("trec", data_dir=DATA_DIR)
    assert sizes(corpus) == [4907, 545, 500]
    assert corpus.label_column == "label-coarse"
    assert sorted(corpus.label_names) == [
        "ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM",
    ]  # fmt: skip


@pytest.mark.long
def test_sst2_is_tested_on_validation_since_its_test_labels_are_hidden():
    corpus = load_corpus("glue/sst2", data_dir=DATA_DIR)
    assert sizes(corpus) == [60614, 6735, 872]
    assert corpus.test.source == "validation"
    assert corpus.label_names == ("negative", "positive")


def test_scan_has_no_label():
    with pytest.raises(DataError, match="scan/simple: expected one feature"):
        load_corpus("scan/simple", data_dir=DATA_DIR)
