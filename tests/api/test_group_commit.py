import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.context import Services
from api.db.tables import Tenant
from api.group_commit import GroupCommit, WriterClosedError

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def writer(services: Services) -> Iterator[GroupCommit]:
    writer = GroupCommit(services.db)
    writer.start()
    yield writer
    writer.stop()


def add_tenant(session: Session, tenant_id: str) -> str:
    session.add(Tenant(id=tenant_id, name=tenant_id, created_at=NOW))
    session.flush()
    return tenant_id


def tenants(services: Services) -> int:
    with services.db.read() as session:
        return session.scalar(select(func.count()).select_from(Tenant)) or 0


def test_the_answer_comes_after_the_commit(services: Services, writer: GroupCommit) -> None:
    assert writer.run(lambda session: add_tenant(session, "a")) == "a"
    assert tenants(services) == 1


def test_many_callers_are_all_written(services: Services, writer: GroupCommit) -> None:
    callers = [
        threading.Thread(target=writer.run, args=(lambda session, k=k: add_tenant(session, f"t{k}"),))
        for k in range(60)
    ]

    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert tenants(services) == 60


def test_a_failing_request_never_fails_its_neighbours(services: Services, writer: GroupCommit) -> None:
    gate = threading.Event()
    failures: list[Exception] = []

    def fail(session: Session) -> None:
        add_tenant(session, "half-written")
        raise ValueError("no")

    def run_and_note(work: object) -> None:
        try:
            writer.run(work)  # type: ignore[arg-type]
        except ValueError as error:
            failures.append(error)

    # The first request holds the writer, so that all others wait for one transaction.
    holder = threading.Thread(target=writer.run, args=(lambda _session: gate.wait(10),))
    others = [threading.Thread(target=run_and_note, args=(fail,))]
    others += [
        threading.Thread(target=run_and_note, args=(lambda session, k=k: add_tenant(session, f"good{k}"),))
        for k in range(5)
    ]
    holder.start()
    for other in others:
        other.start()
    gate.set()
    for thread in [holder, *others]:
        thread.join()

    assert len(failures) == 1
    assert tenants(services) == 5


def test_a_violated_key_is_told_to_the_one_who_wrote_it(services: Services, writer: GroupCommit) -> None:
    writer.run(lambda session: add_tenant(session, "a"))

    with pytest.raises(Exception, match="UNIQUE"):
        writer.run(lambda session: add_tenant(session, "a"))

    assert writer.run(lambda session: add_tenant(session, "b")) == "b"


def test_after_stop_nothing_is_taken(services: Services, writer: GroupCommit) -> None:
    writer.stop()

    with pytest.raises(WriterClosedError):
        writer.run(lambda session: add_tenant(session, "a"))
    assert tenants(services) == 0


def test_without_a_running_thread_work_is_done_at_once(services: Services) -> None:
    GroupCommit(services.db).run(lambda session: add_tenant(session, "a"))

    assert tenants(services) == 1
