"""`python -m training.train`: `keras-attn train` from a clone."""

from keras_attn.cli.options import run
from keras_attn.cli.train import main

run(main)
