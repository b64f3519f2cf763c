"""An exported folder: its files, the proof of each, the model card."""
