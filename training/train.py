"""`python -m training.train`: `keras-attn train` from a clone."""

import sys

from keras_attn_cli import main

main(["train", *sys.argv[1:]])
