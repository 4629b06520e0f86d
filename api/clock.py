"""The service's one source of "now": the wall clock, or a day that runs faster for demos and tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """
    Simulated time as a bent line over wall time: it runs `fast` times as fast as the wall until the wall reads
    `bend_at`, `speed` times as fast from then on, and at `bend_at` it reads `bend_at`.

    The default is the wall clock itself. Server and simulated phones get equal clocks, so no ping is from the future.
    """

    bend_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    speed: float = 1.0
    fast: float = 1.0

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return self.at(datetime.now(tz=UTC))

    def at(self, wall: datetime) -> datetime:
        """What this clock reads when the wall clock reads `wall`."""
        if self.speed == 1.0 and self.fast == 1.0:
            return wall
        since_s = (wall - self.bend_at).total_seconds()
        return self.bend_at + timedelta(seconds=since_s * (self.fast if since_s < 0 else self.speed))

    def pace(self) -> float:
        """How many of its seconds pass in one second of the wall, now."""
        return self.fast if datetime.now(tz=UTC) < self.bend_at else self.speed

    def to_text(self) -> str:
        """One line for an environment variable; `from_text` reads it back."""
        return f"{self.bend_at.isoformat()};{self.speed!r};{self.fast!r}"

    @classmethod
    def from_text(cls, text: str) -> "Clock":
        """
        Read `to_text`'s line; empty text is the wall clock.

        Raises
        ------
        ValueError
            When the text has another form.
        """
        if not text:
            return cls()
        bend_at, speed, fast = text.split(";")
        return cls(datetime.fromisoformat(bend_at), float(speed), float(fast))
