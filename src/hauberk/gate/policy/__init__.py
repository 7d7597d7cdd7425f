"""Gate policies: what a digest must have before it may pass, and the decision. Pure: text and values in."""
