"""FAPI 2.0 Message Signing: request objects that are taken, and all that are not."""

import pytest
from components.assertions import TYPE
from components.relying_party import unsigned

pytestmark = pytest.mark.parametrize("way", ["signed"])


def pushed(strict, request_object):
    """The answer to a push of that object, beside which stands the service's name."""
    form = {"request": request_object, "client_id": strict.service.client_id}
    return strict.call(
        "pushed_authorization_request_endpoint",
        proving=False,
        certificate=False,
        data=form | strict.authentication(),
    )


@pytest.mark.parametrize("name", ["aud", "nbf"])
def test_a_request_object_that_is_taken(strict, name):
    """...-request-object-with-multiple-aud-succeeds, -nbf-8-seconds-in-the-future-is-accepted: whole logins."""
    changes = {"aud": [strict.issuer, "https://other.example"]} if name == "aud" else {"nbf": strict.moment() + 8}
    sent = strict.request()
    answer = pushed(strict, strict.request_object(sent, **changes))
    assert answer.status_code == 201, answer.text
    strict.tokens(strict.send(sent, answer.json["request_uri"]))


def test_request_objects_that_are_refused(strict, second):
    """...-RS256-fails, -is-not-none, -invalid-signature-fails, -matching-key-..., and all with wrong members."""
    sent, now = strict.request(), strict.moment()
    dated = {"iss": strict.service.client_id, "aud": strict.issuer, "nbf": now, "exp": now + 300}
    right = strict.request_object(sent)
    head, body, signature = right.split(".")
    wrong = {
        "by RS256": strict.request_object(sent, {"alg": "RS256"}),
        "by none": unsigned({**sent, **dated}),
        "broken": f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        "by the other service": second.jwt(**sent, **dated),
        "without exp": strict.request_object(sent, exp=None),
        "without nbf": strict.request_object(sent, nbf=None),
        "over": strict.request_object(sent, nbf=now - 600, exp=now - 300),
        "for another server": strict.request_object(sent, aud="https://other.example"),
        "for 70 minutes": strict.request_object(sent, exp=now + 4200),
        "70 minutes old": strict.request_object(sent, nbf=now - 4200),
        "with a reference inside": strict.request_object(sent, request_uri="urn:ietf:params:oauth:request_uri:x"),
    }
    for name, request_object in wrong.items():
        answer = pushed(strict, request_object)
        assert (name, answer.status_code, answer.json.get("error")) == (name, 400, "invalid_request_object")
    assert pushed(strict, right).status_code == 201


def test_a_push_without_an_object(strict):
    """...-unsigned-request-at-par-endpoint-fails."""
    form = strict.request() | {"client_assertion_type": TYPE, "client_assertion": strict.assertion()}
    answer = strict.call("pushed_authorization_request_endpoint", proving=False, certificate=False, data=form)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
