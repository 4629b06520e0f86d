"""The console's page under a policy that lets in nothing but its own files."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest
from flask import Flask

from api.endpoints import pages
from tests.service import Town, client_for


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The console's folder with libraries in it, which a fresh clone does not have."""
    folder = tmp_path / "console"
    (folder / "vendor").mkdir(parents=True)
    (folder / "vendor" / "preact.js").write_text("export const h = 1;")
    (folder / "static").mkdir()
    (folder / "static" / "app.js").write_text("import 'preact';")
    monkeypatch.setattr(pages, "CONSOLE", folder)
    return folder


@pytest.mark.parametrize("address", ["/", "/live", "/desk", "/login"])
def test_page_is_the_same_at_each_of_its_addresses(app: Flask, console: Path, address: str) -> None:
    answer = app.test_client().get(address)

    assert answer.status_code == 200
    assert '<div id="app">' in answer.text


def test_page_speaks_the_language_of_who_is_signed_in(app: Flask, town: Town, console: Path) -> None:
    client = client_for(app, town.operator)
    client.patch("/v1/me", json={"language": "kk"})

    assert '<html lang="kk"' in client.get("/desk").text


def test_policy_lets_in_own_files_and_the_import_map_by_its_hash_only(app: Flask, console: Path) -> None:
    answer = app.test_client().get("/live")

    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    inline = re.findall(r"<script type=\"importmap\">(.*?)</script>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["default-src"] == policy["connect-src"] == policy["worker-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "http" not in answer.headers["Content-Security-Policy"]


def test_page_has_no_inline_code_but_the_import_map(app: Flask, console: Path) -> None:
    html = app.test_client().get("/live").text

    assert len(re.findall(r"<script(?![^>]*src=)", html)) == 1
    assert "<style" not in html
    assert not re.search(r"\son\w+=|style=", html)
    assert not re.search(r"https?://", html)


@pytest.mark.parametrize("address", ["/live", "/v1/me", "/nothing", "/static/app.js"])
def test_every_answer_has_the_protecting_headers(app: Flask, console: Path, address: str) -> None:
    headers = app.test_client().get(address, buffered=True).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "default-src 'self'" in headers["Content-Security-Policy"]


def test_files_are_served_with_their_type_and_asked_for_anew(app: Flask, console: Path) -> None:
    client = app.test_client()

    first = client.get("/static/app.js", buffered=True)
    again = client.get("/static/app.js", headers={"If-None-Match": first.headers["ETag"]}, buffered=True)

    assert first.content_type == "text/javascript; charset=utf-8"
    assert first.headers["Cache-Control"] == "no-cache"
    assert again.status_code == 304
    assert client.get("/vendor/preact.js", buffered=True).status_code == 200


@pytest.mark.parametrize("name", ["/static/../vendor.py", "/static/%2e%2e/__init__.py", "/vendor/..%2f..%2fapp.py"])
def test_files_outside_the_folder_are_not_served(app: Flask, console: Path, name: str) -> None:
    assert app.test_client().get(name).status_code == 404


def test_missing_libraries_are_explained(app: Flask, console: Path) -> None:
    (console / "vendor" / "preact.js").unlink()

    answer = app.test_client().get("/live")

    assert answer.status_code == 503
    assert "make setup" in answer.text


def test_files_are_compressed_for_those_who_understand_it(app: Flask, console: Path) -> None:
    (console / "static" / "long.js").write_text("export const words = 'aaaaaaaaaa';\n" * 200)
    client = app.test_client()

    plain = client.get("/static/long.js")
    packed = client.get("/static/long.js", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) * 10 < len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_file_known_already_is_not_sent_again(app: Flask, console: Path) -> None:
    client = app.test_client()
    known = client.get("/static/app.js").headers["ETag"]

    again = client.get("/static/app.js", headers={"If-None-Match": known, "Accept-Encoding": "gzip"})

    assert (again.status_code, again.data) == (304, b"")


def test_page_asks_for_all_its_modules_at_once(app: Flask, console: Path) -> None:
    html = app.test_client().get("/live").text

    assert '<link rel="modulepreload" href="/static/app.js">' in html
    assert '<link rel="modulepreload" href="/vendor/preact.js">' in html
