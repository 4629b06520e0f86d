"""PyVRP on one instance: one seed, its own defaults. Run as a child: `python -m benchmarks.solver.peer_pyvrp`."""

from time import monotonic
from typing import Any

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
from pyvrp.stop import MaxRuntime

from benchmarks.peer_command import Asked, answer, asked_for
from benchmarks.solver.instances import Instance, read_instance


def problem_data(instance: Instance) -> ProblemData:
    """The instance as PyVRP's own types: distance is the only cost, driving takes as long as it is far."""
    sites = range(1, instance.stops + 1)
    matrix: Any = np.asarray(instance.distances)  # PyVRP's hints name an older form of numpy's arrays
    return ProblemData(
        locations=[Location(int(x), int(y)) for x, y in instance.xy],
        clients=[
            Client(
                location=i,
                delivery=[int(instance.demands[i])],
                service_duration=int(instance.service[i]),
                tw_early=int(instance.opens[i]),
                tw_late=int(instance.closes[i]),
            )
            for i in sites
        ],
        depots=[Depot(0)],
        vehicle_types=[
            VehicleType(
                num_available=instance.fleet,
                capacity=[instance.capacity],
                tw_early=int(instance.opens[0]),
                tw_late=int(instance.closes[0]),
            )
        ],
        distance_matrices=[matrix],
        duration_matrices=[matrix],
    )


def run(asked: Asked) -> None:
    """Solve and print the best routes."""
    instance = read_instance(asked.file)
    data = problem_data(instance)
    began = monotonic()
    result = solve(data, MaxRuntime(asked.seconds), seed=asked.seed, collect_stats=False)
    elapsed_s = monotonic() - began
    # Clients are numbered from 0 in PyVRP, stops in the file from 1.
    routes = [[one.idx + 1 for one in route if one.is_client()] for route in result.best.routes()]
    answer({"routes": routes, "elapsed_s": elapsed_s, "iterations": result.num_iterations})


if __name__ == "__main__":
    run(asked_for("pyvrp"))
