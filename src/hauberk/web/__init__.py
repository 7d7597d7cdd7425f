"""The console: pages for people, drawn on the server. One page, one file."""
