"""Optimizers."""

from keras_attn.optimizers.adamw import AdamW

__all__ = ["AdamW"]
