"""The script that is copied into export folders, and runs on its own."""
