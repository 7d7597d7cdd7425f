"""Hauberk: the chain of custody for AI systems."""
