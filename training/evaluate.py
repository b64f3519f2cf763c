"""`python -m training.evaluate`: `keras-attn evaluate` from a clone."""

import sys

from keras_attn_cli import main

main(["evaluate", *sys.argv[1:]])
