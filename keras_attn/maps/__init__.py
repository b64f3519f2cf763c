"""Attention maps of any Keras model, as arrays or as model outputs."""

from keras_attn.maps.analysis import attention_mass
from keras_attn.maps.attention_model import attention_model
from keras_attn.maps.capture import (
    call_with_attention,
    capture_attention,
    record_attention,
)

__all__ = [
    "attention_mass",
    "attention_model",
    "call_with_attention",
    "capture_attention",
    "record_attention",
]
