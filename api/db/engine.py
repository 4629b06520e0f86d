"""The database engine: SQLite with WAL and full sync by default, PostgreSQL by its address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry


class Database:
    """Transactions on one database. `write()` locks at once on SQLite, so that nobody fails half-way on a busy file."""

    def __init__(self, url: str, *, busy_timeout_ms: int = 20_000) -> None:
        self.engine: Engine = _make_engine(url, busy_timeout_ms)
        self.is_sqlite: bool = self.engine.dialect.name == "sqlite"
        self.on_commit: Callable[[], None] = lambda: None
        """Called after every committed `write()`, in its thread: readers of the log of events look at once."""

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that may write: committed at the end, rolled back when anything is raised."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection(execution_options={"corridor_write": True})
            yield session
        self.on_commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One transaction that only reads."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _make_engine(url: str, busy_timeout_ms: int) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        url,
        connect_args={"timeout": busy_timeout_ms / 1000},
        pool_size=20,
        max_overflow=100,
        hide_parameters=True,  # errors are logged, and parameters hold names, addresses and phone numbers
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # pysqlite would begin transactions late and by itself; we begin them, see below
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={busy_timeout_ms}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("corridor_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
