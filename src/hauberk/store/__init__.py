"""The store: one database and one folder of blobs, which all parts share.

A part that keeps something adds its tables to `schema.py` and a numbered file to `migrations/versions/`.
"""

from hauberk.store.blobs import Blobs
from hauberk.store.open import open_store
from hauberk.store.store import Store

__all__ = ["Blobs", "Store", "open_store"]
