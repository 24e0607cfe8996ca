"""The control endpoint obeys nothing but its published form, and only what can happen."""

import json
from typing import Any

import pytest


@pytest.mark.parametrize("verb", ["revoke", "renew", "move", "add-phone", "lose", "die"])
@pytest.mark.parametrize("resident", ["nobody", "", "HANAKO", "hanako ", "../hanako", "花子", "a\0"])
def test_an_unknown_resident_is_404(untouched: Any, verb: str, resident: str) -> None:
    """Who is not among the residents cannot have anything happen to them."""
    before = untouched.world.state
    assert untouched.control(do=verb, resident=resident).status_code == 404
    assert before is untouched.world.state


@pytest.mark.parametrize(
    "instruction",
    [
        {"do": "revoke", "resident": "hanako", "certificate": "phone"},
        {"do": "renew", "resident": "hanako", "certificate": "phone"},
        {"do": "revoke", "resident": "sora", "certificate": "sign"},
        {"do": "renew", "resident": "sora", "certificate": "sign"},
        {"do": "add-phone", "resident": "saburo"},
        {"do": "renew", "resident": "saburo", "certificate": "sign"},
    ],
    ids=[
        "revoke a phone not owned",
        "renew a phone not owned",
        "revoke a child's signature",
        "renew a child's signature",
        "a phone on an expired card",
        "a signature on an expired card",
    ],
)
def test_what_cannot_happen_is_409(sandbox: Any, instruction: dict[str, str]) -> None:
    """An event that the rules forbid is refused, and leaves state and files as they were."""
    directory = sandbox.directory / "residents"
    before = (sandbox.world.state, {path: path.read_bytes() for path in directory.iterdir()})
    response = sandbox.control(**instruction)
    assert (response.status_code, response.mimetype) == (409, "application/problem+json")
    assert before == (sandbox.world.state, {path: path.read_bytes() for path in directory.iterdir()})


GARBAGE = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"1",
    b'"tick"',
    b"tick",
    b"do=tick",
    b"\xff\xfe",
    b'{"do":"tick"',
    b'{"do":"tick"}{"do":"tick"}',
    '{"do":"tick"}'.encode("utf-16"),
    b'{"do":null}',
    b'{"do":["tick"]}',
    b'{"do":"Tick"}',
    b'{"do":"explode"}',
    b'{"do":"tick","more":1}',
    b'{"do":"revoke"}',
    b'{"do":"revoke","resident":7}',
    b'{"do":"revoke","resident":null}',
    b'{"do":"revoke","resident":"\\ud800"}',
    b'{"do":"revoke","resident":"hanako","certificate":"phone-sign"}',
    b'{"do":"revoke","resident":"hanako","certificate":null}',
    b'{"do":"move","resident":"hanako","certificate":"card"}',
    b'{"do":"clock"}',
    b'{"do":"clock","seconds":"1"}',
    b'{"do":"clock","seconds":true}',
    b'{"do":"clock","seconds":null}',
    b'{"do":"clock","seconds":NaN}',
    b'{"do":"clock","seconds":Infinity}',
    b'{"do":"clock","seconds":1e999}',
    b'{"do":"clock","seconds":1e12}',
    b'{"do":"clock","seconds":-1576800001}',
    b'{"do":"clock","seconds":' + b"9" * 5000 + b"}",
    b'{"do":"ocsp"}',
    b'{"do":"ocsp","mode":"stale"}',
    b'{"do":"crl","mode":"down"}',
    b'{"do":"crl","mode":["stale"]}',
    b"[" * 60_000,
    b'{"do":' * 10_000,
]


@pytest.mark.parametrize("body", GARBAGE, ids=lambda body: repr(body[:40]))
def test_garbage_is_400(untouched: Any, body: bytes) -> None:
    """Whatever is not an instruction of the published form is refused, changes nothing and is not repeated."""
    before, offset = untouched.world.state, untouched.clock.offset
    response = untouched.client.post("/control", data=body, content_type="application/json")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert json.loads(response.data)["title"] == "not an instruction of the published form"
    assert before is untouched.world.state
    assert offset == untouched.clock.offset


def test_control_answers_post_only(untouched: Any) -> None:
    """A GET moves nothing and is told so."""
    response = untouched.client.get("/control")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/nothing", "/control/", "//control", "/%ff"])
def test_other_paths_are_404(untouched: Any, path: str) -> None:
    """There is nothing else to find."""
    assert untouched.client.post(path, data=b'{"do":"tick"}').status_code == 404
