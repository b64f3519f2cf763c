"""`python -m training.evaluate`: `keras-attn evaluate` from a clone."""

import sys

from keras_attn_cli import main

# A process started by multiprocessing imports this module again.
if __name__ == "__main__":
    main(["evaluate", *sys.argv[1:]])
