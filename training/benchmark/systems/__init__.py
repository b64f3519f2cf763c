"""The systems that are compared. Each module is imported in worker processes.

A module imports its framework inside its functions: the backend of Keras is
chosen per process.
"""


class Run:
    """A system that is one function, and gives what it returns.

    Args:
        run: Function without arguments, the work to be timed.
    """

    def __init__(self, run):
        self.run = run
