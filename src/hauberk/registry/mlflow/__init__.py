"""A gate in front of an MLflow server: its models load only after their scan, and as the policy allows."""
