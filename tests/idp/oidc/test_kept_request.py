"""The judged request that a login keeps, which another version of this program may have written."""

import json

import pytest

from idp.oidc.authorization.requests import AuthorizationRequest, UnsafeRequest
from idp.oidc.authorization.responses import ResponseMode

REQUEST = AuthorizationRequest(
    client_id="service",
    redirect_uri="https://service.example/back",
    state="s",
    response_mode=ResponseMode.QUERY,
    scopes=("openid",),
    nonce=None,
    code_challenge="c" * 43,
    auth_time=False,
)
OTHERS = {"claims": '{"userinfo":{},"id_token":{}}'}, {"stricter": True}, {"state": 1}, {"scopes": None}


def rewritten(text, change):
    """The same as another version may write it: None takes a member away."""
    members = json.loads(text) | change
    if None in change.values():
        members = {name: value for name, value in members.items() if name not in change}
    return json.dumps(members)


@pytest.mark.parametrize("change", OTHERS)
def test_what_another_version_has_kept_is_over(change):
    """A member of another kind, one that is not known and may ask for more, and one that is missing."""
    written = REQUEST.to_json()
    assert AuthorizationRequest.from_json(written) == REQUEST
    with pytest.raises(UnsafeRequest) as refused:
        AuthorizationRequest.from_json(rewritten(written, change))
    assert refused.value.kind == "expired"


@pytest.mark.parametrize("change", OTHERS)
def test_a_login_that_another_version_began_ends_on_a_page(shared_town, monkeypatch, change):
    """The resident is told that it is over, and the service receives nothing."""
    write = AuthorizationRequest.to_json
    with monkeypatch.context() as other_version:
        other_version.setattr(AuthorizationRequest, "to_json", lambda asked: rewritten(write(asked), change))
        login = shared_town.begin(shared_town.library)
    shared_town.challenge(login)
    answer = shared_town.get(login.browser, shared_town.accept(login))
    if answer.headers.get("Location", "").endswith("/consent"):  # the first of them
        answer = shared_town.consent(login, answer.headers["Location"])
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
