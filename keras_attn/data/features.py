"""Which features of a TFDS dataset contain the text and the label."""

import numpy as np
import tensorflow_datasets as tfds

from keras_attn._checks import did_you_mean
from keras_attn.data.errors import ColumnError, DataError, listing
from keras_attn.data.rows import Columns

TEXT_NAMES = ("text", "sentence")
LABEL_NAME = "label"


def choose_features(dataset, info, request):
    """Return the names of the text features and of the label feature.

    A feature given by name is used if its type fits. Otherwise, the supervised
    keys of the dataset are used. If there are none:

    - the text is the only text feature, or the one called "text" or
      "sentence";
    - the label is the class label called "label", or the one with the fewest
      classes, or, if there are no class labels, the only integer feature or
      the one called "label". If a text may have several labels, it is the only
      sequence of class labels, or the one called "labels" or "label".

    A feature inside another one is called `"outer/inner"`.

    Args:
        dataset: String, the name of the dataset, for error messages.
        info: `tfds.core.DatasetInfo`.
        request: `keras_attn.data.rows.Request`.

    Returns:
        `keras_attn.data.rows.Columns`, without `label_names`.

    Raises:
        ColumnError: If a feature is not given and there is no single choice.
        DataError: If a feature does not exist or is of another type.
    """
    choice = _Choice(dataset, info)
    if request.multi_label:
        label = choice.labels(request.label)
    else:
        label = choice.label(request.label)
    text = choice.text(request.text, label)
    pair = None if request.pair is None else choice.text(request.pair, label)
    columns = Columns(text=text, label=label, pair=pair)
    columns.require_different(dataset, "feature", choice.help)
    return columns


def flat_features(features, outer=""):
    """Return all features by name, those inside others as `"outer/inner"`.

    Args:
        features: Dictionary from names to TFDS features, or a `FeaturesDict`.
        outer: String, the prefix of the names. Defaults to `""`.

    Returns:
        A dictionary from names to TFDS features other than `FeaturesDict`.
    """
    flat = {}
    for name, feature in features.items():
        if isinstance(feature, tfds.features.FeaturesDict):
            flat |= flat_features(feature, f"{outer}{name}/")
        else:
            flat[f"{outer}{name}"] = feature
    return flat


def is_integer(feature):
    """Return whether a feature is one integer or boolean per example.

    This includes class labels.
    """
    return _is_scalar(feature) and np.dtype(feature.np_dtype).kind in "iub"


def is_string(feature):
    """Return whether a feature is one string per example."""
    return _is_scalar(feature) and np.dtype(feature.np_dtype).kind in "OSU"


def is_sequence(feature):
    """Return whether a feature is a list of integers or strings."""
    if not isinstance(feature, tfds.features.Sequence):
        return False
    return is_integer(feature.feature) or is_string(feature.feature)


def _is_scalar(feature):
    return (
        isinstance(feature, tfds.features.Tensor) and tuple(feature.shape) == ()
    )


def _trait(feature):
    """Return `"sequence"`, `"float"` or `"other"`."""
    if isinstance(feature, tfds.features.Sequence):
        return "sequence"
    if isinstance(feature, tfds.features.Tensor):
        if feature.shape:
            return "sequence"
        return "float" if np.dtype(feature.np_dtype).kind == "f" else "other"
    return "other"


# Why a feature cannot be the label, and what to do.
_NO_CLASS = {
    "float": (
        "It contains floats, which are not classes. To classify by a "
        "threshold, write the texts and their classes to a CSV file. "
    ),
    "sequence": (
        "It contains several values per example, but each text has exactly "
        "one label, unless you pass --multi_label. "
    ),
}


class _Choice:
    """The rules by which a feature of a dataset is chosen."""

    def __init__(self, dataset, info):
        self.dataset = dataset
        self.features = flat_features(info.features)
        self.supervised_keys = info.supervised_keys

    @property
    def help(self):
        kinds = [
            f"{name} ({type(feature).__name__})"
            for name, feature in self.features.items()
        ]
        return (
            f"The features are {listing(kinds)}. "
            "Choose with --text_column and --label_column."
        )

    def text(self, requested, label):
        features = self.features
        if requested is not None:
            fits = requested in features and is_string(features[requested])
            return self._requested(requested, fits, "one string per example")
        name = self._supervised(0)
        if name in features and is_string(features[name]) and name != label:
            return name
        texts = [
            name
            for name, feature in features.items()
            if isinstance(feature, tfds.features.Text) and name != label
        ]
        return self._only("text", texts, TEXT_NAMES)

    def label(self, requested):
        features = self.features
        if requested is not None:
            fits = requested in features and (
                is_integer(features[requested])
                or is_string(features[requested])
            )
            expected = "one integer or string per example"
            return self._requested(requested, fits, expected, _NO_CLASS)
        name = self._supervised(1)
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
        meant = name if name in features else LABEL_NAME
        if not names and _trait(features.get(meant)) in _NO_CLASS:
            return self.label(meant)  # an error that explains why not
        return self._only("label", names, (LABEL_NAME,))

    def labels(self, requested):
        """Return the feature with all labels of each text."""
        features = self.features
        if requested is not None:
            feature = features.get(requested)
            fits = feature is not None and (
                is_sequence(feature)
                or is_integer(feature)
                or is_string(feature)
            )
            expected = "a sequence of integers or strings, or one of them"
            return self._requested(requested, fits, expected)
        name = self._supervised(1)
        if name in features and is_sequence(features[name]):
            return name
        names = [n for n, feature in features.items() if is_sequence(feature)]
        if not names:
            raise ColumnError(
                f"{self.dataset}: `--multi_label` needs a feature with several "
                "labels per example, such as a sequence of class labels, or "
                "the name of a feature with --label_column. Found none. "
                f"{self.help}",
                "label",
                features,
            )
        return self._only("label", names, ("labels", LABEL_NAME))

    def _supervised(self, index):
        keys = self.supervised_keys
        name = keys[index] if keys and len(keys) > index else None
        return name if isinstance(name, str) else None

    def _requested(self, name, fits, expected, advice=None):
        if name not in self.features:
            raise DataError(
                f"{self.dataset}: there is no feature {name!r}. {self.help}"
                + did_you_mean(name, self.features)
            )
        if not fits:
            kind = type(self.features[name]).__name__
            reason = (advice or {}).get(_trait(self.features[name]), "")
            raise DataError(
                f"{self.dataset}: feature {name!r} is of type {kind}, "
                f"expected {expected}. {reason}{self.help}"
            )
        return name

    def _only(self, role, names, preferred):
        """Return the only name, or the first preferred one of several."""
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
            names or self.features,
        )
