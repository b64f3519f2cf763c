"""The systems that are compared. Each module is imported in worker processes.

A module imports its framework inside its functions: the backend of Keras is
chosen per process.
"""
