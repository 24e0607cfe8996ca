"""Garbage on every endpoint of the API: 4xx, an RFC 9457 problem with a code of ours, nothing echoed."""

import json

import pytest
from components.scale import scaled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = (
    "/challenges",
    "/authentications",
    "/certificates/check",
    "/certificates/checks",
    "/jobs/status",
    "/jobs/result",
    "/basic4/compare",
    "/signatures/verify",
    "/receipts/create",
    "/receipts/state",
)
CANARY = "c4n4ry'\"<script>"
NAMES = st.sampled_from(
    [
        "challenge",
        "certificate",
        "signature",
        "algorithm",
        "freshness",
        "kind",
        "serial",
        "serials",
        "job",
        "stated",
        "known",
        "form",
        "document",
        "procedure",
        "part",
        "receipt",
        "arrival_number",
        "state",
        "note",
        "name",
        CANARY,
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(
        [
            "user",
            "signature",
            "1a",
            "0" * 32,
            "A" * 43,
            "MIIB",
            "csv",
            "cms",
            "xml",
            "opinion",
            "received",
            "1234-5678-9014",
            CANARY,
        ]
    )
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner), max_leaves=12
)
PATIENT = settings(
    max_examples=scaled(20, 2000),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory, founded_world):
    """A service without a limit that matters here."""
    from components.receipts import procedure
    from components.town import town
    from components.verifier import VERIFIES, Verifier

    limits = {"IDP_API_REQUESTS_PER_MINUTE": "1000000"}
    with town(tmp_path_factory.mktemp("garbage"), founded_world, environment=limits) as made:
        service = made.register("aoba", "verifier", **VERIFIES)
        procedure(made, service, "opinion")
        yield Verifier(made, service)


def judge(answer):
    """Never a failure of ours; a problem is one of ours and repeats nothing."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"
        assert {"type", "title", "code"} <= set(answer.json) <= {"type", "title", "code", "detail", "reason"}
        assert CANARY not in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_random_json(unlimited, path):
    """Any value with members that we know."""

    @PATIENT
    @given(st.dictionaries(NAMES, VALUES) | VALUES)
    def any_json(body):
        judge(unlimited.post(path, json.dumps(body).encode()))

    any_json()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/csv", "application/x-www-form-urlencoded", CANARY]
)
def test_random_bytes(unlimited, path, content_type):
    """Of any media type, with any key."""

    @settings(PATIENT, max_examples=scaled(5, 500))
    @given(st.binary(max_size=300), st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
    def any_bytes(body, key):
        judge(unlimited.post(path, body, content_type=content_type, headers={"Idempotency-Key": key}))

    any_bytes()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize("path", [*PATHS, "/nowhere", ""])
def test_another_method_or_path_is_a_problem_too(unlimited, method, path):
    """For programs, whatever they accept."""
    answer = unlimited.town.browser().open(
        f"/t/aoba/api/v1{path}", method=method, base_url="http://localhost:8000/", headers={"Accept": "text/html"}
    )
    assert answer.status_code in (404, 405)
    judge(answer)
