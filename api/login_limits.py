"""How often somebody may try to sign in; kept in the memory of the one process that answers."""

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.errors import TooManyRequestsError

PER_LOGIN = RateLimitItemPerMinute(10)
"""Tries for one login from one address: a wrong guess elsewhere must not lock the person out."""
PER_ADDRESS = RateLimitItemPerMinute(60)
"""Tries from one address for any login: an office may stand behind one address."""


class LoginLimits:
    """Counts tries in a moving window of a minute."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, address: str, login: str) -> None:
        """
        Count one try.

        Raises
        ------
        TooManyRequestsError
            When there were too many in the last minute; it says how many seconds to wait.
        """
        for item, key in ((PER_LOGIN, (address, login)), (PER_ADDRESS, (address, ""))):
            if not self._limiter.hit(item, *key):
                reset_at = self._limiter.get_window_stats(item, *key).reset_time
                wait_s = max(1, int(reset_at - time.time()) + 1)
                raise TooManyRequestsError(f"too many tries to sign in; wait {wait_s} s", wait_s)
