"""One plan job from taking it up to its end: load, solve in a child process, save in one transaction."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from api.actions.planning import PreparedDay, StalePlanError, job_result, prepare_day, preview_result, save_solution
from api.context import Caller, Role, Services
from api.db import job_store
from api.db.tables import Job
from api.errors import ServiceError
from api.jobs.child_process import SolveChild, SolveFailedError, SolveStoppedError
from api.jobs.solve_request import SolveProgress, SolveRequest
from routing.errors import RoutingError

log = structlog.get_logger(__name__)

MOST_TRIES = 3
"""How often a plan is made anew when orders or shifts change while it is being made."""

_WRITE_EVERY_S = 0.5

type OnProgress = Callable[[SolveProgress], None]


@dataclass(slots=True)
class _Watch:
    """Looks at the job's row twice a second: writes progress, reads the wishes to cancel or to finish."""

    services: Services
    job_id: str
    stopping: Callable[[], bool]
    on_progress: OnProgress | None
    latest: SolveProgress | None = None
    looked_at: float = 0.0
    cancelled: bool = False
    is_enough: bool = False

    def take(self, progress: SolveProgress) -> None:
        self.latest = progress
        if self.on_progress is not None:
            self.on_progress(progress)

    def should_stop(self) -> bool:
        if time.monotonic() - self.looked_at >= _WRITE_EVERY_S:
            self.looked_at = time.monotonic()
            self._look()
        return self.cancelled or self.stopping()

    def _look(self) -> None:
        told, self.latest = self.latest, None
        if told is None:
            with self.services.db.read() as session:
                job = job_store.find_any_job(session, self.job_id)
        else:
            with self.services.db.write() as session:
                job = job_store.find_any_job(session, self.job_id)
                if job is not None:
                    job.progress = {"elapsed_s": round(told.elapsed_s, 2), "best_cost": told.best_cost}
        self.cancelled = job is None or job.cancel_asked
        self.is_enough = job is not None and job_store.is_finish_asked(job)


def work_on(
    services: Services,
    job_id: str,
    *,
    stopping: Callable[[], bool] = lambda: False,
    on_progress: OnProgress | None = None,
) -> Job:
    """
    Bring a running job to its end and give it back: done, failed or cancelled.

    When `stopping` says so, the job stays as it is; whoever starts next takes it up again.
    """
    watch = _Watch(services, job_id, stopping, on_progress)
    try:
        for _ in range(MOST_TRIES):
            try:
                return _once(services, job_id, watch)
            except StalePlanError:
                continue
    except SolveStoppedError:
        return _stopped(services, job_id, cancelled=watch.cancelled)
    except (ServiceError, RoutingError, SolveFailedError) as error:
        return _fail(services, job_id, str(error))
    except Exception:
        log.exception("a job broke", job=job_id)
        return _fail(services, job_id, "something broke inside; the log has the reason under this job's id")
    message = "orders or shifts kept changing while the plan was made; ask for it again"
    return _fail(services, job_id, message)


def _once(services: Services, job_id: str, watch: _Watch) -> Job:
    now = services.clock.now()
    with services.db.read() as session:
        job = _job(job_store.find_any_job(session, job_id))
        prepared = prepare_day(session, job, now)
    with SolveChild(solve_request(services, prepared)) as child:
        solved = child.solve(watch.take, watch.should_stop, lambda: watch.is_enough)
    now = services.clock.now()
    with services.db.write() as session:
        job = _job(job_store.find_any_job(session, job_id))
        if job.cancel_asked:
            job_store.finish(job, now, state="cancelled")
            return job
        made = solved.plan.provenance
        job.progress = {"elapsed_s": made.elapsed_s, "best_cost": made.cost}
        if job.payload.get("preview"):
            result = preview_result(prepared, solved)
        else:
            published = save_solution(session, services, _caller(job), prepared, solved, now)
            result = job_result(published, prepared, solved)
        job_store.finish(job, now, state="done", result=result)
    return job


def solve_request(services: Services, prepared: PreparedDay) -> SolveRequest:
    """What the child process is given."""
    return SolveRequest(
        inputs=prepared.inputs,
        old=prepared.day.plan,
        couriers=dict(prepared.day.couriers),
        rules=prepared.rules,
        now=prepared.day.now,
        limits=prepared.limits,
        networks_folder=str(services.settings.networks_folder.resolve()),
        city_slug=prepared.day.city.slug,
        vehicle_profile=prepared.vehicle_profile,
    )


def _caller(job: Job) -> Caller:
    """Whoever asked for the plan stands behind it."""
    return Caller(tenant_id=job.tenant_id, role=Role.DISPATCHER, actor=job.created_by, name="Corridor")


def _job(job: Job | None) -> Job:
    if job is None:
        raise SolveFailedError("the job has vanished")
    return job


def _stopped(services: Services, job_id: str, *, cancelled: bool) -> Job:
    if not cancelled:
        with services.db.read() as session:
            return _job(job_store.find_any_job(session, job_id))
    return _end(services, job_id, services.clock.now(), state="cancelled")


def _fail(services: Services, job_id: str, why: str) -> Job:
    return _end(services, job_id, services.clock.now(), state="failed", error=why)


def _end(services: Services, job_id: str, now: datetime, **ending: Any) -> Job:
    with services.db.write() as session:
        job = _job(job_store.find_any_job(session, job_id))
        job_store.finish(job, now, **ending)
    return job
