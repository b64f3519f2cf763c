"""`python -m training.export`: `keras-attn export` from a clone."""

from keras_attn.cli.export import main
from keras_attn.cli.options import run

run(main)
