"""The OpenAPI document: whole by itself, true of every endpoint, the same for all but for the issuer."""

import json
import re

import pytest
from pydantic import ValidationError

from idp.verification import shapes
from idp.verification.problems import STATUS


@pytest.fixture(scope="module")
def document(shared_town):
    """The document as anybody fetches it, without a token."""
    answer = shared_town.get(shared_town.browser(), "http://localhost:8000/t/aoba/api/v1/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return answer.json


def operations(document):
    """Path, operation."""
    return [(path, operation) for path, item in document["paths"].items() for operation in item.values()]


def test_its_shape_is_openapi_3_1(document):
    """The members that the specification requires, and no others than it knows."""
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert set(document) <= {"openapi", "info", "servers", "paths", "components", "security", "tags"}
    assert {"title", "version"} <= set(document["info"])
    for path, item in document["paths"].items():
        assert path.startswith("/api/v1/")
        assert set(item) == {"post"}
    for _, operation in operations(document):
        assert {"operationId", "responses", "requestBody", "security", "summary"} <= set(operation)
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status)
            assert response["description"]
        for content in [
            operation["requestBody"]["content"],
            *(r["content"] for r in operation["responses"].values()),
        ]:
            for media_type, described in content.items():
                assert re.fullmatch(r"[a-z]+/[a-z.+-]+", media_type)
                assert {"schema"} <= set(described) <= {"schema", "example", "examples"}
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)


def test_every_reference_is_inside(document):
    """Nothing is fetched from elsewhere, and nothing is missing."""
    text = json.dumps(document)
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', text)):
        found = document
        assert reference.startswith("#/components/")
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found
    assert "$defs" not in text


def test_every_endpoint_is_described_and_every_description_is_an_endpoint(document, shared_town):
    """By the routes that are really there."""
    app = shared_town.product.app
    routes = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and "POST" in rule.methods
    }
    assert set(document["paths"]) == routes


def test_access_is_described_by_the_tenants_own_addresses(document):
    """A generated client finds the token endpoint and asks for the right scope."""
    assert document["servers"] == [{"url": "http://localhost:8000/t/aoba"}]
    ((name, scheme),) = document["components"]["securitySchemes"].items()
    assert scheme["flows"]["clientCredentials"]["tokenUrl"] == "http://localhost:8000/t/aoba/token"
    for _, operation in operations(document):
        assert operation["security"] == [{name: ["verify"]}]


def test_another_tenants_names_another_server(shared_town):
    """Nothing of the first stays in it."""
    answer = shared_town.get(shared_town.browser(), "http://localhost:8000/t/wakaba/api/v1/openapi.json")
    assert "t/aoba" not in answer.text


SHAPES = {
    "check": (shapes.CheckRequest, shapes.Verdict),
    "checks": (shapes.SerialGroups, shapes.JobAnswer),
    "job_status": (shapes.JobRequest, shapes.JobStatus),
    "job_result": (shapes.ResultRequest, shapes.BatchResult),
    "challenges": (shapes.NoMembers, shapes.ChallengeAnswer),
}


def test_examples_are_of_their_shapes(document):
    """A developer who copies one is not refused for its form."""
    for _, operation in operations(document):
        if operation["operationId"] not in SHAPES:
            continue
        takes, gives = SHAPES[operation["operationId"]]
        takes.model_validate(operation["requestBody"]["content"]["application/json"]["example"])
        (success,) = [r for status, r in operation["responses"].items() if status.startswith("2")]
        gives.model_validate(success["content"]["application/json"]["example"])


def test_answers_are_of_their_shapes(verifier):
    """What is described is what comes, member by member."""
    answers = [
        (shapes.ChallengeAnswer, verifier.post("/challenges").json),
        (shapes.AuthenticationAnswer, verifier.authenticate().json),
        (shapes.Verdict, verifier.check(verifier.certificate_body("hanako"))),
        (shapes.Verdict, verifier.check(verifier.serial_body("shiro"))),
        (shapes.JobStatus, verifier.status(verifier.submit({"kind": "user", "serials": ["1a"]}))),
        (shapes.ProblemDetails, verifier.post("/jobs/status", {"job": "0" * 32}).json),
    ]
    for shape, members in answers:
        assert set(members) <= set(shape.model_fields)
        try:
            shape.model_validate(members)
        except ValidationError as error:
            pytest.fail(f"{shape.__name__}: {error.error_count()} members")


def test_every_problem_that_is_the_apis_own_is_described(document):
    """With its status."""
    described = {
        (int(status), code)
        for _, operation in operations(document)
        for status, response in operation["responses"].items()
        for code in response["content"].get("application/problem+json", {}).get("examples", {})
    }
    assert {(status, code) for code, status in STATUS.items()} <= described
