"""A request to end a session, judged: whom it names and where the browser may go afterwards. Pure.

OpenID Connect RP-Initiated Logout 1.0. Nothing in it ends anything: the resident is asked on a page of ours.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from idp.oidc.hints import Hint, HintRefused
from idp.oidc.requests import MAX_PARAMETER, Parameters


@dataclass(frozen=True, slots=True)
class EndRequest:
    """A judged request.

    `client_id` and `sid`: of the ID token that came as a hint, empty without a good one. `return_url`: a
    registered page of that service with its `state`, empty for none. A request that proves nothing is not refused:
    it asks about everything that the browser holds, and leads nowhere.
    """

    client_id: str = ""
    sid: str = ""
    return_url: str = ""

    def to_json(self) -> str:
        """For keeping it."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_json(cls, text: str) -> "EndRequest":
        """Undo `to_json`."""
        return cls(**json.loads(text))


def judge(unverified: Parameters, read_hint: Callable[[str], Hint]) -> EndRequest:
    """Judge the parameters. `read_hint` reads an ID token of ours, or raises HintRefused.

    `logout_hint` and `ui_locales` change nothing here: the session is the browser's, the language the page's.
    """
    text = _one(unverified, "id_token_hint")
    try:
        hint = read_hint(text) if text else None
    except HintRefused:
        hint = None
    if hint is None or _one(unverified, "client_id") not in ("", hint.client.client_id):
        return EndRequest()
    return EndRequest(hint.client.client_id, hint.sid, _return_url(unverified, hint))


def _return_url(unverified: Parameters, hint: Hint) -> str:
    """Only a page that the service registered, byte by byte (section 3.1)."""
    asked, state = _one(unverified, "post_logout_redirect_uri"), _one(unverified, "state")
    if asked not in hint.client.post_logout_redirect_uris:
        return ""
    if not state or len(state) > MAX_PARAMETER:
        return asked
    return asked + ("&" if "?" in asked else "?") + urlencode({"state": state})


def _one(unverified: Parameters, name: str) -> str:
    """A parameter's value; given twice it counts for nothing."""
    values = unverified.get(name, ())
    return values[0] if len(values) == 1 else ""
