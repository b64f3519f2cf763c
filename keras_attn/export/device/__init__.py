"""The script that is copied into exported folders; it runs on its own."""
