"""Discover, dispatch, gather: targets in, one Report out."""
