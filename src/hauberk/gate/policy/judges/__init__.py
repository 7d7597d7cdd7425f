"""Judges: one file a kind of demand; each takes the demand and the court, and gives outcomes."""
