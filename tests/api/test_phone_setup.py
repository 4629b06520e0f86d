"""The page that sets a courier's phone up: a link, shown for a while, with the exact values of every app."""

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from api.app import create_app
from api.context import Services
from api.db.tables import AccessToken, Courier, PhoneSetup, PingRow
from tests.service import MORNING, HandClock, Town, begin_shifts, client_for, courier_client, seed_town

NOW_S = int(MORNING.timestamp())


@pytest.fixture
def page(app: Flask, town: Town) -> str:
    """The address of a page for courier C1."""
    answer = client_for(app, town.operator).post(f"/v1/couriers/{town.couriers[0].id}/phone-setup")
    assert answer.status_code == 201, answer.text
    return urlsplit(answer.get_json()["url"]).path


def shown(app: Flask, page: str, language: str = "en") -> str:
    answer = app.test_client().get(page, query_string={"lang": language})
    assert answer.status_code == 200
    return unescape(answer.text)


def values(text: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text))


def links(text: str) -> list[str]:
    return re.findall(r'class="enter" href="(.*?)"', text)


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def stored(services: Services) -> list[PingRow]:
    with services.db.read() as session:
        return list(session.scalars(select(PingRow)))


def test_dispatchers_and_operators_make_it_and_nobody_else(app: Flask, town: Town) -> None:
    wish = f"/v1/couriers/{town.couriers[0].id}/phone-setup"

    assert client_for(app, town.dispatcher).post(wish).status_code == 201
    assert client_for(app, town.admin).post(wish).status_code == 201
    assert courier_client(app, town.couriers[0]).post(wish).status_code == 403
    assert app.test_client().post(wish).status_code == 401


def test_a_courier_of_another_organisation_is_not_found(services: Services, app: Flask, town: Town) -> None:
    other = seed_town(services, tenant_name="Another", slug="other")

    answer = client_for(app, town.dispatcher).post(f"/v1/couriers/{other.couriers[0].id}/phone-setup")

    assert answer.status_code == 404


def test_the_values_of_traccar_client_make_a_phone_that_works(
    services: Services, app: Flask, town: Town, page: str
) -> None:
    begin_shifts(services, town)
    url = values(shown(app, page))["Server URL"]

    answer = app.test_client().post(path_of(url), data={"lat": 60.17, "lon": 24.94, "timestamp": NOW_S - 5})

    assert answer.status_code == 200
    assert [row.courier_id for row in stored(services)] == [town.couriers[0].id]
    assert "Your phone works: last heard of at 09:00." in shown(app, page)


def test_the_links_of_the_apps_carry_the_same_values(services: Services, app: Flask, town: Town, page: str) -> None:
    begin_shifts(services, town)
    traccar, owntracks, overland = links(shown(app, page))

    config = json.loads(base64.b64decode(parse_qs(urlsplit(owntracks).query)["inline"][0]))
    asked = {name: found[0] for name, found in parse_qs(urlsplit(overland).query).items()}
    client = app.test_client()
    login = base64.b64encode(f"{config['username']}:{config['password']}".encode()).decode()
    location = {"_type": "location", "lat": 60.17, "lon": 24.94, "tst": NOW_S - 9}
    told = client.post(path_of(config["url"]), json=location, headers={"Authorization": f"Basic {login}"})
    sent = client.post(
        path_of(asked["url"]), json={"locations": []}, headers={"Authorization": f"Bearer {asked['token']}"}
    )

    assert traccar.startswith("org.traccar.client://config?url=http")
    assert parse_qs(urlsplit(traccar).query)["id"] == ["C1"]
    assert (told.status_code, sent.get_json(), len(stored(services))) == (200, {"result": "ok"}, 1)
    assert len(config["encryptionKey"]) == 32


def test_the_templates_of_gpslogger_and_osmand_work_when_filled(
    services: Services, app: Flask, town: Town, page: str
) -> None:
    begin_shifts(services, town)
    found = values(shown(app, page).replace("<dt>URL</dt>", "<dt>first</dt>", 1))
    logger = found["URL"]
    for name, value in {
        "%LAT": "60.17",
        "%LON": "24.94",
        "%TIMESTAMP": str(NOW_S),
        "%TIME": "2026-11-23T06:59:50Z",
    }.items():
        logger = logger.replace(name, value)
    osmand = found["Web address"].replace("{0}", "60.1701").replace("{1}", "24.9401").replace("{2}", f"{NOW_S - 5}000")

    answers = [app.test_client().get(path_of(re.sub(r"%[A-Z]+|\{\d+\}", "0", url))) for url in (logger, osmand)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(stored(services)) == 2


def test_a_phone_off_shift_is_told_that_it_works_too(app: Flask, page: str) -> None:
    url = values(shown(app, page))["Server URL"]
    assert "Nothing has come" in shown(app, page)

    app.test_client().post(path_of(url), data={"lat": 60.17, "lon": 24.94, "timestamp": NOW_S - 5})

    assert "Your phone works" in shown(app, page)


def test_the_page_closes_after_three_days_and_the_phone_goes_on(
    services: Services, clock: HandClock, app: Flask, page: str
) -> None:
    url = values(shown(app, page))["Server URL"]
    clock.set(MORNING + timedelta(days=3))

    closed = app.test_client().get(page)

    assert closed.status_code == 404
    assert "ask your dispatcher" in closed.text
    assert app.test_client().post(path_of(url), data={"id": "7"}).status_code == 200


def test_an_unknown_secret_and_a_courier_who_left_show_nothing(
    services: Services, app: Flask, town: Town, page: str
) -> None:
    with services.db.write() as session:
        session.get_one(Courier, town.couriers[0].id).active = False

    assert app.test_client().get(page).status_code == 404
    assert app.test_client().get("/setup/guess").status_code == 404


def test_no_secret_is_kept_where_it_can_be_read(services: Services, app: Flask, page: str) -> None:
    text = shown(app, page)
    secrets = {page.rpartition("/")[2], values(text)["Access Token"]}

    with services.db.read() as session:
        kept = str([vars(row) for row in [*session.scalars(select(AccessToken)), *session.scalars(select(PhoneSetup))]])

    assert len(secrets) == 2
    assert not any(secret in kept for secret in secrets)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Your phone on the map"),
        ("ru", "Ваш телефон на карте"),
        ("kk", "Телефоныңыз картада"),
        ("uk", "Ваш телефон на карті"),
        ("pl", "Twój telefon na mapie"),
    ],
)
def test_the_page_speaks_five_languages(app: Flask, page: str, language: str, title: str) -> None:
    text = shown(app, page, language)

    assert f'<html lang="{language}"' in text
    assert f"<h1>{title}" in text


def test_the_page_keeps_to_the_policy_of_all_pages(app: Flask, page: str) -> None:
    answer = app.test_client().get(page)

    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)
    assert answer.text.count("<svg") == 4


def test_the_address_that_phones_reach_can_be_set(services: Services, town: Town) -> None:
    outside = replace(services, settings=replace(services.settings, public_url="https://track.example/corridor/"))
    answer = client_for(create_app(outside), town.dispatcher).post(f"/v1/couriers/{town.couriers[0].id}/phone-setup")

    assert answer.get_json()["url"].startswith("https://track.example/corridor/setup/")
