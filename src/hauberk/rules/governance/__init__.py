"""Rules about how findings, evidence and acceptances are kept."""
