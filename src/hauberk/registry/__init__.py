"""The registry: an internal hub of models and datasets, from which nothing unproven loads."""
