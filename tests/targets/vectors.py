"""Keeps vector registers busy and checks every sum.  READY, then a line WRONG if one ever differs."""

import os
import sys

# The thread that is stopped does all the sums: others would only take the second processor.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

values = np.arange(1.0, 20001.0) * 0.5
square = np.arange(64.0 * 64).reshape(64, 64) / 4096
expected = (values.sum(), float(np.dot(values, values)), (square @ square).sum())
print("READY", flush=True)
while True:
    found = (values.sum(), float(np.dot(values, values)), (square @ square).sum())
    if found != expected:
        print("WRONG", found, flush=True)
        sys.exit(3)
