"""VROOM on one instance, exploration level 5. Run as a child: `python -m benchmarks.solver.peer_vroom`."""

from datetime import timedelta
from time import monotonic

import vroom

from benchmarks.peer_command import Asked, answer, asked_for
from benchmarks.solver.instances import Instance, read_instance

EXPLORATION = 5
"""The most thorough level."""


def problem(instance: Instance) -> vroom.Input:
    """The instance as VROOM's own types: durations and costs are the same matrix, a vehicle is free."""
    given = vroom.Input()
    given.set_durations_matrix("car", instance.distances)
    given.set_costs_matrix("car", instance.distances)
    shift = vroom.TimeWindow(int(instance.opens[0]), int(instance.closes[0]))
    given.add_vehicle(
        [
            vroom.Vehicle(number + 1, start=0, end=0, capacity=[instance.capacity], time_window=shift)
            for number in range(instance.fleet)
        ]
    )
    given.add_job(
        [
            vroom.Job(
                i,
                location=i,
                default_service=int(instance.service[i]),
                delivery=[int(instance.demands[i])],
                time_windows=[vroom.TimeWindow(int(instance.opens[i]), int(instance.closes[i]))],
            )
            for i in range(1, instance.stops + 1)
        ]
    )
    return given


def run(asked: Asked) -> None:
    """Solve and print the routes; VROOM often ends before its time limit, and says when."""
    given = problem(read_instance(asked.file))
    began = monotonic()
    solution = given.solve(EXPLORATION, nb_threads=asked.threads, timeout=timedelta(seconds=asked.seconds))
    elapsed_s = monotonic() - began
    routes = [[step["id"] for step in route["steps"] if "id" in step] for route in solution.to_dict()["routes"]]
    answer({"routes": routes, "elapsed_s": elapsed_s})


if __name__ == "__main__":
    run(asked_for("vroom"))
