"""The verification API from outside: a stock OAuth client, a card's key, a running demo, real sockets."""

import base64
import csv
import io
import json
import os
import secrets
import signal

import pytest
import requests
from components.api_client import certificate_of, connect
from components.demo import Demo
from components.scale import scaled
from components.stock_client import sign_in
from cryptography.hazmat.primitives.serialization import Encoding


@pytest.fixture(scope="module")
def api(demo):
    """The library's session with the API."""
    assert "verify" in demo.service("library")["scopes"].split()
    return connect(demo)


def test_the_number_is_that_of_a_login(api, demo, tmp_path):
    """The same resident at the same service, by either door."""
    answer = api.post("/authentications", api.proof(demo.resident("hanako")))
    assert answer.status_code == 200, answer.text
    login = sign_in(demo.tenant("aoba"), demo.service("library"), demo.resident("hanako"), tmp_path)
    assert answer.json()["sub"] == login.claims["sub"]
    assert (answer.json()["acr"], answer.json()["amr"]) == ("aal2", ["hwk", "sc", "pin", "mfa"])


def test_replays_and_other_contexts_are_refused(api, demo):
    """A challenge is good once, and for one kind of signature."""
    proof = api.proof(demo.resident("ichiro"))
    assert api.post("/authentications", proof).status_code == 200
    replayed = api.post("/authentications", proof)
    assert (replayed.status_code, replayed.json()["code"]) == (409, "already_used")
    login = api.post("/authentications", api.proof(demo.resident("ichiro"), b"jpki-login/1\x00"))
    assert (login.status_code, login.json()["code"]) == (400, "signature_invalid")


def test_verdicts_of_certificates_and_serial_numbers(api, demo):
    """Valid, revoked, unknown, refused."""
    for resident, status in (("hanako", "valid"), ("shiro", "revoked"), ("saburo", "refused")):
        certificate = certificate_of(demo.resident(resident))
        body = {"certificate": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()}
        answer = api.post("/certificates/check", body)
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    serial = f"{certificate_of(demo.resident('shiro')).serial_number:x}"
    assert api.post("/certificates/check", {"kind": "user", "serial": serial}).json()["status"] == "revoked"
    never = {"kind": "user", "serial": secrets.token_hex(8).lstrip("0")}
    assert api.post("/certificates/check", never).json()["status"] == "unknown"


def test_a_batch_of_a_thousand(api, demo):
    """Handed in, done by the demo's own worker, collected in both formats; handed in twice, it is one."""
    shiro = f"{certificate_of(demo.resident('shiro')).serial_number:x}"
    body = {"kind": "user", "serials": [*(f"{n:x}" for n in range(0x70000001, 0x70000001 + 999)), shiro]}
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first, second = (api.post("/certificates/checks", body, headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (202, second.json())
    job = first.json()["job"]
    assert api.status(job) == {"state": "done", "total": 1000, "done": 1000}
    results = api.post("/jobs/result", {"job": job}).json()["results"]
    assert [line["serial"] for line in results] == body["serials"]
    assert [line["status"] for line in results] == ["not_listed"] * 999 + ["revoked"]
    text = api.post("/jobs/result", {"job": job, "format": "csv"}).text
    assert [row["status"] for row in csv.DictReader(io.StringIO(text))] == [line["status"] for line in results]


def test_a_large_body_without_a_token_still_hears_why(api):
    """A client that is refused before it has sent everything can read the answer."""
    body = json.dumps({"kind": "user", "serials": ["1a2b3c4d5e6f7081"] * scaled(200_000, 1_500_000)}).encode()
    url = f"{api.issuer}/api/v1/certificates/checks"
    answer = requests.post(url, body, headers={"Content-Type": "application/json"}, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_the_document_tells_where_everything_is(api):
    """Every path that it names, below the server that it names, asks for a token."""
    document = requests.get(f"{api.issuer}/api/v1/openapi.json", timeout=10).json()
    (server,) = document["servers"]
    for path in document["paths"]:
        answer = requests.post(server["url"] + path, json={}, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


@pytest.fixture
def mortal(tmp_path):
    """A demo of its own, to be killed."""
    running = Demo(tmp_path).start()
    yield running
    running.stop()


def test_a_batch_survives_the_death_of_its_worker(mortal):
    """Killed half-way, started again: it goes on where it was, and every answer is there once."""
    api, count = connect(mortal), 300_000
    serials = [f"{n:x}" for n in range(0x70000001, 0x70000001 + count)]
    job = api.post("/certificates/checks", {"kind": "user", "serials": serials}).json()["job"]
    done = api.status(job, until="running")["done"]
    os.kill(mortal.pid, signal.SIGKILL)
    mortal.start()
    mortal.control(do="clock", seconds=200)
    assert api.status(job) == {"state": "done", "total": count, "done": count}
    assert 0 < done < count
    text = api.post("/jobs/result", {"job": job, "format": "csv"}).text
    assert [row["serial"] for row in csv.DictReader(io.StringIO(text))] == serials
