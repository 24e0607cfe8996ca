"""Logs: one JSON object a line, and in none of them anything of a person, a secret or a query string."""

import base64
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from idp import logs

TESTS = Path(__file__).parents[1]
PIECE = 24
"""Characters of a long secret that count as a leak of it: 18 bytes of base64."""
ALWAYS = {"event", "level", "ts", "tenant", "reference"}
MEMBERS = {
    "request.done": {"endpoint", "method", "status", "duration_ms"},
    "request.failed": {"error", "exception"},
    "store.unavailable": {"error"},
    "login.refused": {"reason", "detail"},
    "refusal.shown": {"reason"},
    "verification.refused": {"reason", "detail"},
    "revocation.fallback": {"to", "detail", "stale"},
    "revocation.refresh": {"kind", "detail", "stale"},
    "signature_status.swept": {"watched", "changed"},
    "trust.expiring": {"kind", "tenant", "purpose", "name", "ends_at", "days", "nearness"},
}
"""Event -> what its line says beside `ALWAYS`: a closed list."""


@pytest.fixture(scope="module")
def logged(tmp_path_factory, founded_world):
    """What a process logged over logins of every outcome: (its lines, the secrets by name, the audit texts)."""
    folder = tmp_path_factory.mktemp("logged")
    run = subprocess.run(
        [sys.executable, Path(__file__).with_name("logged_logins.py"), folder, founded_world],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
    )
    assert run.returncode == 0, run.stderr[-3000:]
    printed = json.loads(run.stdout)
    return run.stderr.splitlines(), printed["secrets"], printed["audit"]


