"""Health: `/livez` and `/readyz` on the management socket, nowhere else, and no detail in their answers."""

import http.client
import json
import socket
import stat

import pytest
from components.town import BASE_URL
from werkzeug.test import Client

from connectors.errors import Unreachable
from idp.cli.serving import start_management
from idp.health import health_application
from idp.registration import NewTenant

CANARY = "c4n4ry: password=hunter2"


def passes():
    """A check that holds."""


def fails():
    """A check that fails with more than anybody should read."""
    raise Unreachable(CANARY)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_all_is_well(path):
    """200 with one line per check."""
    answer = Client(health_application({"worker": passes, "database": passes})).get(path)
    assert (answer.status_code, answer.json["status"]) == (200, "ok")
    assert answer.json["checks"] == {"worker": "ok"} | ({} if path == "/livez" else {"database": "ok"})


def test_a_lost_database_is_alive_and_not_ready():
    """So that an orchestrator takes the process out of the line and does not kill it."""
    browser = Client(health_application({"worker": passes, "database": fails, "keys": passes}))
    assert browser.get("/livez").status_code == 200
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "failing")
    assert answer.json["checks"] == {"worker": "ok", "database": "Unreachable", "keys": "ok"}
    assert CANARY not in answer.text


def test_notes_are_told_and_fail_nothing():
    """What will end soon is for the operator to read; a note that cannot be taken names its error's type alone."""
    notes = {"trust": lambda: {"urgent": 2}, "lost": fails}
    browser = Client(health_application({"worker": passes}, notes))
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.json["notes"]) == (
        200,
        {"trust": {"urgent": 2}, "lost": {"error": "Unreachable"}},
    )
    assert CANARY not in answer.text
    assert "notes" not in browser.get("/livez").json


def test_a_lost_worker_is_neither():
    """Then a restart helps."""
    browser = Client(health_application({"worker": fails, "database": passes}))
    assert [browser.get(path).status_code for path in ("/livez", "/readyz")] == [503, 503]


@pytest.mark.parametrize("path", ["/", "/livez/", "/LIVEZ", "/metrics", "/t/aoba/jwks", "/readyz/database"])
def test_nothing_else_is_answered_there(path):
    """404 without a body."""
    answer = Client(health_application({"worker": fails})).get(path)
    assert (answer.status_code, answer.data) == (404, b"")


def test_the_management_listener_is_a_socket_for_the_owner_alone(tmp_path):
    """A stale socket of an earlier run is replaced."""
    path = tmp_path / "m.sock"
    path.write_text("stale")
    start_management(path, health_application({"worker": passes}))
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["status"]) == (200, "ok")
    connection.close()


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz", "/metrics"])
def test_the_public_side_does_not_know_these_paths(shared_town, path):
    """404 on the bare host, below a path issuer, and at an issuer with a host of its own."""
    directory = shared_town.product.directory
    if directory.tenant("own-host") is None:
        shared_town.product.administration.create_tenant(
            NewTenant(
                tenant_id="own-host",
                issuer="https://id.own-host.example",
                name_ja="市",
                name_en="City",
                crest="市",
                sandbox=True,
            )
        )
    for url in (BASE_URL, f"{BASE_URL}/t/aoba", "https://id.own-host.example"):
        assert shared_town.get(shared_town.browser(), url + path).status_code == 404, url
        assert shared_town.get(shared_town.browser(), f"{url}/jwks").status_code == (
            404 if url == BASE_URL else 200
        )


def test_the_products_own_checks_fail_when_their_part_is_gone(aoba):
    """Database and key file, as `idp serve` asks them."""
    checks = {"worker": passes, "database": aoba.product.store.ping, "keys": aoba.product.keys.ping}
    browser = Client(health_application(checks))
    assert browser.get("/readyz").status_code == 200
    aoba.folder.joinpath("keys").rename(aoba.folder / "keys.gone")
    assert browser.get("/readyz").json["checks"] == {"worker": "ok", "database": "ok", "keys": "Unreachable"}
    aoba.product.store.engine.dispose()
    for file in aoba.folder.glob("idp.db*"):
        file.unlink()
    aoba.folder.joinpath("idp.db").mkdir()
    assert browser.get("/readyz").json["checks"]["database"] == "DatabaseUnavailable"
