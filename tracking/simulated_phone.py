"""What a simulated phone makes of a drive: noisy positions, delays, batches, and silences after which all comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from tracking.ping import Ping
from tracking.simulated_drive import Drive
from tracking.simulated_errors import NO_BURSTS, Multipath, position_errors
from zones.lonlat import LocalMetres, LonLat, bearing_deg, distance_m

_LOOKS_BACK_S = 3.0
_MOVING_MPS = 1.0
_BATCH_MOST = 50
_SPEED_NOISE_MPS = 0.3
_BEARING_NOISE_DEG = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneHabits:
    """
    How good a phone is.

    `noise_m` is the standard deviation of a position in each direction, and what it reports as accuracy (None: it
    reports none); an error forgets over `correlation_s`. `bursts` are reflections between houses. `delay_s` is the way
    to the service (`delay_log_sd` its log-normal scatter); positions are sent together every `batch_s` (0: each at
    once). What was kept during a silence follows every `drain_s`, or, with 0, in posts of 50. `dead_per_hour` dead
    zones of `dead_mean_s` (exponential) are met.
    """

    noise_m: float = 6.0
    reports_accuracy: bool = True
    correlation_s: float = 14.0
    bursts: Multipath = NO_BURSTS
    delay_s: float = 1.0
    delay_log_sd: float = 0.0
    batch_s: float = 0.0
    drain_s: float = 0.02
    dead_per_hour: float = 0.0
    dead_mean_s: float = 40.0


def dead_zones(ended_s: float, habits: PhoneHabits, seed: int) -> tuple[tuple[float, float], ...]:
    """When the phone cannot be heard, seconds after the departure."""
    if habits.dead_per_hour <= 0.0:
        return ()
    random = np.random.default_rng([seed, 3])
    count = int(random.poisson(habits.dead_per_hour * ended_s / 3600.0))
    begins = random.uniform(0.0, ended_s, count)
    lasts = random.exponential(habits.dead_mean_s, count)
    return tuple((float(b), float(b + last)) for b, last in zip(begins, lasts, strict=True))


def pings_of(
    drive: Drive,
    start_at: datetime,
    seed: int,
    ping_every_s: float,
    silences: tuple[tuple[float, float], ...],
    habits: PhoneHabits,
) -> tuple[Ping, ...]:
    """A ping every `ping_every_s` from the departure to the end, in order of receipt."""
    count = int(drive.knots[-1].t_s // ping_every_s) + 1
    times_s = [i * ping_every_s for i in range(count)]
    errors = position_errors(times_s, habits.noise_m, habits.correlation_s, habits.bursts, seed)
    random = np.random.default_rng([seed, 4])
    scatter = np.exp(random.normal(0.0, habits.delay_log_sd, count)) if habits.delay_log_sd > 0.0 else np.ones(count)
    instrument = random.normal(0.0, 1.0, (count, 2)) if habits.delay_log_sd > 0.0 else np.zeros((count, 2))
    received = _received_s(times_s, [float(s) for s in scatter], silences, habits)
    pings: list[Ping] = []
    for i, t_s in enumerate(times_s):
        true_point = drive.point_at(t_s)
        before = drive.point_at(max(0.0, t_s - _LOOKS_BACK_S))
        known_m = float(errors.known_m[i])
        speed_mps, bearing = _movement(before, true_point, float(instrument[i, 0]), float(instrument[i, 1]))
        pings.append(
            Ping(
                fix_at=start_at + timedelta(seconds=round(t_s, 3)),
                received_at=start_at + timedelta(seconds=round(received[i], 3)),
                point=LocalMetres(true_point).to_lonlat(float(errors.offsets_m[i, 0]), float(errors.offsets_m[i, 1])),
                ping_id=f"{seed}-{i}",
                accuracy_m=round(max(3.0, habits.noise_m * 1.5 + known_m), 1) if habits.reports_accuracy else None,
                speed_mps=speed_mps,
                bearing_deg=bearing,
                battery_share=max(0.05, round(0.95 - t_s / 36_000.0, 2)),
            )
        )
    return tuple(sorted(pings, key=lambda p: (p.received_at, p.fix_at)))


def _movement(before: LonLat, here: LonLat, speed_error: float, bearing_error: float) -> tuple[float, float | None]:
    true_mps = distance_m(before, here) / _LOOKS_BACK_S
    if true_mps <= _MOVING_MPS:
        return round(true_mps, 1), None
    bearing = bearing_deg(before, here) + _BEARING_NOISE_DEG * bearing_error
    speed_mps = max(0.0, true_mps + _SPEED_NOISE_MPS * speed_error)
    return round(speed_mps, 1), round(bearing, 1) % 360.0


def _received_s(
    times_s: list[float], scatter: list[float], silences: tuple[tuple[float, float], ...], habits: PhoneHabits
) -> list[float]:
    kept = [0] * len(silences)
    received: list[float] = []
    for t_s, stretch in zip(times_s, scatter, strict=True):
        sent_s = t_s
        if habits.batch_s > 0.0:
            sent_s = (t_s // habits.batch_s + 1.0) * habits.batch_s
        got_s = sent_s + habits.delay_s * (stretch if habits.batch_s <= 0.0 else 1.0)
        for k, (begin_s, end_s) in enumerate(silences):
            if begin_s <= sent_s < end_s:
                drained = kept[k] * habits.drain_s if habits.drain_s > 0.0 else 0.5 * (kept[k] // _BATCH_MOST)
                got_s = max(got_s, end_s + habits.delay_s + drained)
                kept[k] += 1
        received.append(got_s)
    return received
