import numpy as np

from tests.zones.builders import at, make_zone, make_zone_set, square
from zones.bulk import assign, assign_frame, zones_frame
from zones.index import ZoneIndex
from zones.lonlat import LonLat


def grid():
    """Nine squares that share borders, one of them repeated, and a small one of higher priority across four."""
    squares = [make_zone(f"s{x}{y}", square(x, y, x + 1, y + 1)) for x in range(3) for y in range(3)]
    return make_zone_set(
        *squares,
        make_zone("twin", square(0, 0, 1, 1)),
        make_zone("hub", square(0.8, 0.8, 1.2, 1.2), priority=3),
    )


def index_answers(zone_set, orders):
    found = ZoneIndex(zone_set).resolve_many([point for _, point in orders])
    return [
        (order_id, one.zone.zone_id if one.zone else None) for (order_id, _), one in zip(orders, found, strict=True)
    ]


def test_random_points_get_the_same_zones_as_from_the_index():
    rng = np.random.default_rng(7)
    orders = [(f"o{i}", at(x, y)) for i, (x, y) in enumerate(rng.uniform(-0.5, 3.5, (500, 2)).tolist())]

    assert assign(grid(), orders) == index_answers(grid(), orders)


def test_border_points_get_the_same_zones_as_from_the_index():
    rng = np.random.default_rng(8)
    along = rng.uniform(-0.2, 3.2, 100).tolist()
    orders = [(f"v{i}", at(i % 4, y)) for i, y in enumerate(along)]
    orders += [(f"h{i}", at(x, i % 4)) for i, x in enumerate(along)]
    orders += [(f"c{x}{y}", at(x, y)) for x in range(4) for y in range(4)]
    # a hair outside the south-west corner
    orders.append(("hair", LonLat(lon=at(0.5, 0).lon, lat=at(0, 0).lat - 1e-7)))

    answers = assign(grid(), orders)

    assert answers == index_answers(grid(), orders)
    assert answers[-1] == ("hair", "s00")


def test_an_empty_order_file_and_an_empty_zone_set_are_answered():
    assert assign(grid(), []) == []
    assert assign(make_zone_set(), [("o1", at(0, 0))]) == [("o1", None)]


def test_repeated_order_ids_are_answered_row_by_row():
    orders = [("same", at(0.5, 0.5)), ("same", at(9, 9)), ("same", at(2.5, 2.5))]

    assert assign(grid(), orders) == [("same", "s00"), ("same", None), ("same", "s22")]


def test_the_frame_counts_the_zones_that_hold_a_point():
    frame = assign_frame(grid(), [("a", at(0.9, 0.9)), ("b", at(2.5, 2.5)), ("c", at(9, 9))])

    assert frame["zones_here"].tolist() == [3, 1, 0]
    assert frame["zone_id"].tolist() == ["hub", "s22", None]
    assert zones_frame(grid())["zone_id"].iloc[0] == "hub"
