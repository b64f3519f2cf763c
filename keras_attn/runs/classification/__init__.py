"""Text classification as a task of the training engine."""

from keras_attn.runs.classification.task import TextClassification

__all__ = ["TextClassification"]
