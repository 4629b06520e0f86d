"""Streets by an OSRM server: the same questions and answers as in process, over HTTP."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from routing.errors import RoadNetworkError
from routing.osrm import MAX_SNAP_M, OsrmRoads
from routing.osrm_answers import Answer, OsrmRefusedError
from zones.lonlat import LonLat

_TIMEOUT_S = 20.0


class OsrmHttpRoads(OsrmRoads):
    """
    A `RoadNetwork` answered by an OSRM server.

    Parameters
    ----------
    base_url
        For example `http://127.0.0.1:5000`; http or https.
    profile
        As in the server's paths; `osrm-routed` takes any word.
    build
        What to call the server's network in plans; the server itself does not say.

    Raises
    ------
    RoadNetworkError
        When the address is not http(s); later, from every question, when the server does not answer.
    """

    def __init__(
        self, base_url: str, profile: str = "driving", build: str = "server", max_snap_m: float = MAX_SNAP_M
    ) -> None:
        super().__init__(_HttpEngine(base_url, profile), build, max_snap_m)


class _HttpEngine:
    """Questions within the limits that `osrm-routed` has by default: 100 places a question."""

    table_size = 50
    match_size = 100

    def __init__(self, base_url: str, profile: str) -> None:
        if urlsplit(base_url).scheme not in {"http", "https"} or not urlsplit(base_url).netloc:
            raise RoadNetworkError(f"expected an OSRM address such as http://127.0.0.1:5000, got {base_url!r}")
        self._base_url = base_url.rstrip("/")
        self._profile = profile

    def table(self, points: Sequence[LonLat], sources: Sequence[int], destinations: Sequence[int]) -> Answer:
        return self._ask(
            "table",
            points,
            annotations="duration,distance",
            sources=";".join(map(str, sources)),
            destinations=";".join(map(str, destinations)),
        )

    def route(self, points: Sequence[LonLat]) -> Answer:
        return self._ask(
            "route", points, steps="true", geometries="geojson", overview="false", continue_straight="false"
        )

    def nearest(self, point: LonLat, count: int) -> Answer:
        return self._ask("nearest", [point], number=str(count))

    def match(self, points: Sequence[LonLat], at_s: Sequence[int], radius_m: Sequence[float]) -> Answer:
        return self._ask(
            "match",
            points,
            timestamps=";".join(map(str, at_s)),
            radiuses=";".join(f"{radius:.1f}" for radius in radius_m),
            overview="false",
        )

    def _ask(self, service: str, points: Sequence[LonLat], **options: str) -> Answer:
        places = ";".join(f"{point.lon:.6f},{point.lat:.6f}" for point in points)
        query = urlencode({**options, "generate_hints": "false"}, safe=",;")
        url = f"{self._base_url}/{service}/v1/{self._profile}/{places}?{query}"
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response:  # noqa: S310 - http(s), checked when made
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise RoadNetworkError(
                f"expected an OSRM answer from {self._base_url}, got: {error}; check that the server runs there"
            ) from error

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        """OSRM says "no" with status 400 and a JSON body; everything else that fails is no OSRM speaking."""
        with error:
            try:
                said = json.load(error)
                return OsrmRefusedError(str(said["code"]), str(said.get("message", "")))
            except (ValueError, KeyError, TypeError):
                return RoadNetworkError(
                    f"expected an OSRM answer from {self._base_url}, got HTTP {error.code}; check the address"
                )
