"""
What a courier types into a free app, or scans, so that his phone tells where it is.

Settings and links by the apps' own sources: Traccar Client `configuration_service.dart`, OwnTracks booklet "Remote
configuration", Overland `overland://setup`, OsmAnd "Online tracking", GPSLogger "Log to custom URL".
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from desk.order_status import catalogue_of
from tracking.dialects import gpslogger, osmand_app

SEND_EVERY_S = 10
"""Positions this often find a departure from the route within half a minute and leave a battery its working day."""

_PLAY = "https://play.google.com/store/apps/details?id="
_APPLE = "https://apps.apple.com/app/id"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFacts:
    """What the settings are made of: the service's address without a slash at its end, and who the phone is."""

    base_url: str
    token: str
    courier_code: str
    owntracks_key: str | None = None
    mqtt_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSetup:
    """One app: where in it the values belong, by their names there; where to get it; what to tap, and what to scan."""

    name: str
    systems: str
    where: str
    values: tuple[tuple[str, str], ...]
    stores: tuple[tuple[str, str], ...]
    link: str | None = None
    scan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupWords:
    """The page around the apps, in one language; `works` and `until` take %(time)s, `get_it` takes %(store)s."""

    title: str
    intro: str
    always: str
    get_it: str
    look_again: str
    scan_page: str
    open_app: str
    scan_in_app: str
    secret: str
    works: str
    silent: str
    only_at_work: str
    until: str


def setup_words(language: str) -> SetupWords:
    """The page's own texts."""
    _ = catalogue_of(language).gettext
    return SetupWords(
        title=_("Your phone on the map"),
        intro=_(
            "One app is enough; if you have none of these, take the first. Install it, then come back and press "
            "the blue button, or enter the values by hand."
        ),
        always=_(
            "In the phone's settings let the app know your place always, and switch off battery saving for it: "
            "otherwise the phone falls silent in your pocket."
        ),
        get_it=_("Install from %(store)s"),
        look_again=_("Look again"),
        scan_page=_("Is this page on another screen? Scan this with the phone's camera."),
        open_app=_("Enter everything with one tap"),
        scan_in_app=_("Scan this in the app's settings."),
        secret=_("These values belong to this phone alone: whoever has them can speak in its name."),
        works=_("Your phone works: last heard of at %(time)s."),
        silent=_("Nothing has come from this phone yet."),
        only_at_work=_("Where you are is kept only while your shift runs. A call for help always gets through."),
        until=_("This page closes at %(time)s; the phone goes on working."),
    )


def app_setups(facts: PhoneFacts, language: str) -> tuple[AppSetup, ...]:
    """The settings of every app, the easiest first; names of fields are as the apps write them in English."""
    _ = catalogue_of(language).gettext
    return (_traccar(facts, _), _owntracks(facts, _), _overland(facts, _), _gpslogger(facts, _), _osmand(facts, _))


def _traccar(facts: PhoneFacts, _: Callable[[str], str]) -> AppSetup:
    url = f"{facts.base_url}/ingest/osmand/{facts.token}"
    settings = {
        "id": facts.courier_code,
        "accuracy": "high",
        "interval": str(SEND_EVERY_S),
        "distance": "0",
        "heartbeat": "60",
        "buffer": "true",
        "stop_detection": "false",  # a phone that sleeps at a stop looks like one without signal
    }
    return AppSetup(
        name="Traccar Client",
        systems="Android, iPhone",
        where=_("Settings of the app"),
        values=(
            ("Server URL", url),
            ("Device identifier", facts.courier_code),
            ("Location accuracy", "High"),
            ("Interval", str(SEND_EVERY_S)),
            ("Distance", "0"),
            ("Offline buffering", "✓"),
            ("Stop detection", "✗"),
        ),
        stores=(
            ("Google Play", f"{_PLAY}org.traccar.client"),
            ("App Store", f"{_APPLE}843156974"),
        ),
        link=f"org.traccar.client://config?{urlencode({'url': url} | settings)}",
        scan=f"{url}?{urlencode(settings)}",
    )


def _owntracks(facts: PhoneFacts, _: Callable[[str], str]) -> AppSetup:
    url = f"{facts.base_url}/ingest/owntracks"
    settings: dict[str, object] = {
        "_type": "configuration",
        "mode": 3,
        "url": url,
        "auth": True,
        "username": facts.courier_code,
        "password": facts.token,
        "deviceId": "phone",
        "tid": facts.courier_code[:2],
        "monitoring": 2,
        "moveModeLocatorInterval": SEND_EVERY_S,
    }
    values = [("Mode", "HTTP"), ("URL", url), ("Username", facts.courier_code), ("Password", facts.token)]
    values.append(("Device ID", "phone"))
    if facts.owntracks_key:
        settings["encryptionKey"] = facts.owntracks_key
        values.append(("Encryption key", facts.owntracks_key))
    if facts.mqtt_name:
        values.append(("MQTT", f"owntracks/{facts.mqtt_name}"))
    inline = base64.b64encode(json.dumps(settings, separators=(",", ":")).encode()).decode()
    link = f"owntracks:///config?inline={quote(inline, safe='')}"
    return AppSetup(
        name="OwnTracks",
        systems="Android, iPhone",
        where=_("Preferences, then Connection"),
        values=tuple(values),
        stores=(
            ("Google Play", f"{_PLAY}org.owntracks.android"),
            ("App Store", f"{_APPLE}692424691"),
        ),
        link=link,
        scan=link,
    )


def _overland(facts: PhoneFacts, _: Callable[[str], str]) -> AppSetup:
    url = f"{facts.base_url}/ingest/overland"
    asked = {"url": url, "token": facts.token, "device_id": facts.courier_code, "unique_id": "yes"}
    link = f"overland://setup?{urlencode(asked, quote_via=quote)}"
    return AppSetup(
        name="Overland",
        systems="iPhone",
        where=_("Settings of the app"),
        values=(("Receiver Endpoint URL", url), ("Access Token", facts.token), ("Device ID", facts.courier_code)),
        stores=(("App Store", f"{_APPLE}1292426766"),),
        link=link,
        scan=link,
    )


def _gpslogger(facts: PhoneFacts, _: Callable[[str], str]) -> AppSetup:
    return AppSetup(
        name="GPSLogger",
        systems="Android",
        where=_("Logging details, then Log to custom URL"),
        values=(
            ("URL", f"{facts.base_url}/ingest/gpslogger/{facts.token}?{gpslogger.TEMPLATE}"),
            ("HTTP Method", "POST"),
            ("Logging interval", str(SEND_EVERY_S)),
        ),
        stores=(("F-Droid", "https://f-droid.org/packages/com.mendhak.gpslogger/"),),
    )


def _osmand(facts: PhoneFacts, _: Callable[[str], str]) -> AppSetup:
    return AppSetup(
        name="OsmAnd",
        systems="Android",
        where=_("Plugins, Trip recording, then Online tracking"),
        values=(
            ("Web address", f"{facts.base_url}/ingest/osmand-app/{facts.token}?{osmand_app.TEMPLATE}"),
            ("Tracking interval", f"{SEND_EVERY_S} s"),
        ),
        stores=(("Google Play", f"{_PLAY}net.osmand"),),
    )
