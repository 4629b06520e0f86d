"""Counts and latencies for Prometheus; nothing in them tells who or where."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter, Histogram

from api.actions.shift_times import OFF_SHIFT

REQUESTS = Counter("corridor_requests", "Answered requests", ["method", "endpoint", "status"])
LATENCY = Histogram(
    "corridor_request_seconds",
    "Time from request to the first byte of its answer",
    ["endpoint"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)

PHONE_PINGS = Counter("corridor_phone_pings", "Pings of couriers' phones", ["dialect", "outcome"])


def observe_pings(dialect: str, answer: Mapping[str, Any]) -> None:
    """Count what became of a phone's pings; `answer` is that of `take_pings`."""
    off_shift = sum(told["code"] == OFF_SHIFT for told in answer["refused"])
    outcomes = {
        "accepted": answer["accepted"],
        "duplicate": answer["duplicates"],
        "off_shift": off_shift,
        "refused": len(answer["refused"]) - off_shift,
    }
    for outcome, count in outcomes.items():
        if count:
            PHONE_PINGS.labels(dialect, outcome).inc(count)


def observe_request(method: str, endpoint: str, status: int, took_s: float) -> None:
    """Count one answer."""
    REQUESTS.labels(method, endpoint, str(status)).inc()
    LATENCY.labels(endpoint).observe(took_s)
