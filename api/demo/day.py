"""A day of a pharmacy chain in central Helsinki, laid out around the moment of launch; same seed, same day."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from routing.addresses import Address
from zones.lonlat import LocalMetres, LonLat, distance_m

ORDERS = 120
ORDERS_A_COURIER = 16
ROUGH_STEP_S = 250
"""Rough seconds from one delivery to the next, for choosing windows that a day can hold."""
HOP_M = 450.0
"""Rough metres from one delivery to the next: the extract is small, and neighbours would make it a day on foot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDepot:
    """A pharmacy."""

    code: str
    name: str
    address: str
    point: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCourier:
    """A courier with the depot of his shift."""

    code: str
    name: str
    depot_code: str
    skills: tuple[str, ...]
    zone_ids: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDay:
    """Everything the demo stores: `orders` have the shape of `POST /v1/orders`, `zones` is GeoJSON."""

    depots: tuple[DemoDepot, ...]
    couriers: tuple[DemoCourier, ...]
    shift_starts_at: datetime
    shift_ends_at: datetime
    zones: dict[str, Any]
    orders: tuple[dict[str, Any], ...]


DEPOTS = (
    ("KAMPPI", "Pharmacy Kamppi", "Kalevankatu"),
    ("KRUUNU", "Pharmacy Kruununhaka", "Liisankatu"),
    ("KAARTI", "Pharmacy Kaartinkaupunki", "Kasarmikatu"),
)

COURIERS = (
    ("C1", "Aino Laine", "KAMPPI", ("card_terminal", "cold_box"), None),
    ("C2", "Oleksandr Bondar", "KAMPPI", ("card_terminal",), None),
    ("C3", "Marek Nowak", "KAMPPI", ("card_terminal",), ("west", "centre")),
    ("C4", "Dana Akhmetova", "KRUUNU", ("card_terminal", "cold_box"), None),
    ("C5", "Mikko Virtanen", "KRUUNU", (), ("east", "centre", "north")),
    ("C6", "Anna Kovaleva", "KRUUNU", ("card_terminal",), None),
    ("C7", "Juhani Salo", "KAARTI", ("card_terminal",), None),
    ("C8", "Yerlan Sadykov", "KAARTI", ("card_terminal", "cold_box"), None),
)

CLIENTS = {
    "en": ("Emma Clarke", "James Porter", "Sofia Lind", "Ella Niemi", "Oliver Berg", "Venla Korhonen", "Leo Heikkinen"),
    "ru": ("Елена Соколова", "Дмитрий Орлов", "Мария Белова", "Сергей Лавров", "Ольга Петрова", "Ирина Зуева"),
    "kk": ("Айгерім Бекова", "Нұрлан Сейітов", "Гүлнар Әбенова", "Ержан Тоқаев", "Сәуле Тілеуова"),
    "uk": ("Катерина Шевчук", "Андрій Мельник", "Оксана Гончар", "Тарас Бойко", "Наталія Кравець"),
    "pl": ("Anna Kowalska", "Piotr Wiśniewski", "Katarzyna Zając", "Tomasz Lewandowski", "Zofia Wójcik"),
}


def lay_out_day(addresses: Sequence[Address], centre: LonLat, starts_at: datetime, seed: int = 7) -> DemoDay:
    """
    Make the day from real addresses of the extract.

    Windows are what clients might have chosen: a rough day is laid from address to address, and each window is
    put around its rough time. Three orders are awkward on purpose: one has no coordinates, one lies outside every
    zone, one needs a skill that no courier of its pharmacy has.
    """
    rng = random.Random(seed)  # noqa: S311 - a repeatable day, no secret
    depots = tuple(
        DemoDepot(code=code, name=name, address=home.text, point=home.point)
        for code, name, street in DEPOTS
        for home in (_first_on(addresses, street),)
    )
    couriers = tuple(
        DemoCourier(code=code, name=name, depot_code=depot, skills=skills, zone_ids=zone_ids)
        for code, name, depot, skills, zone_ids in COURIERS
    )
    chosen = rng.sample([a for a in addresses if len(a.house_number) <= 5], ORDERS)
    orders: list[dict[str, Any]] = []
    for depot_code, rough_route in _rough_routes(chosen, depots, couriers):
        for place, address in enumerate(rough_route):
            rough_at = starts_at + timedelta(seconds=ROUGH_STEP_S * (place + 1))
            orders.append(_order(rng, 4100 + len(orders), address, depot_code, rough_at))
    orders += _awkward_orders(rng, addresses, centre, starts_at)
    return DemoDay(
        depots=depots,
        couriers=couriers,
        shift_starts_at=starts_at,
        shift_ends_at=starts_at + timedelta(hours=4),
        zones=_zones(centre),
        orders=tuple(orders),
    )


