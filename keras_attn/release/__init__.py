"""Export folders: the exported files, their proof and the model card."""