def spellings(secret):
    """A secret as it might stand in a text: itself, quoted, in base64, in hexadecimal, as the bytes it encodes."""
    raw = secret.encode()
    found = {secret, quote(secret, safe=""), raw.hex(), json.dumps(secret)[1:-1]}
    found |= {base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    for decode in (bytes.fromhex, base64.b64decode):
        try:
            found |= {decode(secret).hex(), base64.b64encode(decode(secret)).decode().rstrip("=")}
        except ValueError:
            continue
    return {spelling for spelling in found if len(spelling) >= 6}


def leaks(text, secrets):
    """The names of the secrets of which a text holds a piece."""
    found = set()
    for name, secret in secrets.items():
        for spelling in spellings(secret):
            pieces = [spelling[at : at + PIECE] for at in range(0, max(1, len(spelling) - PIECE + 1), PIECE // 2)]
            if any(piece in text for piece in pieces):
                found.add(name)
    return found


def test_the_search_finds_every_secret_in_every_spelling(logged):
    """Planted in a log line, each is found: the test below is not blind."""
    _, secrets, _ = logged
    assert len(secrets) > 25
    for name, secret in secrets.items():
        for spelling in spellings(secret):
            planted = f'{{"event": "request.done", "path": "/{spelling[:60]}"}}'
            assert name in leaks(planted, {name: secret}), name


def test_nothing_personal_and_nothing_secret_is_logged(logged):
    """PPID, handle, serial, certificate, client secret, code, tokens, cookies, PIN, names, query strings."""
    lines, secrets, _ = logged
    assert leaks("\n".join(lines), secrets) == set()


def test_nothing_personal_and_nothing_secret_is_in_the_audit_trail(logged):
    """Which keeps keyed tags instead."""
    _, secrets, audit = logged
    assert len(audit) > 15
    assert leaks("\n".join(audit), secrets) == set()


def test_a_line_is_one_json_object_with_a_time_in_utc(logged):
    """Whatever happened, tracebacks included."""
    lines, _, _ = logged
    for line in lines:
        entry = json.loads(line)
        assert datetime.fromisoformat(entry["ts"]).utcoffset() == timedelta(0)
        assert entry["level"] in ("info", "warning", "error")
        assert set(entry) == ALWAYS | MEMBERS[entry["event"]], entry


def test_every_request_is_one_line_by_the_name_of_its_endpoint(logged):
    """Never by its path, which may carry a handle or a secret."""
    done = [entry for entry in map(json.loads, logged[0]) if entry["event"] == "request.done"]
    seen = {entry["endpoint"] for entry in done}
    named = {
        "authorize",
        "card_page",
        "link",
        "proof",
        "return",
        "code",
        "consent",
        "decision",
        "token",
        "userinfo",
        "decline",
        "api_challenges",
        "api_authentications",
        "api_check",
        "api_checks",
        "api_job_status",
        "api_job_result",
    }
    assert named < seen
    assert seen <= named | {None, "authorize_by_post", "authorize_kept", "leave", "static", "tenant_css"}
    assert {entry["tenant"] for entry in done} == {"aoba", "wakaba"}
    assert {entry["status"] for entry in done} >= {200, 303, 400, 401, 403, 404, 405, 500, 503}
    assert len({entry["reference"] for entry in done}) == len(done)


def test_a_failure_is_an_error_with_its_traceback(logged):
    """The traceback stays in the log, with a statement's text but not its parameters; a busy database has none."""
    errors = [entry for entry in map(json.loads, logged[0]) if entry["level"] == "error"]
    failed = {entry["error"]: entry["exception"] for entry in errors if entry["event"] == "request.failed"}
    assert set(failed) == {"WriteConflict", "SealBroken"}
    assert all("Traceback" in text for text in failed.values())
    assert "INSERT INTO access_token" in failed["WriteConflict"]
    assert "[parameters:" not in "".join(failed.values())
    busy = [entry["error"] for entry in errors if entry["event"] == "store.unavailable"]
    assert (busy, len(errors)) == (["DatabaseUnavailable"], 3)


@pytest.mark.parametrize(
    ("quiet", "levels"), [(False, ["info", "warning", "error"]), (True, ["warning", "error"])]
)
def test_a_quiet_process_keeps_warnings_and_errors(quiet, levels):
    """Japanese stays readable, and nothing goes to standard output."""
    script = f"""
import structlog
from idp import logs
logs.configure(quiet={quiet})
log = structlog.get_logger("x")
log.info("青葉")
log.warning("青葉")
log.error("青葉")
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True, timeout=30
    )
    assert run.stdout == ""
    assert [json.loads(line)["level"] for line in run.stderr.splitlines()] == levels
    assert run.stderr.count("青葉") == len(levels)


TIME = re.compile(r'"ts": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"')
ANSWERED = [
    {"endpoint": "token", "method": "POST", "status": 200, "duration_ms": 3.0},
    {"endpoint": None, "method": 'GET"/\\\n\x00\x1f\x7f\u2028見本', "status": 404, "duration_ms": 0.1},
]


@pytest.fixture
def standard_error(capsys):
    """What a process writes that logs as it is told; nobody logs there afterwards."""
    yield lambda: capsys.readouterr().err
    logs.configure(quiet=True)
    structlog.reset_defaults()


@pytest.mark.parametrize("answered", ANSWERED)
@pytest.mark.parametrize("names", [{}, {"reference": "0a1b2c3d", "tenant": "aoba"}])
def test_the_line_of_a_request_is_what_structlog_would_write(standard_error, answered, names):
    """Byte for byte but for the time, on the same stream."""
    logs.configure()
    logs.name_request(**names)
    structlog.get_logger("idp.request").info("request.done", **answered)
    structlogs = standard_error()
    logs.request_done(**answered)
    ours = standard_error()
    assert TIME.sub('"ts": ""', ours) == TIME.sub('"ts": ""', structlogs) != ours


@pytest.mark.parametrize(("took", "told"), [(0.04, "0.0"), (0.05001, "0.1"), (12.0, "12.0"), (1234.56, "1234.6")])
def test_how_long_a_request_took_is_told_to_a_tenth_of_a_millisecond(standard_error, took, told):
    logs.configure()
    logs.request_done(endpoint="token", method="POST", status=200, duration_ms=took)
    assert f'"duration_ms": {told},' in standard_error()


def test_a_quiet_process_writes_no_line_of_a_request(standard_error):
    """As it writes nothing else that is but information."""
    logs.configure(quiet=True)
    logs.request_done(**ANSWERED[0])
    assert standard_error() == ""
