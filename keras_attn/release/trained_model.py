"""A trained classifier together with what is known about its training."""

from dataclasses import dataclass
from pathlib import Path

from keras_attn.data import Corpus
from keras_attn.models import SentenceClassifier
from keras_attn.runs.settings import Settings


@dataclass(frozen=True)
class TrainedModel:
    """A classifier to export, its dataset and its training run.

    Args:
        model: `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus` on which the exports are tested.
        settings: `Settings`. Only the data settings and the seed are used
            unless `result` is given.
        result: Dictionary, the content of the run's `result.json`. None if
            the training is unknown or used other data.
    """

    model: SentenceClassifier
    corpus: Corpus
    settings: Settings
    result: dict | None = None

    def without_folders(self, source):
        """Shorten the paths of data files to their names.

        A published model card must not reveal folders on this machine.

        Args:
            source: String that may contain the path of a data file.
        """
        for file in (self.settings.dataset, self.settings.test_file):
            if file and Path(file).is_file():
                source = source.replace(str(Path(file)), Path(file).name)
        return source
