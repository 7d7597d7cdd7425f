"""Readers: bytes in, frozen views out. A module that defines FORMAT is a format."""
