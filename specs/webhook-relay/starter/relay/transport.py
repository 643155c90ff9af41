"""How a request leaves the house. The relay knows only `send`; tests pass in their own."""

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Mapping, Protocol


@dataclass(frozen=True)
class Request:
    """One POST to a customer."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """What came back. Header names arrive in any case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class TransportError(Exception):
    """No answer: refused, unreachable, timed out, or not HTTP."""


class Transport(Protocol):
    def send(self, request: Request) -> Response:
        """Sends once and returns the answer, whatever its status. Raises TransportError where there is none."""


class _LeaveRedirectsAlone(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class HttpTransport:
    """Sends over the network. A redirect is an answer like any other: it is returned, not followed."""

    MOST_BYTES_READ = 64 * 1024

    def __init__(self, timeout_seconds: float = 10.0):
        self._timeout = timeout_seconds
        self._opener = urllib.request.build_opener(_LeaveRedirectsAlone)

    def send(self, request: Request) -> Response:
        outgoing = urllib.request.Request(
            request.url, data=request.body, headers=dict(request.headers), method="POST"
        )
        try:
            with self._opener.open(outgoing, timeout=self._timeout) as answer:
                return self._response(answer, answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return self._response(error, error.code)
        except (OSError, ValueError) as error:
            raise TransportError(f"{type(error).__name__}: {error}") from error

    def _response(self, answer, status: int) -> Response:
        return Response(status, dict(answer.headers.items()), answer.read(self.MOST_BYTES_READ))
