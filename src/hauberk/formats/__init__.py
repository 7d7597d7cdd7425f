"""Readers: bytes in, frozen views out. A module with FORMAT is a format; its SIGNS say when it is asked."""
