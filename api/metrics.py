"""Counts and latencies for Prometheus; nothing in them tells who or where."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("corridor_requests", "Answered requests", ["method", "endpoint", "status"])
LATENCY = Histogram(
    "corridor_request_seconds",
    "Time from request to the first byte of its answer",
    ["endpoint"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)


def observe_request(method: str, endpoint: str, status: int, took_s: float) -> None:
    """Count one answer."""
    REQUESTS.labels(method, endpoint, str(status)).inc()
    LATENCY.labels(endpoint).observe(took_s)
