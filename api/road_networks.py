"""The street network of each city, opened once and kept open; straight lines where there is none."""

import threading
from pathlib import Path

from routing.osrm import current_network, open_network
from routing.roads import RoadNetwork, StraightLineRoads


class RoadNetworks:
    """
    Street networks by city and vehicle profile, from `<root>/<city slug>/<profile>/<build>/`.

    A newly built network is found after `forget()`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: dict[tuple[str, str], RoadNetwork] = {}
        self._lock = threading.Lock()

    def get(self, city_slug: str, profile: str = "car") -> RoadNetwork:
        """The network in force, or straight lines (`source` "great_circle") when none was built."""
        key = (city_slug, profile)
        with self._lock:
            if key not in self._open:
                folder = current_network(self._root, city_slug, profile)
                self._open[key] = open_network(folder) if folder else StraightLineRoads()
            return self._open[key]

    def find_folder(self, city_slug: str, profile: str = "car") -> Path | None:
        """The folder of the network in force; None when none was built."""
        return current_network(self._root, city_slug, profile)

    def forget(self) -> None:
        """Open every network anew at its next use."""
        with self._lock:
            self._open.clear()
