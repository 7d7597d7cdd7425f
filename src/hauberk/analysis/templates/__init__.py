"""What rendering a Jinja template would reach, learned from its syntax tree; nothing is rendered."""
