"""Counters in the Prometheus text format, for `GET /metrics`."""

from collections import Counter


class Metrics:
    def __init__(self):
        self._counts = Counter()

    def add(self, name: str, count: int) -> None:
        self._counts[name] += count

    def text(self) -> str:
        return "".join(f"# TYPE {name} counter\n{name} {count}\n" for name, count in sorted(self._counts.items()))


METRICS = Metrics()
