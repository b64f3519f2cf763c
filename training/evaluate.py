"""`python -m training.evaluate`: `keras-attn evaluate` from a clone."""

from keras_attn.cli.evaluate import main
from keras_attn.cli.options import run

run(main)
