"""
One day of deliveries in a real city, as a VROOM JSON problem that every engine reads.

Driving seconds and metres are OSRM's and asymmetric. Orders may come from any of three depots; a courier starts and
ends at his own. Two loads (weight in 100 g, volume in litres), two kinds of vehicle, two skills. The cost is driving
time; an order left out is worse than any drive.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

from benchmarks.city.streets import City, reachable_places
from zones.lonlat import LonLat

HOUR_S = 3_600
COLD_BOX, CARD_TERMINAL = 1, 2
DEPOTS = 3

_CAR, _SCOOTER = [2_500, 600], [900, 220]
"""What each kind holds: 100 g, litres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpec:
    """
    What to make: how many orders and couriers, within which radius of the centre, in which hours, from which seed.

    Windows of 1-4 h lie within `opens_s`..`closes_s` (seconds of the day); half of the couriers work its first part,
    half its last, `shift_s` long each.
    """

    name: str
    orders: int
    couriers: int
    radius_m: float
    seed: int
    opens_s: int = 8 * HOUR_S
    closes_s: int = 20 * HOUR_S
    shift_s: int = 8 * HOUR_S


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """Where a day's problem was written, how long its matrix took, and how long all of it took."""

    path: Path
    matrix_s: float
    all_s: float


def write_day(city: City, centre: LonLat, spec: DaySpec, folder: Path) -> WrittenDay:
    """Write the problem of this spec as `<name>.json`, VROOM's format."""
    began = monotonic()
    rng = Random(f"{spec}")  # noqa: S311 - a day, not a secret
    near = reachable_places(city, rng, centre, spec.radius_m, DEPOTS + spec.orders)
    problem = {
        "jobs": [_job(rng, spec, near.places, DEPOTS + i) for i in range(spec.orders)],
        "vehicles": [_vehicle(rng, spec, near.places, i) for i in range(spec.couriers)],
        "matrices": {"car": {"durations": near.durations_s.tolist(), "distances": near.distances_m.tolist()}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{spec.name}.json"
    path.write_text(json.dumps(problem), encoding="utf-8")
    return WrittenDay(path, near.matrix_s, monotonic() - began)


def _job(rng: Random, spec: DaySpec, places: Sequence[LonLat], index: int) -> dict[str, object]:
    half_hours = (spec.closes_s - spec.opens_s) // (HOUR_S // 2)
    longest = min(4, half_hours // 2 - 1)
    width_s = rng.randint(1, longest) * HOUR_S
    # The last half hour is for driving home.
    opens_s = spec.opens_s + rng.randint(0, half_hours - 1 - 2 * width_s // HOUR_S) * (HOUR_S // 2)
    job: dict[str, object] = {
        "id": index,
        "location": [places[index].lon, places[index].lat],
        "location_index": index,
        "service": rng.randint(4, 10) * 30,
        "delivery": [rng.randint(5, 115), rng.randint(1, 28)],
        "time_windows": [[opens_s, opens_s + width_s]],
    }
    skills = rng.choices(([], [COLD_BOX], [CARD_TERMINAL], [COLD_BOX, CARD_TERMINAL]), (70, 10, 18, 2))[0]
    return {**job, "skills": skills} if skills else job


def _vehicle(rng: Random, spec: DaySpec, places: Sequence[LonLat], number: int) -> dict[str, object]:
    """Couriers take turns at depots, halves of the day and skills, so that every depot has every kind."""
    depot = number % DEPOTS
    late = number // DEPOTS % 2 == 1
    starts_s = spec.closes_s - spec.shift_s if late else spec.opens_s
    skills = [[CARD_TERMINAL], [COLD_BOX, CARD_TERMINAL], [], [COLD_BOX]][(number // 2 + depot) % 4]
    point = [places[depot].lon, places[depot].lat]
    vehicle: dict[str, object] = {
        "id": number + 1,
        "profile": "car",
        "start": point,
        "end": point,
        "start_index": depot,
        "end_index": depot,
        "capacity": _SCOOTER if rng.random() < 0.33 else _CAR,
        "time_window": [starts_s, starts_s + spec.shift_s],
        "costs": {"fixed": 0, "per_hour": HOUR_S, "per_km": 0},
    }
    return {**vehicle, "skills": skills} if skills else vehicle
