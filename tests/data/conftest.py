"""Small TFDS datasets made in the test, and small files."""

import itertools

import pytest
import tensorflow_datasets as tfds

_numbers = itertools.count()


@pytest.fixture
def prepare(tmp_path):
    """Makes a TFDS dataset; returns what names it for `load_corpus`.

    Call it with `features` (name -> TFDS feature) and `splits` (split name ->
    list of examples).
    """

    def make(features, splits, supervised_keys=None):
        class Tiny(tfds.core.GeneratorBasedBuilder):
            name = f"keras_attn_tiny_{next(_numbers)}"  # TFDS registers it
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
    """Writes text (UTF-8) or bytes to a file; returns its path."""

    def make(name, content):
        path = tmp_path / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return str(path)

    return make
