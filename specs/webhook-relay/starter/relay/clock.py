"""Time comes in from outside, so that tests decide what time it is."""

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> int:
        """Whole seconds since 1970-01-01T00:00:00Z."""


class SystemClock:
    def now(self) -> int:
        return int(time.time())
