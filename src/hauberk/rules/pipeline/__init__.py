"""Rules about pipelines: who may change what is built, and what a gate lets pass."""
