"""What a new plan changes, as rows: for a job's answer and for the events table."""

from collections.abc import Mapping
from typing import Any

from routing.plan import Plan, PlanDiff, VisitChange


def diff_row(diff: PlanDiff, old: Plan, order_nos: Mapping[str, str]) -> dict[str, Any]:
    """The whole diff; `old` is the plan that was in force, for the visits that were dropped."""
    order_of = {visit.visit_id: visit.order_id for route in old.routes for visit in route.visits}
    order_of |= {change.visit_id: change.order_id for change in (*diff.moved, *diff.retimed)}

    def named(visit_id: str) -> dict[str, Any]:
        order_id = order_of.get(visit_id)
        return {"visit_id": visit_id, "order_id": order_id, "order_no": order_nos.get(order_id or "")}

    def changed(change: VisitChange) -> dict[str, Any]:
        return named(change.visit_id) | {
            "old_shift_id": change.old_shift_id,
            "new_shift_id": change.new_shift_id,
            "old_starts_at": change.old_starts_at.isoformat(),
            "new_starts_at": change.new_starts_at.isoformat(),
            "later_s": change.later_s,
            "must_tell": change.must_tell,
        }

    return {
        "moved": [changed(one) for one in diff.moved],
        "retimed": [changed(one) for one in diff.retimed],
        "added": list(diff.added),
        "dropped": [named(one) for one in diff.dropped],
        "changed": len(diff.changed_ids),
        "to_tell": [named(one) for one in diff.tell_ids],
        "cost_before": diff.cost_before,
        "cost_after": diff.cost_after,
        "change_cost": diff.change_cost,
        "remarks": [{"code": one.code, "where": one.where, "message": one.message} for one in diff.remarks],
    }


def diff_counts(diff: PlanDiff) -> dict[str, Any]:
    """The diff in figures, with the visits whose clients have to be told: what an event carries."""
    return {
        "moved": len(diff.moved),
        "retimed": len(diff.retimed),
        "added": len(diff.added),
        "dropped": len(diff.dropped),
        "changed": len(diff.changed_ids),
        "to_tell": list(diff.tell_ids),
        "cost_before": diff.cost_before,
        "cost_after": diff.cost_after,
        "change_cost": diff.change_cost,
        "remarks": [one.code for one in diff.remarks],
    }