def _first_on(addresses: Sequence[Address], street: str) -> Address:
    return next(address for address in addresses if address.street == street)


def _rough_routes(
    chosen: Sequence[Address], depots: Sequence[DemoDepot], couriers: Sequence[DemoCourier]
) -> list[tuple[str, list[Address]]]:
    """Share the addresses out among couriers, each going on to the address that is nearest to a hop away."""
    left = list(chosen)
    points = {depot.code: depot.point for depot in depots}
    routes: list[tuple[str, list[Address]]] = []
    share = math.ceil(len(chosen) / len(couriers))
    for courier in couriers:
        here = points[courier.depot_code]
        route: list[Address] = []
        while left and len(route) < share:
            following = min(left, key=lambda address: abs(distance_m(here, address.point) - HOP_M))
            left.remove(following)
            route.append(following)
            here = following.point
        routes.append((courier.depot_code, route))
    return routes


def _order(rng: random.Random, number: int, address: Address, depot_code: str, rough_at: datetime) -> dict[str, Any]:
    language = rng.choices(list(CLIENTS), weights=(40, 20, 15, 15, 10))[0]
    opens_at = _round_5_min(rough_at - timedelta(minutes=rng.choice((20, 25, 35))))
    closes_at = _round_5_min(rough_at + timedelta(minutes=rng.choice((10, 15, 20, 40))))
    payment = rng.choices(("prepaid", "card_on_delivery", "cash"), weights=(60, 25, 15))[0]
    due_minor = 0 if payment == "prepaid" else rng.randrange(690, 8_900, 10)
    return {
        "order_no": str(number),
        "client_name": rng.choice(CLIENTS[language]),
        "phone": f"045 000 {number}",
        "language": language,
        "address": address.text,
        "entrance": rng.choice(("A", "B", "C", "")),
        "floor": str(rng.randint(1, 6)),
        "flat": str(rng.randint(1, 48)),
        "door_code": f"{rng.randrange(10_000):04d}",
        "lon": address.point.lon,
        "lat": address.point.lat,
        "windows": [[opens_at.isoformat(), closes_at.isoformat()]],
        "service_s": rng.choice((60, 90, 120, 150)),
        "items": 1,
        "weight_g": rng.randrange(100, 2_500, 50),
        "payment": {
            "form": payment,
            "due_minor": due_minor,
            "change_from_minor": math.ceil(due_minor / 5_000) * 5_000 if payment == "cash" else None,
        },
        "skills": ["cold_box"] if rng.random() < 0.06 and depot_code != "KAARTI" else [],
        "depot": depot_code,
        "priority": 10 if rng.random() < 0.1 else 0,
    }


def _awkward_orders(
    rng: random.Random, addresses: Sequence[Address], centre: LonLat, starts_at: datetime
) -> list[dict[str, Any]]:
    at = starts_at + timedelta(hours=1)
    no_place = _order(rng, 4290, addresses[40], "KAMPPI", at) | {"lon": None, "lat": None}
    far = LocalMetres(centre).to_lonlat(0.0, 9_000.0)
    outside = _order(rng, 4291, addresses[90], "KRUUNU", at) | {
        "address": "Itäkatu 3",
        "lon": far.lon,
        "lat": far.lat,
    }
    no_skill = _order(rng, 4292, addresses[140], "KAMPPI", at) | {"skills": ["oxygen_licence"]}
    return [no_place, outside, no_skill]


def _round_5_min(at: datetime) -> datetime:
    return datetime.fromtimestamp(round(at.timestamp() / 300) * 300, tz=at.tzinfo)


def _zones(centre: LonLat) -> dict[str, Any]:
    """Four zones that share borders: the centre and what lies west, east and north of it."""
    plane = LocalMetres(centre)
    boxes = {
        "centre": ("Centre", -350.0, 350.0, -1_200.0, 300.0),
        "west": ("West", -1_500.0, -350.0, -1_200.0, 300.0),
        "east": ("East", 350.0, 1_500.0, -1_200.0, 300.0),
        "north": ("North", -1_500.0, 1_500.0, 300.0, 1_500.0),
    }
    features = []
    for zone_id, (name, west, east, south, north) in boxes.items():
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        ring = [[round(p.lon, 6), round(p.lat, 6)] for p in (plane.to_lonlat(x, y) for x, y in corners)]
        features.append(
            {
                "type": "Feature",
                "id": zone_id,
                "properties": {"name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}
