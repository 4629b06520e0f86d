"""Takes up queued jobs, a few at a time, each in a child process; what a stopped service left is taken up again."""

import threading

import structlog

from api.context import Services
from api.db import job_store
from api.jobs.plan_job import work_on
from api.runtime import Runtime

log = structlog.get_logger(__name__)

JOBS_AT_ONCE = 2
_LOOK_EVERY_S = 0.5
"""How soon a job is noticed that another process put into the queue; our own endpoints `wake` the runner."""


class JobRunner:
    """
    Worker threads that look for jobs. The jobs table is the queue: nothing is lost when the process ends.

    Each thread only waits for its child process; solving itself takes place there.
    """

    def __init__(self, services: Services, jobs_at_once: int = JOBS_AT_ONCE) -> None:
        self._services = services
        self._jobs_at_once = jobs_at_once
        self._stopping = threading.Event()
        self._news = threading.Condition()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Put jobs that were left running back into the queue, and begin to work."""
        self._stopping.clear()
        with self._services.db.write() as session:
            again = job_store.requeue_running(session)
        if again:
            log.info("unfinished jobs are taken up again", jobs=again)
        self._threads = [
            threading.Thread(target=self._work, name=f"jobs-{number}", daemon=True)
            for number in range(self._jobs_at_once)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop the child processes; their jobs stay in the table and are taken up by the next start."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join(timeout=5)
        self._threads = []

    def wake(self) -> None:
        """Look for jobs now."""
        with self._news:
            self._news.notify_all()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                found = self._take_one()
                if found is not None:
                    job = work_on(self._services, found, stopping=self._stopping.is_set)
                    log.info("job worked on", job=job.id, kind=job.kind, state=job.state, error=job.error)
                    continue
            except Exception:
                # the database may be busy or away for a while: the thread must outlive that
                log.exception("the job runner could not work")
            with self._news:
                if not self._stopping.is_set():
                    self._news.wait(_LOOK_EVERY_S)

    def _take_one(self) -> str | None:
        with self._services.db.read() as session:
            waiting = job_store.oldest_queued_id(session)
        if waiting is None:
            return None
        with self._services.db.write() as session:
            taken = job_store.take(session, waiting, self._services.clock.now())
        return None if taken is None else taken.id


def add_background(runtime: Runtime, services: Services) -> None:
    """Let the service run jobs, and endpoints wake the runner."""
    runner = JobRunner(services)
    runtime.add("jobs", runner.start, runner.stop)
    runtime.provide(runner)
