"""`corridor user add` and `corridor token add | list | revoke`."""

import secrets
import sys

import click

from api.actions.accounts import LANGUAGES, add_token, add_user
from api.actions.phone_tokens import list_tokens, revoke_token
from api.cli.output import json_option, open_services, operator_of, show, tenant_option
from api.context import Role

OFFICE_ROLES = tuple(role.value for role in Role if role is not Role.COURIER)


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(OFFICE_ROLES), required=True)
@click.option("--name", help="How pages name this person; the login when left out.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
@tenant_option
@json_option
def add_person(
    login: str,
    role: str,
    name: str | None,
    language: str,
    password_stdin: bool,
    tenant_name: str | None,
    as_json: bool,
) -> None:
    """Add a person. Without --password-stdin a password is made and shown this once."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    with open_services() as services:
        caller = operator_of(services, tenant_name)
        person = add_user(
            services, caller, login=login, name=name or login, role=Role(role), password=password, language=language
        )
    answer = {"id": person.id, "login": login, "role": role}
    words = f"{role} {login} may sign in"
    if not password_stdin:
        answer["password"] = password
        words += f"; password, shown this once: {password}"
    show(answer, words, as_json=as_json)


@click.group()
def token() -> None:
    """Tokens of couriers' phones and programs."""


@token.command("add")
@click.option("--courier", "courier_code", metavar="CODE", help="The courier whose phone this is for.")
@click.option("--role", type=click.Choice(OFFICE_ROLES), help="What a program may do.")
@click.option("--name", help="What the token is for.")
@click.option("--mqtt-name", metavar="USER/DEVICE", help="Its name at the MQTT broker, for OwnTracks.")
@click.option("--owntracks-key", metavar="KEY", help="What OwnTracks on it encrypts with, at most 32 characters.")
@tenant_option
@json_option
def add_device(
    courier_code: str | None,
    role: str | None,
    name: str | None,
    mqtt_name: str | None,
    owntracks_key: str | None,
    tenant_name: str | None,
    as_json: bool,
) -> None:
    """Make a token for a courier's phone (--courier) or a program (--role); it is shown this once."""
    if (courier_code is None) == (role is None):
        raise click.UsageError("give either --courier CODE or --role ROLE")
    with open_services() as services:
        caller = operator_of(services, tenant_name)
        row, text = add_token(
            services,
            caller,
            name=name or (f"phone of {courier_code}" if courier_code else f"program ({role})"),
            role=Role(role) if role else Role.COURIER,
            courier_code=courier_code,
            mqtt_name=mqtt_name,
            owntracks_key=owntracks_key,
        )
    answer = {"id": row.id, "role": row.role, "courier_id": row.courier_id, "token": text}
    show(answer, f"token, shown this once: {text}", as_json=as_json)


@token.command("list")
@click.option("--courier", "courier_code", metavar="CODE", help="This courier's phones only.")
@tenant_option
@json_option
def list_devices(courier_code: str | None, tenant_name: str | None, as_json: bool) -> None:
    """Show the tokens that are in force, the newest first; their secrets are kept nowhere."""
    with open_services() as services:
        rows = list_tokens(services, operator_of(services, tenant_name), courier_code)
    answer = [
        {
            "id": row.id,
            "name": row.name,
            "role": row.role,
            "courier_id": row.courier_id,
            "created_at": row.created_at,
            "last_seen_at": row.last_seen_at,
        }
        for row in rows
    ]
    words = [f"{one['id']}  {one['name']}, last heard of {one['last_seen_at'] or 'never'}" for one in answer]
    show({"tokens": answer}, "\n".join(words) or "no token is in force", as_json=as_json)


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@tenant_option
@json_option
def revoke_device(token_id: str, tenant_name: str | None, as_json: bool) -> None:
    """End a token: whoever holds it is refused at once. What it sent stays."""
    with open_services() as services:
        row = revoke_token(services, operator_of(services, tenant_name), token_id)
    show({"id": row.id, "revoked_at": row.revoked_at}, f"{row.id} ({row.name}) is revoked", as_json=as_json)
