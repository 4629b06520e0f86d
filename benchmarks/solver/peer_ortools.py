"""OR-Tools as its guide shows it: default parameters and guided local search. Run as a child process."""

from time import monotonic

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.peer_command import Asked, answer, asked_for
from benchmarks.solver.instances import Instance, read_instance


def run(asked: Asked) -> None:
    """Solve and print the routes; none when no plan was found in time."""
    instance = read_instance(asked.file)
    manager = pywrapcp.RoutingIndexManager(instance.stops + 1, instance.fleet, 0)
    began = monotonic()
    model = _model(manager, instance)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(1000 * asked.seconds))
    found = model.SolveWithParameters(parameters)
    elapsed_s = monotonic() - began
    routes: list[list[int]] = []
    for vehicle in range(instance.fleet if found else 0):
        index, route = found.Value(model.NextVar(model.Start(vehicle))), []
        while not model.IsEnd(index):
            route.append(manager.IndexToNode(index))
            index = found.Value(model.NextVar(index))
        routes.append(route)
    answer({"routes": routes, "elapsed_s": elapsed_s})


def _model(manager: pywrapcp.RoutingIndexManager, instance: Instance) -> pywrapcp.RoutingModel:
    model = pywrapcp.RoutingModel(manager)
    # Matrices, not Python callbacks: these would cost it most of its speed.
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(instance.distances.tolist()))
    durations = instance.distances + instance.service[:, None]
    horizon = int(instance.closes[0])
    model.AddDimension(model.RegisterTransitMatrix(durations.tolist()), horizon, horizon, False, "time")
    time = model.GetDimensionOrDie("time")
    for i in range(1, instance.stops + 1):
        time.CumulVar(manager.NodeToIndex(i)).SetRange(int(instance.opens[i]), int(instance.closes[i]))
    model.AddDimension(model.RegisterUnaryTransitVector(instance.demands.tolist()), 0, instance.capacity, True, "load")
    return model


if __name__ == "__main__":
    run(asked_for("ortools"))
