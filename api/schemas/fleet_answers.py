"""How cities, depots, couriers and shifts look in answers."""

from typing import Any

from api.db.tables import AccessToken, City, Courier, Depot, Shift


def city_row(city: City) -> dict[str, Any]:
    """One city."""
    return {
        "slug": city.slug,
        "name": city.name,
        "timezone": city.timezone,
        "country": city.country,
        "phone_region": city.phone_region,
        "currency": city.currency,
        "lon": city.lon,
        "lat": city.lat,
    }


def depot_row(depot: Depot) -> dict[str, Any]:
    """One depot."""
    return {
        "id": depot.id,
        "code": depot.code,
        "name": depot.name,
        "address": depot.address,
        "phone": depot.phone_e164,
        "lon": depot.lon,
        "lat": depot.lat,
        "service_s": depot.service_s,
    }


def courier_row(courier: Courier) -> dict[str, Any]:
    """One courier."""
    return {
        "id": courier.id,
        "code": courier.code,
        "name": courier.name,
        "phone": courier.phone_e164,
        "vehicle_profile": courier.vehicle_profile,
        "skills": courier.skills,
        "zone_ids": courier.zone_ids,
        "capacity": {
            "items": courier.capacity_items,
            "weight_g": courier.capacity_weight_g,
            "volume_ml": courier.capacity_volume_ml,
            "cash_minor": courier.cash_limit_minor,
        },
    }


def phone_row(token: AccessToken) -> dict[str, Any]:
    """One phone of a courier; its secret is kept nowhere."""
    return {
        "id": token.id,
        "name": token.name,
        "created_at": token.created_at,
        "last_seen_at": token.last_seen_at,
        "app": token.last_dialect,
        "mqtt_name": token.mqtt_name,
    }


def shift_row(shift: Shift) -> dict[str, Any]:
    """One shift; depots by their ids."""
    return {
        "id": shift.id,
        "courier_id": shift.courier_id,
        "date": shift.on_date.isoformat(),
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "start_depot": shift.start_depot_id,
        "end_depot": shift.end_depot_id,
        "state": shift.state,
    }
