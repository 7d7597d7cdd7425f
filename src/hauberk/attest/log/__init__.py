"""The transparency log: an append-only Merkle tree that anybody can check without asking us."""
