"""Export to a TensorFlow SavedModel."""
