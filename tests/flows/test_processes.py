"""The demo as a process: started twice, killed, restarted, fed raw garbage."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from components.demo import IDP, Demo
from components.stock_client import await_known, sign_in

GARBAGE = [
    b"\x00\xff\xfe\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /t/aoba/jwks HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"POST /t/aoba/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /t/aoba/token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET /t/aoba/%ff%fe%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
]


@pytest.mark.parametrize("data", GARBAGE, ids=range(len(GARBAGE)))
def test_raw_garbage_on_the_socket(demo, data):
    """4xx or a closed connection; the server goes on."""
    parts = urlsplit(demo.ready["base_url"])
    with socket.create_connection(("127.0.0.1", parts.port), timeout=1) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert requests.get(demo.tenant()["issuer"] + "/jwks", timeout=1).status_code == 200


def run(*words, data: Path | None = None) -> subprocess.CompletedProcess:
    """Run `idp`."""
    command = [IDP, *words, *(["--data", data] if data else [])]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture
def own_demo(tmp_path):
    """A demo that a test may kill."""
    running = Demo(tmp_path)
    running.start()
    yield running, tmp_path / "data"
    running.stop()


def test_numbers_survive_a_restart_and_a_second_run_is_refused(own_demo, tmp_path):
    """Same folder: same ports, same numbers; while it runs, exit 1 for another; another port, exit 2."""
    running, data = own_demo
    before = sign_in(running.tenant(), running.service("library"), running.resident("hanako"), tmp_path)
    second = run("demo", "--port", "0", data=data)
    assert (1, "Traceback" in second.stderr) == (second.returncode, False)
    assert f"another process serves {data} already" in second.stderr
    assert "make demo: DATA=, PORT=" in second.stderr
    base_url = running.ready["base_url"]
    running.stop()
    assert run("demo", "--port", "1", data=data).returncode == 2
    running.start()
    assert base_url == running.ready["base_url"]
    after = sign_in(running.tenant(), running.service("library"), running.resident("hanako"), tmp_path)
    assert before.claims["sub"] == after.claims["sub"]


def test_the_worker_ends_when_its_parent_is_killed(own_demo):
    """kill -9 leaves nothing serving."""
    running, _ = own_demo
    url = running.tenant()["issuer"] + "/jwks"
    os.kill(running.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=1)
        except requests.ConnectionError:
            return
        except requests.Timeout:
            pass  # slow is not ended
        time.sleep(0.1)
    pytest.fail("the worker still serves")


def test_a_server_that_is_told_many_times_to_end_ends(own_demo):
    """A signal that comes while the one before it is handled leaves nothing waiting for itself."""
    running, _ = own_demo
    running.server.tell_many_times()
    assert running.server.exit_code() == 0


def test_commands_on_a_running_demo(own_demo):
    """healthcheck, config check, tenants, services, explain: as JSON, exit 0; a new service works at once."""
    running, data = own_demo
    health = run("healthcheck", "--json", data=data)
    assert (health.returncode, json.loads(health.stdout)["status"]) == (0, "ok"), health.stderr
    assert run("config", "check", "--json", data=data).returncode == 0
    tenants = json.loads(run("tenant", "list", "--json", data=data).stdout)
    assert [tenant["id"] for tenant in tenants] == ["aoba", "wakaba"]
    made = run(
        "service", "create", "museum", "--tenant", "aoba", "--name-ja", "美術館", "--json",
        "--redirect-uri", "http://127.0.0.1:8901/callback", data=data,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    client_id = json.loads(made.stdout)["client_id"]
    await_known(running.tenant()["issuer"], client_id, "http://127.0.0.1:8901/callback")
    query = {"client_id": client_id, "redirect_uri": "http://127.0.0.1:8901/callback", "response_type": "code"}
    answer = requests.get(running.tenant()["issuer"] + "/authorize", query, allow_redirects=False, timeout=1)
    assert "error=invalid_scope" in answer.headers["Location"]
    vector = "11" * 32
    explained = json.loads(
        run(
            "ppid", "explain", "--tenant", "aoba", "--sector", "library", "--vector", vector, "--json", data=data
        ).stdout
    )
    assert len(explained["ppid"]) == 43
    assert run("service", "show", "nobody", "--tenant", "aoba", data=data).returncode == 1
    assert run("tenant", "show", "nobody", data=data).returncode == 1
    assert run("tenant", "list", data=data / "nothing").returncode == 2


def test_sandbox_commands_move_the_world(own_demo, tmp_path):
    """`idp sandbox revoke` and `tick` do what the control endpoint does."""
    _, data = own_demo
    listed = run("sandbox", "residents", data=data).stdout.splitlines()
    assert [line.split()[:4] for line in listed if line.split()[0] in ("hanako", "sora")] == [
        ["hanako", "ordinary", "1234", "ABC123"],
        ["sora", "child", "1234", str(data / "sandbox" / "residents" / "sora.card.json")],
    ]
    assert run("sandbox", "revoke", "hanako", data=data).returncode == 0
    assert run("sandbox", "tick", data=data).returncode == 0
    assert run("sandbox", "revoke", "nobody", data=data).returncode == 1
    assert run("sandbox", "ocsp", "sideways", data=data).returncode == 1
    assert run("sandbox", "tick", data=tmp_path / "nothing").returncode == 3
