"""Plans in progress kept between questions, so that nobody on the phone waits for a whole day to be loaded."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from typing import Any

from routing.fleet import Shift
from routing.roads import RoadNetwork
from routing.solver.live_plan import LivePlan

_MOST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUp:
    """
    A day's plan in progress, and the streets it is on; `plan` is None when no courier can take anything more.

    `shifts` are those of the day that have not ended.
    """

    plan: LivePlan | None
    roads: RoadNetwork
    shifts: tuple[Shift, ...]


class LiveMemory:
    """
    The newest plan taken up of each city and day, as long as its stamp is the same.

    A stamp is whatever the plan was made from, put shortly: equal stamps, equal plans.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, date], tuple[Any, TakenUp]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, city_id: str, on_date: date, stamp: Any) -> TakenUp | None:
        """The plan kept under this stamp."""
        with self._lock:
            found = self._kept.get((city_id, on_date))
        return found[1] if found is not None and found[0] == stamp else None

    def keep(self, city_id: str, on_date: date, stamp: Any, taken: TakenUp) -> None:
        """Keep a plan instead of the one before; the longest kept of too many is dropped."""
        with self._lock:
            self._kept[city_id, on_date] = (stamp, taken)
            self._kept.move_to_end((city_id, on_date))
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
