"""Settings of the service, read from the environment once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    Everything that can be set from outside; `from_environment` names the variables.

    `folder` holds the SQLite file, street networks and the secret of this installation.
    """

    folder: Path = Path("var")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    clock: Clock = Clock()
    session_hours: int = 12
    max_body_bytes: int = 2_000_000
    max_pings_per_request: int = 1_000
    max_streams: int = 100
    max_waiting_phones: int = 1_024
    """Requests of phones that wait for the writer; beyond it they are asked to come again, which every app does."""
    sqlite_busy_timeout_ms: int = 20_000
    """So long a write waits for another process that writes to the same SQLite file."""
    solver_time_limit_s: float = 10.0
    solver_processes: int = 1
    secure_cookies: bool = False
    public_url: str = ""
    """The address that phones reach, where it differs from the one a request came by, as behind a proxy."""
    mqtt_url: str = ""
    """The broker through which OwnTracks phones speak, such as mqtts://user:password@host/owntracks."""
    log_level: str = "INFO"

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database: a SQLite file in `folder` unless another is set."""
        return self.database_url or f"sqlite:///{(self.folder / 'corridor.sqlite3').as_posix()}"

    @property
    def networks_folder(self) -> Path:
        """Where street networks lie: `<folder>/networks/<city>/<profile>/<build>/`."""
        return self.folder / "networks"


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """
    Settings by the variables CORRIDOR_FOLDER, CORRIDOR_DATABASE_URL, CORRIDOR_HOST, CORRIDOR_PORT, CORRIDOR_CLOCK,
    CORRIDOR_SECURE_COOKIES, CORRIDOR_PUBLIC_URL (the address that phones reach), CORRIDOR_MQTT_URL, CORRIDOR_LOG_LEVEL
    and CORRIDOR_SOLVER_PROCESSES (all cores when not set); what is not set keeps its default.

    Raises
    ------
    ValueError
        When a number or the clock cannot be read; the message names the variable.
    """
    env = os.environ if environ is None else environ
    port = env.get("CORRIDOR_PORT", "8000")
    if not port.isdigit() or not 0 <= int(port) <= 65_535:
        raise ValueError(f"expected CORRIDOR_PORT to be a port number 0..65535, got {port!r}")
    processes = env.get("CORRIDOR_SOLVER_PROCESSES", str(os.cpu_count() or 1))
    if not processes.isdigit() or not 1 <= int(processes) <= 64:
        raise ValueError(f"expected CORRIDOR_SOLVER_PROCESSES to be a number 1..64, got {processes!r}")
    return Settings(
        folder=Path(env.get("CORRIDOR_FOLDER", "var")),
        database_url=env.get("CORRIDOR_DATABASE_URL", ""),
        host=env.get("CORRIDOR_HOST", "127.0.0.1"),
        port=int(port),
        clock=Clock.from_text(env.get("CORRIDOR_CLOCK", "")),
        public_url=env.get("CORRIDOR_PUBLIC_URL", ""),
        mqtt_url=env.get("CORRIDOR_MQTT_URL", ""),
        secure_cookies=env.get("CORRIDOR_SECURE_COOKIES", "") == "1",
        solver_processes=int(processes),
        log_level=env.get("CORRIDOR_LOG_LEVEL", "INFO"),
    )
