"""`python -m training.export`: `keras-attn export` from a clone."""

import sys

from keras_attn_cli import main

main(["export", *sys.argv[1:]])
