"""Imported once by the process that all hands are forked from: what they share is made here."""

import gc
import os

from app.hand import site_of
from app.place import CONTENT

gc.disable()  # what is frozen by each hand stays one memory for all of them
site_of(CONTENT, os.environ.get("PODSCOPE_PUBLIC_URL", ""))
gc.freeze()
