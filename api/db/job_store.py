"""Jobs: long work with its state, progress and result."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.db.tables import Job, new_id
from api.errors import NotFoundError

UNFINISHED = ("queued", "running")
_FINISH_ASKED = "finish_asked"


def add_job(
    session: Session,
    *,
    tenant_id: str,
    city_id: str,
    kind: str,
    payload: dict[str, Any],
    now: datetime,
    created_by: str,
    state: str = "queued",
) -> Job:
    """Put a job into the queue; with state "running" the caller works on it himself."""
    job = Job(
        id=new_id("job"),
        tenant_id=tenant_id,
        city_id=city_id,
        kind=kind,
        state=state,
        payload=payload,
        progress={},
        result=None,
        error=None,
        created_at=now,
        created_by=created_by,
        started_at=now if state == "running" else None,
        finished_at=None,
    )
    session.add(job)
    session.flush()
    return job


def get_job(session: Session, tenant_id: str, job_id: str) -> Job:
    """One job of this tenant."""
    job = session.get(Job, job_id)
    if job is None or job.tenant_id != tenant_id:
        raise NotFoundError("there is no such job")
    return job


def find_any_job(session: Session, job_id: str) -> Job | None:
    """One job of any tenant: for the runner, which works for all of them."""
    return session.get(Job, job_id)


def list_unfinished(session: Session, tenant_id: str, city_id: str, kind: str) -> Sequence[Job]:
    """Jobs of a city that wait or run, oldest first."""
    query = select(Job).where(
        Job.tenant_id == tenant_id, Job.city_id == city_id, Job.kind == kind, Job.state.in_(UNFINISHED)
    )
    return session.scalars(query.order_by(Job.created_at, Job.id)).all()


def oldest_queued_id(session: Session) -> str | None:
    """The job that has waited longest, of any tenant."""
    query = select(Job.id).where(Job.state == "queued").order_by(Job.created_at, Job.id).limit(1)
    return session.scalar(query)


def take(session: Session, job_id: str, now: datetime) -> Job | None:
    """Turn a queued job into a running one; None when somebody else was faster."""
    query = update(Job).where(Job.id == job_id, Job.state == "queued").values(state="running", started_at=now)
    taken = session.execute(query.returning(Job.id), execution_options={"synchronize_session": False}).all()
    return session.get_one(Job, job_id, populate_existing=True) if taken else None


def requeue_running(session: Session) -> int:
    """Put jobs that a stopped service left running back into the queue, and say how many."""
    query = update(Job).where(Job.state == "running").values(state="queued", started_at=None, progress={})
    return len(session.execute(query.returning(Job.id), execution_options={"synchronize_session": False}).all())


def finish(
    job: Job, now: datetime, *, state: str, result: dict[str, Any] | None = None, error: str | None = None
) -> None:
    """End a job: done with its result, failed with its error, or cancelled."""
    job.state = state
    job.result = result
    job.error = error
    job.finished_at = now


def ask_to_finish(job: Job) -> None:
    """Wish that a running job ends with what it has found."""
    job.payload = job.payload | {_FINISH_ASKED: True}


def is_finish_asked(job: Job) -> bool:
    """Whether somebody wished that."""
    return bool(job.payload.get(_FINISH_ASKED))
