"""A plan as JSON-able values and back, and as GeoJSON for maps."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from routing.errors import PlanFormatError
from routing.plan import (
    Halt,
    HaltKind,
    Leg,
    Plan,
    Provenance,
    Remedy,
    RemedyKind,
    Route,
    Unassigned,
    UnassignedCode,
    Visit,
)
from zones.lonlat import LonLat

FORMAT = "corridor-plan/1"


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan as dicts, lists, texts and numbers; instants are ISO texts in UTC, points are [lon, lat]."""
    return {
        "format": FORMAT,
        "routes": [route_to_json(route) for route in plan.routes],
        "unassigned": [
            {
                "order_id": one.order_id,
                "visit_id": one.visit_id,
                "code": one.code.value,
                "message": one.message,
                "remedies": [remedy_to_json(remedy) for remedy in one.remedies],
            }
            for one in plan.unassigned
        ],
        "provenance": asdict(plan.provenance),
    }


def plan_from_json(document: Any) -> Plan:
    """
    The plan that `plan_to_json` wrote: `plan_from_json(plan_to_json(p)) == p`.

    Raises
    ------
    PlanFormatError
        When the document is none of ours; the message names the missing or wrong part.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PlanFormatError(f"expected a plan with format {FORMAT!r}")
    try:
        return Plan(
            routes=tuple(route_from_json(route) for route in document["routes"]),
            unassigned=tuple(
                Unassigned(
                    order_id=one["order_id"],
                    visit_id=one["visit_id"],
                    code=UnassignedCode(one["code"]),
                    message=one["message"],
                    remedies=tuple(remedy_from_json(remedy) for remedy in one.get("remedies", ())),
                )
                for one in document["unassigned"]
            ),
            provenance=Provenance(**document["provenance"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise PlanFormatError(f"this plan cannot be read: {type(error).__name__} {error}") from error


def remedy_to_json(remedy: Remedy) -> dict[str, Any]:
    """One proved way to have an order served: {kind, amount, name, shift_id, text}."""
    return asdict(remedy) | {"kind": remedy.kind.value}


def remedy_from_json(value: dict[str, Any]) -> Remedy:
    """The remedy that `remedy_to_json` wrote."""
    return Remedy(**(value | {"kind": RemedyKind(value["kind"])}))


def route_to_json(route: Route) -> dict[str, Any]:
    """One route; also used where routes are stored one by one."""
    return {
        "shift_id": route.shift_id,
        "courier_id": route.courier_id,
        "departs_at": _text(route.departs_at),
        "returns_at": _text(route.returns_at),
        "visits": [
            {
                "visit_id": visit.visit_id,
                "order_id": visit.order_id,
                "point": _pair(visit.point),
                "arrives_at": _text(visit.arrives_at),
                "starts_at": _text(visit.starts_at),
                "leaves_at": _text(visit.leaves_at),
                "setup_s": visit.setup_s,
            }
            for visit in route.visits
        ],
        "legs": [leg_to_json(leg) for leg in route.legs],
    }


def route_from_json(value: dict[str, Any]) -> Route:
    """The route that `route_to_json` wrote; visits without a setup are from before there was one."""
    return Route(
        shift_id=value["shift_id"],
        courier_id=value["courier_id"],
        departs_at=_instant(value["departs_at"]),
        returns_at=_instant(value["returns_at"]),
        visits=tuple(
            Visit(
                visit_id=visit["visit_id"],
                order_id=visit["order_id"],
                point=_point(visit["point"]),
                arrives_at=_instant(visit["arrives_at"]),
                starts_at=_instant(visit["starts_at"]),
                leaves_at=_instant(visit["leaves_at"]),
                setup_s=visit.get("setup_s", 0),
            )
            for visit in value["visits"]
        ),
        legs=tuple(leg_from_json(leg) for leg in value["legs"]),
    )


def leg_to_json(leg: Leg) -> dict[str, Any]:
    """One leg: {distance_m, duration_s, path: [[lon, lat], ...], source}; halts and free-flow seconds if any."""
    value: dict[str, Any] = {
        "distance_m": leg.distance_m,
        "duration_s": leg.duration_s,
        "path": [_pair(point) for point in leg.path],
        "source": leg.source,
    }
    if leg.free_flow_s is not None:
        value["free_flow_s"] = leg.free_flow_s
    if leg.halts:
        value["halts"] = [
            {
                "kind": halt.kind.value,
                "name": halt.name,
                "starts_at": _text(halt.starts_at),
                "duration_s": halt.duration_s,
            }
            for halt in leg.halts
        ]
    return value


def leg_from_json(value: dict[str, Any]) -> Leg:
    """The leg that `leg_to_json` wrote."""
    return Leg(
        distance_m=value["distance_m"],
        duration_s=value["duration_s"],
        path=tuple(_point(pair) for pair in value["path"]),
        source=value["source"],
        halts=tuple(
            Halt(
                kind=HaltKind(halt["kind"]),
                name=halt["name"],
                starts_at=_instant(halt["starts_at"]),
                duration_s=halt["duration_s"],
            )
            for halt in value.get("halts", ())
        ),
        free_flow_s=value.get("free_flow_s"),
    )


def plan_to_geojson(plan: Plan) -> dict[str, Any]:
    """
    The plan as a GeoJSON FeatureCollection (RFC 7946): a LineString a route, a Point a visit.

    A route whose legs have no path yet is drawn through its visits; one with a single point has no line.
    """
    features: list[dict[str, Any]] = []
    for route in plan.routes:
        line = _line(route)
        if len(line) > 1:
            features.append(_feature("LineString", line, _route_properties(route)))
        for sequence, visit in enumerate(route.visits, start=1):
            properties = {
                "kind": "visit",
                "shift_id": route.shift_id,
                "sequence": sequence,
                "visit_id": visit.visit_id,
                "order_id": visit.order_id,
                "arrives_at": _text(visit.arrives_at),
                "starts_at": _text(visit.starts_at),
                "leaves_at": _text(visit.leaves_at),
            }
            features.append(_feature("Point", _pair(visit.point), properties))
    return {"type": "FeatureCollection", "features": features}


def _route_properties(route: Route) -> dict[str, Any]:
    return {
        "kind": "route",
        "shift_id": route.shift_id,
        "courier_id": route.courier_id,
        "departs_at": _text(route.departs_at),
        "returns_at": _text(route.returns_at),
        "distance_m": sum(leg.distance_m for leg in route.legs),
        "visits": len(route.visits),
    }


def _line(route: Route) -> list[list[float]]:
    points = [point for leg in route.legs for point in leg.path] or [visit.point for visit in route.visits]
    return [_pair(point) for n, point in enumerate(points) if n == 0 or point != points[n - 1]]


def _feature(kind: str, coordinates: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def _pair(point: LonLat) -> list[float]:
    return [point.lon, point.lat]


def _point(pair: list[float]) -> LonLat:
    return LonLat(lon=pair[0], lat=pair[1])


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
