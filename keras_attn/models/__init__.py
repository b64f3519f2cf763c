"""Models for text, registered with Keras and serializable."""

from keras_attn.models.classification import Classification
from keras_attn.models.decision import Decision
from keras_attn.models.sentence_classifier import SentenceClassifier
from keras_attn.models.text_encoder import TextEncoder

__all__ = ["Classification", "Decision", "SentenceClassifier", "TextEncoder"]
