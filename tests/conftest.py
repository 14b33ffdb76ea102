"""For all tests: a gate must not fail by chance, so there the examples are always the same."""

import os

from hypothesis import settings

settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")
