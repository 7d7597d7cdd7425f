"""What pipelines run, in which order, and what they let pass."""
