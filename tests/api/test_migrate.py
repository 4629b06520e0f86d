"""Migrations lead to exactly the tables of `tables.py`, on both engines, and refuse what they cannot read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from api.db.engine import Database
from api.db.migrate import DatabaseVersionError, check_version, find_version, head, upgrade
from api.db.tables import Base
from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/corridor.sqlite3"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.make_database(empty=True)
    database = Database(url)
    yield database
    database.close()


def differences(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        return found


def test_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    before, after = upgrade(database)

    assert before is None
    assert after == head()
    assert differences(database) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    upgrade(database)

    assert upgrade(database) == (head(), head())


def test_migrated_database_is_accepted(database: Database) -> None:
    upgrade(database)

    check_version(database)


def test_empty_database_is_told_to_be_migrated_first(database: Database) -> None:
    with pytest.raises(DatabaseVersionError, match="run `corridor migrate` first"):
        check_version(database)


def test_database_of_a_newer_corridor_is_refused_and_left_alone(database: Database) -> None:
    upgrade(database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseVersionError, match=r"newer Corridor \(revision 9999, .* update Corridor"):
        check_version(database)
    with pytest.raises(DatabaseVersionError, match="newer Corridor"):
        upgrade(database)

    assert find_version(database) == "9999"


def test_tables_of_somebody_else_are_not_migrated(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE tenants (id TEXT)"))

    with pytest.raises(DatabaseVersionError, match="not made by `corridor migrate`"):
        upgrade(database)

    assert inspect(database.engine).get_table_names() == ["tenants"]


def test_database_that_cannot_be_opened_is_named_in_the_error(tmp_path: Path) -> None:
    (tmp_path / "corridor.sqlite3").write_bytes(b"this is no database, but some text that is long enough" * 20)
    database = Database(f"sqlite:///{tmp_path}/corridor.sqlite3")

    with pytest.raises(DatabaseVersionError, match=r"corridor\.sqlite3 cannot be opened"):
        check_version(database)

    database.close()


def test_sqlite_keeps_its_references_and_journal_after_migrating(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/corridor.sqlite3")
    upgrade(database)

    with database.read() as session:
        pragmas = [session.scalar(text(f"PRAGMA {name}")) for name in ("foreign_keys", "journal_mode", "synchronous")]

    assert pragmas == [1, "wal", 2]
    database.close()
