"""What a simulated phone makes of a drive: noisy positions, delays, and silences after which all comes at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from tracking.ping import Ping
from tracking.simulated_drive import Drive
from zones.lonlat import LocalMetres, bearing_deg, distance_m

_LOOKS_BACK_S = 3.0
_MOVING_MPS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneHabits:
    """
    How good a phone is.

    `noise_m` is the standard deviation of a position in each direction, and what it reports as accuracy (None: it
    reports none); `memory` in [0, 1) is how much of an error stays until the next fix. `delay_s` is the way to the
    service; what was kept during a silence follows every `drain_s`.
    """

    noise_m: float = 6.0
    reports_accuracy: bool = True
    memory: float = 0.7
    delay_s: float = 1.0
    drain_s: float = 0.02


def pings_of(
    drive: Drive,
    start_at: datetime,
    seed: int,
    ping_every_s: float,
    silences: tuple[tuple[float, float], ...],
    habits: PhoneHabits,
) -> tuple[Ping, ...]:
    """A ping every `ping_every_s` from the departure to the end, in order of receipt."""
    random = np.random.default_rng([seed, 2])
    fresh = (1.0 - habits.memory**2) ** 0.5
    error = random.normal(0.0, habits.noise_m, 2)
    count = int(drive.knots[-1].t_s // ping_every_s) + 1
    kept = [0] * len(silences)
    pings: list[Ping] = []
    for i in range(count):
        t_s = i * ping_every_s
        error = habits.memory * error + fresh * random.normal(0.0, habits.noise_m, 2)
        received_s = t_s + habits.delay_s
        for k, (begin_s, end_s) in enumerate(silences):
            if begin_s <= t_s < end_s:
                received_s = max(received_s, end_s + habits.delay_s + kept[k] * habits.drain_s)
                kept[k] += 1
        pings.append(_ping(drive, start_at, t_s, received_s, error, habits, number=i, seed=seed))
    return tuple(sorted(pings, key=lambda p: (p.received_at, p.fix_at)))


def _ping(
    drive: Drive,
    start_at: datetime,
    t_s: float,
    received_s: float,
    error: np.ndarray,
    habits: PhoneHabits,
    *,
    number: int,
    seed: int,
) -> Ping:
    true_point = drive.point_at(t_s)
    before = drive.point_at(max(0.0, t_s - _LOOKS_BACK_S))
    speed_mps = distance_m(before, true_point) / _LOOKS_BACK_S
    return Ping(
        fix_at=start_at + timedelta(seconds=round(t_s, 3)),
        received_at=start_at + timedelta(seconds=round(received_s, 3)),
        point=LocalMetres(true_point).to_lonlat(float(error[0]), float(error[1])),
        ping_id=f"{seed}-{number}",
        accuracy_m=max(3.0, habits.noise_m * 1.5) if habits.reports_accuracy else None,
        speed_mps=round(speed_mps, 1),
        bearing_deg=round(bearing_deg(before, true_point), 1) % 360.0 if speed_mps > _MOVING_MPS else None,
        battery_share=max(0.05, round(0.95 - t_s / 36_000.0, 2)),
    )
