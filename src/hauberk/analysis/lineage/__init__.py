"""What weights are derived from: fingerprints of tensors, compared with those of known models."""
