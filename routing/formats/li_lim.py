"""
Li and Lim's text files of pickups and deliveries with time windows (Li and Lim 2003, doi 10.1142/S0218213003001186).

Distances are Euclidean in double precision, as in SINTEF's records; the sum of distances is minimised within the file's
fleet. One metre and one second of the problem are a thousandth of the file's unit: distances are rounded, times are
rounded up, so that a plan found here holds in double precision too.
"""

import numpy as np

from routing.fleet import Depot
from routing.formats.reading import ReadProblem, checked_problem, serve_first
from routing.formats.text_rows import (
    DAY,
    NumberRow,
    euclidean,
    number_row,
    number_rows,
    numbered_lines,
    planar_points,
    same_vehicles,
    window_of,
)
from routing.order import Load
from routing.problem import CostWeights
from routing.problem_check import LARGEST, Places, ProblemList
from routing.stop import Stop, StopKind
from routing.travel_matrix import TravelMatrix
from zones.lonlat import LonLat

FORMAT = "li-lim"
UNIT = 1000

_COLUMNS = 9
_NOISE = 1e-6
"""What double precision adds to a product that is whole; rounding up must not see it."""


def read_li_lim(text: str) -> ReadProblem:
    """
    The problem of a Li & Lim file.

    Raises
    ------
    ProblemInputError
        When it is none; with every problem and its line.
    """
    problems = ProblemList()
    lines = numbered_lines(text)
    head = number_row(lines[0][1], lines[0][0], 3, problems, is_last=len(lines) == 1)
    rows = number_rows(lines[1:], _COLUMNS, problems)
    if len(lines) < 3:
        problems.error("no_customers", "file", "expected the depot and stops after the first line; it was cut off")
    if len(rows) < 2 or head is None:
        problems.raise_errors()
    head = head or NumberRow(lines[0][0], (0.0, 0.0, 1.0))
    vehicles, capacity, speed = head.numbers
    if vehicles < 1 or capacity < 0 or speed <= 0:
        message = f"expected vehicles, capacity and speed above 0, got {vehicles:.0f}, {capacity:.0f}, {speed}"
        problems.error("no_couriers" if vehicles < 1 else "wrong_head", head.where, f"{message}; correct the line")
    exact = euclidean(rows, UNIT, problems)
    times = np.minimum(np.ceil(exact / (speed if speed > 0 else 1.0) - _NOISE), LARGEST)
    depot, *others = rows
    points = planar_points(rows)
    stops = tuple(_stop(row, point, problems) for row, point in zip(others, points[1:], strict=True))
    shifts = same_vehicles(min(int(vehicles), len(stops)), int(capacity), depot, UNIT, problems)
    weights = CostWeights(per_drive_s=0.0, per_km=1000, per_route=0, per_wait_s=0.0)
    problem = checked_problem(
        problems,
        Places(depots=[depot.where], stops=[row.where for row in others], shifts=[head.where] * len(shifts)),
        horizon_start=DAY,
        depots=(Depot(depot_id="depot", name="depot", point=points[0]),),
        stops=stops,
        shifts=shifts,
        matrix=TravelMatrix(times.astype(np.int32), np.rint(exact).astype(np.int32), "euclid"),
        weights=serve_first(weights, float(exact.max()) * 2, len(stops)),
    )
    return ReadProblem(
        format=FORMAT,
        problem=problem,
        stop_ids=tuple(int(row.numbers[0]) for row in others),
        warnings=tuple(problems.found),
        metres_a_unit=UNIT,
        cost_a_unit=UNIT,
        cost_is_distance=True,
        has_coordinates=False,
        lengths={problem.shifts[0].vehicle_profile: exact / UNIT},
    )


def _stop(row: NumberRow, point: LonLat, problems: ProblemList) -> Stop:
    number, _, _, demand, _, _, service, pickup, delivery = row.numbers
    if not all(one.is_integer() for one in (number, demand, pickup, delivery)):
        problems.error("not_whole", row.where, "expected whole numbers as id, demand, pickup and delivery")
    if (pickup > 0) == (delivery > 0):
        message = f"expected the number of its pickup or of its delivery, got {pickup:.0f} and {delivery:.0f}"
        problems.error("no_pair", row.where, f"{message}; a stop is one of the two")
    if (demand < 0) != (pickup > 0) and demand:
        message = f"its demand is {demand:.0f}: a pickup has one above 0, a delivery one below"
        problems.error("negative_amount", row.where, f"{message}; correct the sign")
    if service < 0:
        problems.error("negative_service", row.where, f"service lasts {service}; write 0 or more")
    is_delivery = pickup > 0
    return Stop(
        visit_id=str(int(number)),
        order_id=str(int(pickup if is_delivery else number)),
        point=point,
        kind=StopKind.DROPOFF if is_delivery else StopKind.PICKUP,
        pickup_visit_id=str(int(pickup)) if is_delivery else None,
        windows=window_of(row, UNIT, problems),
        service_s=round(service * UNIT),
        load=Load(items=abs(int(demand))),
    )
