"""The training engine: settings, the run folder, fitting."""
