"""Random numbers for compiled code: xorshift64* (Vigna 2016, doi 10.1145/2845077), one state a search."""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled


@compiled
def rand_bits(rng: Any) -> Any:
    """64 random bits."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return x * np.uint64(2685821657736338717)


@compiled
def rand_below(rng: Any, n: Any) -> Any:
    """A whole number from 0 to n - 1, all alike."""
    return np.int64(((rand_bits(rng) >> np.uint64(33)) * np.uint64(n)) >> np.uint64(31))


@compiled
def rand_unit(rng: Any) -> Any:
    """A number strictly between 0 and 1."""
    return (np.float64(rand_bits(rng) >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


def seeded(seed: int) -> Any:
    """The state for a seed; neighbouring seeds start far apart."""
    state = np.array([(seed * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64 or 1], np.uint64)
    for _ in range(20):
        rand_bits(state)
    return state
