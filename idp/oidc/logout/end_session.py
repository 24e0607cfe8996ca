"""A request to end a session, judged: whom it names and where the browser may go afterwards. Pure.

OpenID Connect RP-Initiated Logout 1.0. Nothing in it ends anything: the resident is asked on a page of ours.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from idp.oidc.authorization.hints import Hint, HintRefused
from idp.oidc.authorization.requests import MAX_PARAMETER, Parameters
from idp.tenants.tenancy import ACTIVE, Client


@dataclass(frozen=True, slots=True)
class EndRequest:
    """A judged request.

    `client_id` and `sid`: of the ID token that came as a hint, empty without a good one. `page`: a registered page
    of that service, empty for none, with the `state` that it gets. A request that proves nothing is not refused:
    it asks about everything that the browser holds, and leads nowhere.
    """

    client_id: str = ""
    sid: str = ""
    page: str = ""
    state: str = ""

    @property
    def return_url(self) -> str:
        """Where the browser may go afterwards, empty for nowhere."""
        if not (self.page and self.state):
            return self.page
        return self.page + ("&" if "?" in self.page else "?") + urlencode({"state": self.state})

    def to_json(self) -> str:
        """For keeping it."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_json(cls, text: str) -> "EndRequest":
        """Undo `to_json`."""
        return cls(**json.loads(text))

    def still_granted(self, client: Client | None) -> "EndRequest":
        """By the registration as it is now: nobody is sent to a page that it does not name byte by byte (section
        3.1), or to a service that is stopped.
        """
        if client is not None and client.state == ACTIVE and self.page in client.post_logout_redirect_uris:
            return self
        return replace(self, page="", state="")


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
    page, state = _one(unverified, "post_logout_redirect_uri"), _one(unverified, "state")
    kept_state = state if len(state) <= MAX_PARAMETER else ""
    return EndRequest(hint.client.client_id, hint.sid, page, kept_state).still_granted(hint.client)


def _one(unverified: Parameters, name: str) -> str:
    """A parameter's value; given twice it counts for nothing."""
    values = unverified.get(name, ())
    return values[0] if len(values) == 1 else ""
