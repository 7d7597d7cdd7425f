"""Rules about code and the settings beside it."""
