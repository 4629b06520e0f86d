"""Compile tracking's detectors, or load them: `python -m tracking.kernel.warm_up` is a part of the set-up."""

import logging
import shutil
from functools import cache
from time import perf_counter

import numpy as np

from tracking import eta_clock
from tracking.kernel import CACHE_FOLDER, is_compiled
from tracking.kernel import layout as at
from tracking.kernel.run import run

_log = logging.getLogger(__name__)


@cache
def warm_up() -> float:
    """Have the detectors ready in this process, and say in the log when that means compiling; seconds that it took."""
    began = perf_counter()
    if not is_compiled():
        _log.warning("compiling tracking's detectors, once; this takes some seconds")
        for folder in CACHE_FOLDER.parent.glob("tracking-*"):
            if folder != CACHE_FOLDER:
                shutil.rmtree(folder, ignore_errors=True)
    motion = np.zeros(at.MOTION_SIZE)
    motion[at.PLACE_AT] = np.nan
    vertices = np.array([(0.0, 0.0, 0.0, 0.0), (100.0, 0.0, 100.0, 10.0)])
    run(
        0, 1, np.ones(at.USUAL_SIZE), np.zeros((1, at.FIX_COLUMNS)), np.ones(at.HEAD_SIZE), vertices,
        np.zeros((1, at.PLANNED_COLUMNS)), np.ones(len(at.RULES)), motion, np.full((1, at.VISIT_COLUMNS), np.nan),
        np.empty((1, at.SIGHT_COLUMNS)),
    )  # fmt: skip
    eta_clock.warm_up()
    return perf_counter() - began


if __name__ == "__main__":
    print(f"tracking's detectors are ready ({warm_up():.1f} s)")
