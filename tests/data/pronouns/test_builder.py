import pytest
import tensorflow_datasets as tfds

from keras_attn.data import load_corpus
from keras_attn.data.pronouns import Pronouns


@pytest.mark.long
class PronounsTest(tfds.testing.DatasetBuilderTestCase):
    """TFDS's own checks of a builder."""

    DATASET_CLASS = Pronouns
    SPLITS = {"train": 10_800, "validation": 960, "test": 1_920}
    EXAMPLE_DIR = "."  # Nothing is downloaded.


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return str(tmp_path_factory.mktemp("tfds"))


@pytest.mark.slow
def test_load_corpus_prepares_it_without_a_network(data_dir, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("asked for the network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr("requests.Session.get", refuse)
    corpus = load_corpus("pronouns", data_dir=data_dir)
    assert corpus.label_names == ("first", "second")
    assert (corpus.text_column, corpus.label_column) == ("text", "label")
    sizes = [len(s) for s in (corpus.train, corpus.validation, corpus.test)]
    assert sizes == [10_800, 960, 1_920]
    for i in range(0, 960, 50):
        tokens = corpus.validation.texts[i].split(" ")
        positions = corpus.validation.positions
        assert tokens[positions["pronoun"][i]] == "it"
        assert tokens[positions["referent"][i] - 1] == "the"


def test_tfds_knows_it_by_name(data_dir):
    dataset, info = tfds.load(
        "pronouns", split="test", data_dir=data_dir, with_info=True
    )
    assert info.full_name == "pronouns/1.0.0"
    assert info.description.startswith('Which noun is "it"?')
    assert set(dataset.element_spec) == {"text", "label", "pronoun", "referent"}
