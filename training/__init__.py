"""The `keras-attn` commands, from a clone: `python -m training.train`."""
