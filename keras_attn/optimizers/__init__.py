"""Optimizers."""

from keras_attn.optimizers.lazy_adamw import LazyAdamW

__all__ = ["LazyAdamW"]
