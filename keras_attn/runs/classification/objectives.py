"""What a classifier is trained for: its loss, metrics and best epoch."""

import abc

import keras
from keras import ops


class Objective(abc.ABC):
    """Loss and metrics of a kind of classifier.

    Attributes:
        metric: String, the metric shown in reports.
    """

    metric = None

    @abc.abstractmethod
    def compile_arguments(self):
        """Loss and metrics, as keyword arguments of `keras.Model.compile`."""

    def rank(self, epoch):
        """The metric first, then the loss; see `Task.rank`.

        With few validation texts, many epochs have the same accuracy, and after
        the first of them the model may have learned hardly anything.
        """
        return float(epoch[f"val_{self.metric}"]), -float(epoch["val_loss"])


class OneLabel(Objective):
    """Each text has exactly one label."""

    metric = "accuracy"

    def compile_arguments(self):
        return {
            "loss": keras.losses.SparseCategoricalCrossentropy(
                from_logits=True
            ),
            "metrics": ["accuracy"],
        }


class BalancedLabels(OneLabel):
    """Each text has one label, and all labels count the same.

    Texts have weights such that each label has the same share of the loss. The
    accuracy with the same weights is the mean of the labels' recalls.
    """

    metric = "balanced_accuracy"

    def compile_arguments(self):
        weighted = keras.metrics.SparseCategoricalAccuracy(name=self.metric)
        return super().compile_arguments() | {"weighted_metrics": [weighted]}


class SeveralLabels(Objective):
    """A text has any number of labels, each an independent decision.

    Args:
        label_weights: Pair of lists of C numbers, the weights of texts with
            and without each label. Defaults to `None`: all are 1.
    """

    metric = "micro_f1"

    def __init__(self, label_weights=None):
        self.label_weights = label_weights

    def compile_arguments(self):
        return {
            "loss": LabelsCrossentropy(self.label_weights),
            "metrics": [MicroF1()],
        }


class LabelsCrossentropy(keras.losses.Loss):
    """Binary cross-entropy of logits, with weights of each label.

    Args:
        label_weights: See `SeveralLabels`.
        **kwargs: Arguments of `keras.losses.Loss`.
    """

    def __init__(self, label_weights=None, **kwargs):
        super().__init__(**kwargs)
        self.label_weights = label_weights

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, y_pred.dtype)  # (B, C)
        loss = ops.binary_crossentropy(y_true, y_pred, from_logits=True)
        if self.label_weights is not None:
            with_label, without = map(ops.array, self.label_weights)
            loss = loss * (y_true * with_label + (1 - y_true) * without)
        return ops.mean(loss, axis=-1)


class MicroF1(keras.metrics.F1Score):
    """The F1 of all decisions about all labels, from logits, at 0.5.

    Args:
        name: String. Defaults to `"micro_f1"`.
    """

    def __init__(self, name="micro_f1"):
        super().__init__(average="micro", threshold=0.5, name=name)

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, ops.sigmoid(y_pred), sample_weight)
