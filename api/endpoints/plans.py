"""Plans of a day, and the jobs that make them."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import planning
from api.actions.plan_risks import plan_risks, with_risks
from api.actions.visit_choices import list_choices
from api.auth import allow
from api.context import Role
from api.jobs.runner import JobRunner
from api.json_answer import json_answer
from api.schemas.plan_answers import choices_row, job_row, plan_row, whole_plan
from api.schemas.plans import JobAnswer, JobPath, JobShape, PlanBody, PlanPath, PlansQuery, PlanVisitPath
from api.web import caller, runtime, services
from routing.formats.plan_json import plan_to_geojson

blueprint = APIBlueprint("plans", __name__)


@blueprint.post("/v1/plans", responses={202: JobAnswer}, summary="Plan a day")
@allow(Role.DISPATCHER)
def post_plan(body: PlanBody) -> Response:
    """Ask for a plan: 202 with the job that makes it."""
    job = planning.request_plan(
        services(),
        caller(),
        body.city,
        body.date,
        time_limit_s=body.time_limit_s,
        seed=body.seed,
        reserve_min=body.reserve_min,
        rules=body.rules(),
        preview=body.preview,
    )
    runtime().get(JobRunner).wake()
    return json_answer({"job": job_row(job)}, 202, {"Location": f"/v1/jobs/{job.id}"})


@blueprint.get("/v1/plans", summary="Plan versions of a day")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_plans(query: PlansQuery) -> Response:
    """All versions, the newest first; that one is in force."""
    city, rows, counts = planning.list_plans(services(), caller(), query.city, query.date)
    listed = [plan_row(city, row) | {"visits": counts[row.id][0], "unassigned": counts[row.id][1]} for row in rows]
    return json_answer({"plans": listed})


@blueprint.get("/v1/plans/<plan_id>.geojson", summary="A plan as GeoJSON")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_plan_geojson(path: PlanPath) -> Response:
    """Routes as lines, visits as points."""
    _, _, plan = planning.get_plan(services(), caller(), path.plan_id)
    response = json_answer(plan_to_geojson(plan))
    response.content_type = "application/geo+json"
    return response


@blueprint.get("/v1/plans/<plan_id>", summary="One plan version")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_plan(path: PlanPath) -> Response:
    """Routes, visits with their risk to be late, legs, and what was left out and why."""
    city, row, plan = planning.get_plan(services(), caller(), path.plan_id)
    return json_answer(with_risks(whole_plan(city, row, plan), plan_risks(services(), caller(), plan)))


@blueprint.get("/v1/plans/<plan_id>/visits/<visit_id>/choices", summary="What a visit would cost with each courier")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_visit_choices(path: PlanVisitPath) -> Response:
    """Every shift, the cheapest first: the added cost against the present place, or why it cannot have the visit."""
    return json_answer(choices_row(list_choices(services(), caller(), path.plan_id, path.visit_id)))


@blueprint.get("/v1/jobs/<job_id>", responses={200: JobShape}, summary="How a job is getting on")
@allow(Role.DISPATCHER)
def get_job(path: JobPath) -> Response:
    """State, progress, and the result or error once it has ended."""
    return json_answer(job_row(planning.get_job(services(), caller(), path.job_id)))


@blueprint.post("/v1/jobs/<job_id>/finish", responses={200: JobShape}, summary="Take the best plan so far")
@allow(Role.DISPATCHER)
def finish_job(path: JobPath) -> Response:
    """End the search of a running job now; the best plan it has found is checked and published as usual."""
    return json_answer(job_row(planning.finish_job(services(), caller(), path.job_id)))


@blueprint.post("/v1/jobs/<job_id>/cancel", summary="Stop a job")
@allow(Role.DISPATCHER)
def cancel_job(path: JobPath) -> Response:
    """Stop a job; what it had found is not used."""
    job = planning.cancel_job(services(), caller(), path.job_id)
    runtime().get(JobRunner).wake()
    return json_answer(job_row(job))
