"""Secrets in text: tokens whose own structure proves them, so that placeholders are passed over."""
