"""
Solomon's and Gehring & Homberger's text files of problems with time windows, in the DIMACS convention.

The distance of two places is floor(10 x Euclid) / 10 and is also the time between them; the sum of distances is
minimised within the file's fleet (12th DIMACS Implementation Challenge, 2022, VRPTW rules). One metre and one second of
the problem are a tenth of the file's unit.
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
from routing.problem_check import Places, ProblemList
from routing.stop import Stop
from routing.travel_matrix import TravelMatrix
from zones.lonlat import LonLat

FORMAT = "solomon"
UNIT = 10

_COLUMNS = 7


def read_solomon(text: str) -> ReadProblem:
    """
    The problem of a Solomon file.

    Raises
    ------
    ProblemInputError
        When it is none; with every problem and its line.
    """
    problems = ProblemList()
    fleet, rows = _sections(text, problems)
    if len(rows) < 2:
        problems.raise_errors()
    table = np.floor(euclidean(rows, UNIT, problems))
    whole = table.astype(np.int32)
    depot, *customers = rows
    points = planar_points(rows)
    stops = tuple(_stop(row, point, problems) for row, point in zip(customers, points[1:], strict=True))
    vehicles, capacity = fleet
    # More vehicles than customers never help; a slip of the pen must not fill the memory.
    shifts = same_vehicles(min(vehicles, len(stops)), capacity, depot, UNIT, problems)
    weights = CostWeights(per_drive_s=0.0, per_km=1000, per_route=0, per_wait_s=0.0)
    problem = checked_problem(
        problems,
        Places(
            depots=[depot.where], stops=[row.where for row in customers], shifts=["the section VEHICLE"] * len(shifts)
        ),
        horizon_start=DAY,
        depots=(Depot(depot_id="depot", name="depot", point=points[0], service_s=round(depot.numbers[6] * UNIT)),),
        stops=stops,
        shifts=shifts,
        matrix=TravelMatrix(whole, whole, "euclid"),
        weights=serve_first(weights, float(table.max()) * 2, len(stops)),
    )
    return ReadProblem(
        format=FORMAT,
        problem=problem,
        stop_ids=tuple(int(row.numbers[0]) for row in customers),
        warnings=tuple(problems.found),
        metres_a_unit=UNIT,
        cost_a_unit=UNIT,
        cost_is_distance=True,
        has_coordinates=False,
    )


def _sections(text: str, problems: ProblemList) -> tuple[tuple[int, int], list[NumberRow]]:
    lines = numbered_lines(text)
    titles = {line.strip().upper(): position for position, (_, line) in reversed(list(enumerate(lines)))}
    if "VEHICLE" not in titles or "CUSTOMER" not in titles:
        missing = " and ".join(title for title in ("VEHICLE", "CUSTOMER") if title not in titles)
        problems.error("missing_section", "file", f"expected the section {missing} of a Solomon file; get it again")
        return (0, 0), []
    fleet = _fleet(lines, titles["VEHICLE"] + 1, problems)
    table = [(line, words) for line, words in lines[titles["CUSTOMER"] + 1 :] if words.strip().upper() != "EOF"]
    if table and table[0][1].strip().upper().startswith("CUST"):
        table = table[1:]
    rows = number_rows(table, _COLUMNS, problems)
    if len(table) < 2:
        where = f"line {lines[titles['CUSTOMER']][0]}"
        problems.error("no_customers", where, "expected the depot and customers after it; the file was cut off")
    return fleet, rows


def _fleet(lines: list[tuple[int, str]], after: int, problems: ProblemList) -> tuple[int, int]:
    for line, words in lines[after:]:
        if words.strip()[:1].isalpha():
            if words.strip().upper() == "CUSTOMER":
                break
            continue
        row = number_row(words, line, 2, problems, is_last=False)
        if row is None:
            return 0, 0
        vehicles, capacity = (int(number) for number in row.numbers)
        if vehicles < 1:
            problems.error("no_couriers", row.where, f"the file has {vehicles} vehicles; write at least 1")
        if capacity < 0:
            problems.error("negative_amount", row.where, f"vehicles hold {capacity}; write 0 or more")
        return vehicles, capacity
    problems.error("no_couriers", "the section VEHICLE", "expected the number of vehicles and their capacity")
    return 0, 0


def _stop(row: NumberRow, point: LonLat, problems: ProblemList) -> Stop:
    number, _, _, demand, _, _, service = row.numbers
    if not (number.is_integer() and demand.is_integer()):
        problems.error("not_whole", row.where, f"expected whole numbers as id and demand, got {number} and {demand}")
    if service < 0:
        problems.error("negative_service", row.where, f"service lasts {service}; write 0 or more")
    return Stop(
        visit_id=str(int(number)),
        order_id=str(int(number)),
        point=point,
        windows=window_of(row, UNIT, problems),
        service_s=round(service * UNIT),
        load=Load(items=int(demand)),
    )
