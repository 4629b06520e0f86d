"""How plans and jobs look in answers."""

from typing import Any

from api.actions.visit_choices import VisitChoices
from api.db.tables import City, Job, PlanRow
from routing.formats.plan_json import plan_to_json
from routing.plan import Plan


def job_row(job: Job) -> dict[str, Any]:
    """One job."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "result": job.result,
        "error": job.error,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def plan_row(city: City, row: PlanRow) -> dict[str, Any]:
    """One version of a plan, without its routes."""
    return {
        "id": row.id,
        "city": city.slug,
        "date": row.on_date.isoformat(),
        "version": row.version,
        "based_on": row.based_on_id,
        "reason": row.reason,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "provenance": row.provenance,
    }


def whole_plan(city: City, row: PlanRow, plan: Plan) -> dict[str, Any]:
    """One version with routes, visits, legs and what was left out."""
    content = plan_to_json(plan)
    return plan_row(city, row) | {"routes": content["routes"], "unassigned": content["unassigned"]}


def choices_row(found: VisitChoices) -> dict[str, Any]:
    """What one visit would cost with each courier."""
    return {
        "visit_id": found.visit_id,
        "order_id": found.order_id,
        "order_no": found.order_no,
        "choices": [
            {
                "shift_id": one.shift_id,
                "courier_id": one.courier_id,
                "is_present": one.is_present,
                "added_cost": one.added_cost,
                "position": one.position,
                "refusal": None if one.refusal is None else one.refusal.value,
            }
            for one in found.choices
        ],
    }
