"""Text classification as a task of the training engine."""

from keras_attn.runs.classification.task import (
    TextClassification,
    settings_for,
)

__all__ = ["TextClassification", "settings_for"]
