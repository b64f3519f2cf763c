"""A folder to hand on: its files, their proof, and the card that says so."""
