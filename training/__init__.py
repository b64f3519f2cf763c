"""Commands: `python -m training.train`, `training.evaluate`, `.predict`."""
