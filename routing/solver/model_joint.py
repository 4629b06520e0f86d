"""What binds stops to each other in the model: pairs of pickup and dropoff, and the cells of lockers."""

from routing.solver.model_layout import Layout
from routing.stop import Stop, StopKind


def add_pairs(layout: Layout) -> None:
    """A pickup and its dropoff: one courier or none, in this order, on one trip."""
    routing, solver = layout.routing, layout.routing.solver()
    index_of = {layout.stop(one).visit_id: index for one, index in layout.stop_indices.items()}
    pairs = [
        (index_of[stop.pickup_visit_id], index_of[stop.visit_id])
        for stop in (layout.stop(one) for one in layout.stops)
        if stop.kind is StopKind.DROPOFF and stop.pickup_visit_id in index_of
    ]
    if not pairs:
        return
    trip = None
    if layout.reloads:
        at_reloads = [0] * layout.first_reload_node + [1] * len(layout.reloads)
        number = routing.RegisterUnaryTransitVector(at_reloads)
        routing.AddDimension(number, 0, len(layout.reloads) + 1, True, "trip")
        trip = routing.GetDimensionOrDie("trip")
    for pickup, dropoff in pairs:
        routing.AddPickupAndDelivery(pickup, dropoff)
        solver.Add(routing.VehicleVar(pickup) == routing.VehicleVar(dropoff))
        if trip is not None:
            solver.Add(trip.CumulVar(pickup) == trip.CumulVar(dropoff))


def add_lockers(layout: Layout) -> None:
    """Not more parcels in a locker than cells of their size or larger; frozen visits have theirs already."""
    routing, solver = layout.routing, layout.routing.solver()
    held = [layout.problem.stops[index] for index in layout.frozen]
    for locker in layout.problem.lockers:
        for size in range(len(locker.free_cells)):
            free = sum(locker.free_cells[size:]) - sum(_needs(stop, locker.locker_id, size) for stop in held)
            wanting = [
                index for one, index in layout.stop_indices.items() if _needs(layout.stop(one), locker.locker_id, size)
            ]
            if free <= 0:
                solver.Add(solver.Sum([routing.ActiveVar(index) for index in wanting]) == 0)
            elif len(wanting) > free:
                # A disjunction of all, at no price, is a bound that local search knows before it tries.
                routing.AddDisjunction(wanting, 0, free)


def _needs(stop: Stop, locker_id: str, size: int) -> bool:
    return stop.locker_id == locker_id and stop.cell_size >= size
