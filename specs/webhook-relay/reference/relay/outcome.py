"""What an attempt's outcome means, and when the next attempt is due. Pure: no store, no clock."""

import re
from dataclasses import dataclass
from typing import Mapping, Optional, Sequence, Union

from relay.transport import Response, TransportError

LONGEST_ERROR = 500
_SECONDS_FORM = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Delivered:
    pass


@dataclass(frozen=True)
class Permanent:
    """Trying again would change nothing."""


@dataclass(frozen=True)
class Temporary:
    """`wait` is what the customer asked for in seconds, if they asked."""

    wait: int = 0


Outcome = Union[Delivered, Permanent, Temporary]


def judge(result: Union[Response, TransportError]) -> Outcome:
    """Redirects are permanent: the address has to be corrected, and following one would sign for a stranger."""
    if isinstance(result, TransportError):
        return Temporary()
    if 200 <= result.status < 300:
        return Delivered()
    if result.status in (429, 503):
        return Temporary(_retry_after(result.headers))
    if result.status == 408 or 500 <= result.status < 600:
        return Temporary()
    return Permanent()


def delay(failures: int, wait: int, schedule: Sequence[int], most: int) -> Optional[int]:
    """Seconds to the next attempt after so many temporary failures; None when it was the last."""
    if failures > len(schedule):
        return None
    return max(schedule[failures - 1], min(wait, most))


def _retry_after(headers: Mapping[str, str]) -> int:
    for name, value in headers.items():
        if name.lower() == "retry-after" and _SECONDS_FORM.fullmatch(value):
            return int(value)
    return 0
