"""`python -m training.predict`: `keras-attn predict` from a clone."""

import sys

from keras_attn_cli import main

main(["predict", *sys.argv[1:]])
