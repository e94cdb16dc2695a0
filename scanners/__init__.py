"""What is in a file, and whose is it? Readers, detectors, matching with the roster; see the README's map."""

import os
import sys

if "numpy" not in sys.modules:
    # The products of name recognition are small: with a thread a core they wait for each other. Numpy looks when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
