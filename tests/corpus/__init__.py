"""A corpus of attacks on model files, generated at run time with harmless payloads.

Every technique is one registered function that writes one sample. The payload of each is to create a
marker file (`payload.py`); `verify.py` loads samples with the real loader in a bounded child process and
says which markers appeared. `benign*.py` write honest files that look alike; `score.py` scans both.
"""
