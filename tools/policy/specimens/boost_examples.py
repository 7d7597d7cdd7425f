"""Examples for the gradient boosters."""

from __future__ import annotations

import numpy as np

STATE = np.random.RandomState(0)
X = STATE.rand(60, 4)
CLASSES = np.arange(60) % 2
THREE = np.arange(60) % 3
NUMBERS = X.sum(axis=1)
RANKS = np.arange(60) % 4
GROUPS = [30, 30]
