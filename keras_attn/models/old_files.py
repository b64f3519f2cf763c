"""What files of version 0.1.0 need to be loaded."""

import numpy as np


def load_state_in_any_shape(optimizer):
    """Let an optimizer load the state of kernels whose heads were joined.

    Only the next call of `load_own_variables` is concerned. Weights are
    reshaped by their own layer, but an optimizer knows no layers.
    """
    load = optimizer.load_own_variables

    def load_reshaped(store):
        del optimizer.load_own_variables  # the method of the class again
        stored = {name: store[name] for name in store.keys()}  # noqa: SIM118
        for index, variable in enumerate(optimizer.variables):
            name, size = str(index), int(np.prod(variable.shape))
            if name in stored and np.size(stored[name]) == size:
                stored[name] = np.reshape(stored[name], variable.shape)
        load(stored)

    optimizer.load_own_variables = load_reshaped
