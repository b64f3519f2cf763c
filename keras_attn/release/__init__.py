"""Export folders: exported files, their measurements and the model card."""
