"""VROOM on its own JSON, exploration level 5. Run as a child: `python -m benchmarks.city.peer_vroom`."""

from datetime import timedelta
from time import monotonic

import vroom

from benchmarks.peer_command import Asked, answer, asked_for
from benchmarks.solver.peer_vroom import EXPLORATION


def run(asked: Asked) -> None:
    """Solve and print routes with their vehicles."""
    given = vroom.Input.from_json(asked.file)
    began = monotonic()
    solution = given.solve(EXPLORATION, nb_threads=asked.threads, timeout=timedelta(seconds=asked.seconds))
    elapsed_s = monotonic() - began
    found = solution.to_dict()["routes"]
    answer(
        {
            "routes": [[step["id"] for step in route["steps"] if step["type"] == "job"] for route in found],
            "vehicles": [route["vehicle"] for route in found],
            "elapsed_s": elapsed_s,
        }
    )


if __name__ == "__main__":
    run(asked_for("vroom"))
