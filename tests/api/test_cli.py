"""The command line: one clear line on failure, JSON alone with --json, and help that needs nothing."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import select, text

from api.cli import COMMANDS, corridor, run
from api.credentials import hash_token, verify_password
from api.db.engine import Database
from api.db.tables import AccessToken, AuditRow, City, Tenant, User
from tests.service import make_services, seed_town

ASTANA = ["--name", "Astana", "--timezone", "Asia/Almaty", "--country", "kz", "--lon", "71.43", "--lat", "51.13"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORRIDOR_FOLDER", str(tmp_path))
    assert run(["migrate"]) == 0
    return tmp_path


@pytest.fixture
def database(folder: Path) -> Any:
    database = Database(f"sqlite:///{folder}/corridor.sqlite3")
    yield database
    database.close()


def answer_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    printed = capsys.readouterr()
    assert printed.err == ""
    answer: dict[str, Any] = json.loads(printed.out)
    return answer


def all_commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += all_commands(command, (*path, name))
    return found


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for path in all_commands(corridor):
        assert run([*path, "--help"]) == 0
        assert "Usage: corridor " + " ".join(path) in capsys.readouterr().out


def test_list_of_commands_loads_none_of_them() -> None:
    heavy = ("flask", "sqlalchemy", "ortools", "shapely", "numpy", "granian")
    code = f"import sys; from api.cli import run; run(['--help']); print([m for m in {heavy!r} if m in sys.modules])"

    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert finished.stdout.splitlines()[-1] == "[]"
    assert all(name in finished.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "code", "shown"),
    [
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["user", "add"], 2, "Missing argument 'LOGIN'"),
        (["user", "add", "x", "--role", "king"], 2, "'king' is not one of"),
        (["user", "add", "x", "--role", "operator"], 1, "`corridor city add` makes the first one"),
        (["token", "add"], 2, "either --courier CODE or --role ROLE"),
        (["roads", "build", "astana", "missing.osm.pbf"], 1, "missing.osm.pbf"),
    ],
)
def test_failure_is_one_line_on_standard_error(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, shown: str
) -> None:
    capsys.readouterr()

    assert run(words) == code

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert shown in printed.err


def test_setting_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDOR_PORT", "eighty")

    assert run(["migrate"]) == 1
    assert "CORRIDOR_PORT" in capsys.readouterr().err


def test_migrate_tells_versions_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDOR_FOLDER", str(tmp_path))

    assert run(["migrate", "--json"]) == 0
    first = answer_of(capsys)
    assert run(["migrate", "--json"]) == 0

    assert first["before"] is None
    assert answer_of(capsys) == {"before": first["after"], "after": first["after"]}


def test_database_of_a_newer_corridor_is_refused_by_every_command(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for words in (["migrate"], ["user", "add", "x", "--role", "admin"], ["city", "add", "astana", *ASTANA]):
        assert run(words) == 1
        assert "newer Corridor (revision 9999" in capsys.readouterr().err


def test_city_is_added_with_its_organisation_currency_and_audit(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert run(["city", "add", "astana", *ASTANA, "--tenant", "Dala", "--json"]) == 0

    assert answer_of(capsys)["currency"] == "KZT"
    with database.read() as session:
        city = session.scalars(select(City)).one()
        assert session.scalars(select(Tenant.name)).all() == ["Dala"]
        assert session.scalars(select(AuditRow.action)).all() == ["add_city"]
    assert (city.slug, city.country, city.phone_region, city.timezone) == ("astana", "KZ", "KZ", "Asia/Almaty")
    assert run(["city", "add", "astana", *ASTANA, "--tenant", "Dala"]) == 1
    assert "has a city 'astana' already" in capsys.readouterr().err


def test_everything_wrong_with_a_city_is_told_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--name", "X", "--timezone", "Mars/Base", "--country", "ZZ", "--lon", "200", "--lat", "0"]

    assert run(["city", "add", "Not a slug", *words]) == 1

    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["error", "slug", "timezone", "country", "lon_lat"]


def test_user_gets_a_password_that_works_and_is_kept_hashed(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["city", "add", "astana", *ASTANA])
    capsys.readouterr()

    assert run(["user", "add", "olga", "--role", "operator", "--language", "kk", "--json"]) == 0

    password = answer_of(capsys)["password"]
    with database.read() as session:
        person = session.scalars(select(User)).one()
    assert (person.login, person.role, person.language, person.name) == ("olga", "operator", "kk", "olga")
    assert verify_password(password, person.password_hash)
    assert run(["user", "add", "olga", "--role", "admin"]) == 1
    assert "'olga' is taken" in capsys.readouterr().err


def test_password_is_read_from_standard_input_and_not_shown(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(["city", "add", "astana", *ASTANA])
    capsys.readouterr()

    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse\n"))
    assert run(["user", "add", "olga", "--role", "admin", "--password-stdin"]) == 0
    assert "correct horse" not in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    assert run(["user", "add", "ivan", "--role", "admin", "--password-stdin"]) == 1

    assert "at least 8 characters" in capsys.readouterr().err
    with database.read() as session:
        person = session.scalars(select(User)).one()
    assert verify_password("correct horse", person.password_hash)


def test_token_of_a_courier_is_shown_once_and_kept_as_hash(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    services = make_services(folder)
    town = seed_town(services)
    services.db.close()
    capsys.readouterr()

    assert run(["token", "add", "--courier", "C1", "--json"]) == 0

    answer = answer_of(capsys)
    with database.read() as session:
        row = session.scalars(select(AccessToken)).one()
    assert row.courier_id == answer["courier_id"] == town.couriers[0].id
    assert row.token_hash == hash_token(answer["token"])
    assert run(["token", "add", "--courier", "C99"]) == 1
    assert "no courier has it" in capsys.readouterr().err


def test_organisation_must_be_named_when_there_are_several(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["city", "add", "astana", *ASTANA, "--tenant", "Dala"])
    run(["city", "add", "almaty", *ASTANA, "--tenant", "Alma"])
    capsys.readouterr()

    assert run(["token", "add", "--role", "admin"]) == 1
    assert "one organisation of 'Alma', 'Dala'" in capsys.readouterr().err
    assert run(["token", "add", "--role", "admin", "--tenant", "Alma"]) == 0
