"""The pronouns dataset as a TFDS builder: `tfds.load("pronouns")`."""

import dataclasses
import inspect

import numpy as np
import tensorflow_datasets as tfds

from keras_attn.data.pronouns.grammar import sentences


class Pronouns(tfds.core.GeneratorBasedBuilder):
    """Which noun is "it"? English sentences from a grammar; no download.

    "the animal did not cross the street because it was too tired": the label,
    "first" or "second", is the noun that "it" refers to. There are 5 scenes
    with 120 nouns. Sentences are active or passive, and the reason comes before
    or after. Each sentence also occurs with its nouns exchanged: "the street
    the animal did not cross ...".

    Splits: train 10,800, validation 960, test 1,920. Each pair of nouns occurs
    in only one split; every noun occurs in all. The words of each sentence
    occur in one other order with the other label, in the same split. So the
    accuracy of a bag-of-words model, linear or not, is 50%.

    Features: `text`, tokens separated by one space; `label`, "first" or
    "second"; `pronoun` and `referent`, the positions (from 0) of "it" and of
    the noun it refers to among these tokens.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=inspect.cleandoc(self.__doc__),
            features=tfds.features.FeaturesDict(
                {
                    "text": tfds.features.Text(),
                    "label": tfds.features.ClassLabel(
                        names=["first", "second"]
                    ),
                    "pronoun": np.int32,
                    "referent": np.int32,
                }
            ),
            supervised_keys=("text", "label"),
        )

    def _split_generators(self, dl_manager):
        del dl_manager  # there is nothing to download
        splits = ("train", "validation", "test")
        return {split: self._generate_examples(split) for split in splits}

    def _generate_examples(self, split):
        for number, sentence in enumerate(sentences(split)):
            yield number, dataclasses.asdict(sentence)
