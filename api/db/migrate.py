"""
Versions of the database: bring it up to date, and refuse one that this program cannot read.

`python -m api.db.migrate "what changes"` writes a new version from what `tables.py` says and the chain does not yet.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from api.db.engine import Database

FOLDER = Path(__file__).parent / "migrations"


class DatabaseVersionError(Exception):
    """The database cannot be used as it is; the message says what to do."""


def head() -> str:
    """The newest version that this program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None  # noqa: S101 - the chain has at least its first version
    return newest


def find_version(database: Database) -> str | None:
    """
    The version that the database is in; None when it was never migrated.

    Raises
    ------
    DatabaseVersionError
        When the database cannot be opened.
    """
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        where = database.engine.url.render_as_string(hide_password=True)
        raise DatabaseVersionError(
            f"the database {where} cannot be opened ({error.orig}); check CORRIDOR_DATABASE_URL or CORRIDOR_FOLDER"
        ) from error


def check_version(database: Database) -> None:
    """
    Make sure that the database is in the version this program works with.

    Raises
    ------
    DatabaseVersionError
        When it is newer, older, or no database of Corridor at all.
    """
    found = find_version(database)
    _refuse_newer(found)
    if found is None:
        raise DatabaseVersionError("the database has no tables yet; run `corridor migrate` first")
    if found != head():
        raise DatabaseVersionError(
            f"the database is of an older version (revision {found}, this Corridor needs {head()}); "
            "make a copy of it and run `corridor migrate`"
        )


def upgrade(database: Database) -> tuple[str | None, str]:
    """
    Bring the database to the newest version; on one that has it already nothing happens.

    Returns
    -------
    The version before (None for an empty database) and after. All steps are one transaction.

    Raises
    ------
    DatabaseVersionError
        When the database was written by a newer Corridor; nothing is changed then.
    """
    before = find_version(database)
    _refuse_newer(before)
    with _connect(database) as connection:
        if before is None and inspect(connection).has_table("tenants"):
            raise DatabaseVersionError(
                "the database has tables but no version; it was not made by `corridor migrate`, choose another one"
            )
        command.upgrade(_config(connection), "head")
    return before, head()


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseVersionError(
            f"this database was written by a newer Corridor (revision {found}, this one knows up to {head()}); "
            "update Corridor, or choose another database by CORRIDOR_FOLDER or CORRIDOR_DATABASE_URL"
        )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", FOLDER.as_posix().replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connect(database: Database) -> Iterator[Connection]:
    """
    One transaction for all steps. SQLite changes a table by copying it, which its foreign keys must not see; they
    cannot be turned off inside a transaction, and are checked as a whole before it ends.
    """
    with database.engine.connect().execution_options(corridor_write=True) as connection:
        raw: Any = connection.connection.dbapi_connection
        if database.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if database.is_sqlite and (broken := raw.execute("PRAGMA foreign_key_check").fetchall()):
                    raise DatabaseVersionError(
                        f"the migration would break {len(broken)} references; nothing was changed"
                    )
        finally:
            if database.is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


def write_version(message: str) -> Path:
    """Write a new version from the difference between `tables.py` and the chain; give its file."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.sqlite3")
        if any((FOLDER / "versions").glob("*.py")):
            upgrade(database)
        number = len(list((FOLDER / "versions").glob("*.py"))) + 1
        with database.engine.connect() as connection:
            script = command.revision(_config(connection), message, autogenerate=True, rev_id=f"{number:04d}")
        database.close()
    assert script is not None  # noqa: S101 - one revision was asked for
    assert not isinstance(script, list)  # noqa: S101 - one revision was asked for
    return Path(script.path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m api.db.migrate "what changes"')
    sys.stdout.write(f"{write_version(sys.argv[1])}\n")
