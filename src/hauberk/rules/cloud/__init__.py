"""Rules about cloud policies and resources."""
