"""`python -m training.predict`: `keras-attn predict` from a clone."""

from keras_attn.cli.options import run
from keras_attn.cli.predict import main

run(main)
