"""Small TFDS datasets and files, created by each test."""

import itertools

import pytest
import tensorflow_datasets as tfds

_numbers = itertools.count()


@pytest.fixture
def prepare(tmp_path):
    """Function that prepares a TFDS dataset, for `load_corpus(**...)`.

    It takes `features`, a dictionary from names to TFDS features, and
    `splits`, a dictionary from split names to lists of examples.
    """

    def make(features, splits, supervised_keys=None):
        class Tiny(tfds.core.GeneratorBasedBuilder):
            name = f"keras_attn_tiny_{next(_numbers)}"  # registered with TFDS
            VERSION = tfds.core.Version("1.0.0")

            def _info(self):
                return tfds.core.DatasetInfo(
                    builder=self,
                    features=tfds.features.FeaturesDict(features),
                    supervised_keys=supervised_keys,
                    disable_shuffling=True,
                )

            def _split_generators(self, dl_manager):
                return {
                    name: enumerate(examples)
                    for name, examples in splits.items()
                }

            def _generate_examples(self):
                raise NotImplementedError

        Tiny(data_dir=tmp_path).download_and_prepare()
        return {"dataset": Tiny.name, "data_dir": str(tmp_path)}

    return make


@pytest.fixture
def write(tmp_path):
    """Function that writes a string or bytes to a file; returns its path."""

    def make(name, content):
        path = tmp_path / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return str(path)

    return make
