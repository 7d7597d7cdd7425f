"""The formats of Xet, in which stock clients send large files: chunks, xorbs of them, shards that name files.

Source: huggingface/xet-core, spec/; Internet-Draft draft-denis-xet. Everything is checked against its hashes.
"""
