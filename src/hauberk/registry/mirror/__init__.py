"""A mirror: what readers ask for and the registry lacks comes from one hub, into quarantine first."""
