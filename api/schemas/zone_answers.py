"""How zones look in answers."""

from typing import Any

from api.actions.zones import ImportedZones, ResolvedPlace
from zones.problem import ZoneProblem


def problem_row(problem: ZoneProblem) -> dict[str, Any]:
    """One thing wrong in a file of zones."""
    point = problem.point
    return {
        "code": problem.code,
        "where": problem.where,
        "message": problem.message,
        "severity": problem.severity.value,
        "zone_ids": list(problem.zone_ids),
        "point": None if point is None else {"lon": point.lon, "lat": point.lat},
    }


def imported_row(imported: ImportedZones) -> dict[str, Any]:
    """A new version."""
    return {
        "version": imported.version,
        "state": imported.state,
        "zones": imported.zones,
        "changes": {
            "added": list(imported.changes.added),
            "removed": list(imported.changes.removed),
            "changed": list(imported.changes.changed),
        },
        "warnings": [problem_row(one) for one in imported.warnings],
    }


def resolved_row(place: ResolvedPlace) -> dict[str, Any]:
    """
    The zone of a place and the rule that decided; outside every zone an order there goes to a carrier.

    Without zones in force every place is served: then `version` and `zone_id` are null and the class is "zone".
    """
    resolved = place.resolved
    zone = None if resolved is None else resolved.zone
    nearest = None if resolved is None else resolved.nearest
    return {
        "zone_id": None if zone is None else zone.zone_id,
        "name": None if zone is None else zone.name,
        "version": place.version,
        "rule": None if resolved is None else resolved.reason.value,
        "losers": [] if resolved is None else [loser.zone_id for loser in resolved.losers],
        "class": "carrier" if resolved is not None and zone is None else "zone",
        "nearest": None
        if nearest is None or resolved is None
        else {"zone_id": nearest.zone_id, "name": nearest.name, "distance_m": round(resolved.nearest_m or 0.0, 1)},
    }
