"""Rules about what a project depends on."""
