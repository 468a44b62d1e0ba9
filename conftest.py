"""For every test: Hypothesis judges what holds, not how fast this machine is today."""

from hypothesis import settings

settings.register_profile("podscope", deadline=None)
settings.load_profile("podscope")
