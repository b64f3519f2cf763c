"""Which features of a TFDS dataset hold the text and the label."""

from dataclasses import dataclass

import numpy as np
import tensorflow_datasets as tfds

from keras_attn._checks import did_you_mean
from keras_attn.data.errors import ColumnError, DataError, listing

TEXT_NAMES = ("text", "sentence")
LABEL_NAME = "label"


def choose_features(
    dataset: str,
    info: tfds.core.DatasetInfo,
    text_column: str | None = None,
    label_column: str | None = None,
) -> tuple[str, str]:
    """The names of the text feature and of the label feature of `dataset`.

    What is asked for by name is taken if its kind fits. Else the dataset's own
    supervised keys decide; else the only text, or the one called "text" or
    "sentence"; the class label called "label", else the one of the fewest
    classes; without class labels the only integer or the one called "label".

    Raises:
        DataError: no such feature, a feature of another kind, or no single
            choice.
    """
    choice = _Choice(dataset, info)
    label = choice.label(label_column)
    text = choice.text(text_column, label)
    if text == label:
        raise DataError(
            f"{dataset}: feature {text!r} was given for both the text and "
            f"the label; expected two features. {choice.help}"
        )
    return text, label


def is_integer(feature) -> bool:
    """Whether a feature is one integer or truth value an example.

    Class labels are such features too.
    """
    return _is_scalar(feature) and np.dtype(feature.np_dtype).kind in "iub"


def is_string(feature) -> bool:
    """Whether a feature is one string an example."""
    return _is_scalar(feature) and np.dtype(feature.np_dtype).kind in "OSU"


def _is_scalar(feature) -> bool:
    return (
        isinstance(feature, tfds.features.Tensor) and tuple(feature.shape) == ()
    )


@dataclass
class _Choice:
    dataset: str
    info: tfds.core.DatasetInfo

    @property
    def help(self) -> str:
        kinds = [
            f"{name} ({type(feature).__name__})"
            for name, feature in self.info.features.items()
        ]
        return (
            f"Its features are {listing(kinds)}. "
            "Choose with --text_column and --label_column."
        )

    def supervised(self, position: int) -> str | None:
        keys = self.info.supervised_keys
        name = keys[position] if keys and len(keys) > position else None
        return name if isinstance(name, str) else None

    def named(self, name: str, fits: bool, role: str) -> str:
        features = self.info.features
        if name not in features:
            raise DataError(
                f"{self.dataset}: there is no feature {name!r}. {self.help}"
                + did_you_mean(name, features)
            )
        if not fits:
            kind = type(features[name]).__name__
            raise DataError(
                f"{self.dataset}: feature {name!r} is of the kind {kind}; "
                f"expected {role}. {self.help}"
            )
        return name

    def text(self, asked: str | None, label: str) -> str:
        features = self.info.features
        if asked is not None:
            fits = asked in features and is_string(features[asked])
            return self.named(asked, fits, "one string an example")
        name = self.supervised(0)
        if name in features and is_string(features[name]) and name != label:
            return name
        texts = [
            name
            for name, feature in features.items()
            if isinstance(feature, tfds.features.Text) and name != label
        ]
        return self.only("text", texts, TEXT_NAMES)

    def label(self, asked: str | None) -> str:
        features = self.info.features
        if asked is not None:
            fits = asked in features and (
                is_integer(features[asked]) or is_string(features[asked])
            )
            return self.named(asked, fits, "one integer or string an example")
        name = self.supervised(1)
        if name in features and is_integer(features[name]):
            return name
        classes = {
            name: feature.num_classes
            for name, feature in features.items()
            if isinstance(feature, tfds.features.ClassLabel)
        }
        if LABEL_NAME in classes:
            return LABEL_NAME
        if classes:
            fewest = min(classes.values())
            names = [name for name, n in classes.items() if n == fewest]
        else:
            names = [name for name, f in features.items() if is_integer(f)]
        return self.only("label", names, (LABEL_NAME,))

    def only(self, role: str, names: list[str], preferred) -> str:
        """The one name, or the first preferred among several."""
        if len(names) == 1:
            return names[0]
        for name in preferred:
            if name in names:
                return name
        found = f"several ({listing(names)})" if names else "none"
        raise ColumnError(
            f"{self.dataset}: expected one feature for the {role}, found "
            f"{found}. {self.help}",
            role,
            self.info.features,
        )
