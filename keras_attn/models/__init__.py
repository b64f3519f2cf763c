"""Whole models, each registered with Keras and serializable."""

from keras_attn.models.classification import Classification
from keras_attn.models.sentence_classifier import SentenceClassifier

__all__ = ["Classification", "SentenceClassifier"]
