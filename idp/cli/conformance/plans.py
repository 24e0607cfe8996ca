"""The suite's configuration, one file for each group of plans, and the plans by name with their variants. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.cli.conformance import browser
from idp.cli.conformance.clients import ALIAS

_STATIC = "[client_registration=static_client]"
_CODE = f"[response_type=code]{_STATIC}"
_PLAIN = "[openid=openid_connect][fapi_profile=plain_fapi][authorization_request_type=simple]"
_SIGNED = "[fapi_request_method=signed_non_repudiation]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client as the suite is told of it; all of it is secret. `keys`: its private JWK set.

    `certificate`: PEM of its certificate and its key; empty for none.
    """

    client_id: str
    client_secret: str | None = None
    keys: Mapping[str, Any] | None = None
    certificate: tuple[str, str] = ("", "")

    def told(self, scope: str) -> dict[str, Any]:
        """The members of `client` and `client2`."""
        secret = {"client_secret": self.client_secret} if self.client_secret else {}
        keys = {"jwks": self.keys, "dpop_signing_alg": "ES256"} if self.keys else {}
        return {"client_id": self.client_id, "scope": scope, **secret, **keys}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Where the suite meets the demo. `mtls`: the base of the endpoints that ask for a certificate.

    `resident`: who signs in, and the PIN; `ca`: PEM of whom to trust; `invitation`: the initial access token.
    """

    issuer: str
    mtls: str
    tray: str
    resident: str
    pin: str
    ca: str
    invitation: str = field(repr=False)


def configurations(meeting: Meeting, clients: Mapping[str, Client]) -> dict[str, dict[str, Any]]:
    """The configurations by the name of their file. `clients`: all of `clients.CLIENTS`, by service id."""
    pairs = {
        "oidcc": ("oidcc-1", "oidcc-2"),
        "back-channel-logout": ("back-channel", "oidcc-2"),
        "front-channel-logout": ("front-channel", "oidcc-2"),
    }
    made = {name: _openid(meeting, clients, *pair) for name, pair in pairs.items()}
    for name, pair, resource in (
        ("fapi2-key-dpop", "fapi2-key", meeting.issuer),
        ("fapi2-key-mtls", "fapi2-key", meeting.mtls),
        ("fapi2-mtls-dpop", "fapi2-proof", meeting.issuer),
        ("fapi2-mtls-mtls", "fapi2-mtls", meeting.mtls),
        ("fapi2-signed", "fapi2-signed", meeting.issuer),
    ):
        made[name] = _fapi(meeting, clients, pair, resource)
    return made | {"oidcc-dynamic": _dynamic(meeting)}


PLANS = (
    ("oidcc-config-certification-test-plan", "oidcc"),
    (f"oidcc-basic-certification-test-plan[server_metadata=discovery]{_STATIC}", "oidcc"),
    (f"oidcc-formpost-basic-certification-test-plan[server_metadata=discovery]{_STATIC}", "oidcc"),
    (f"oidcc-rp-initiated-logout-certification-test-plan{_CODE}", "oidcc"),
    (f"oidcc-backchannel-rp-initiated-logout-certification-test-plan{_CODE}", "back-channel-logout"),
    (f"oidcc-frontchannel-rp-initiated-logout-certification-test-plan{_CODE}", "front-channel-logout"),
    ("oidcc-dynamic-certification-test-plan[response_type=code]", "oidcc-dynamic"),
    *(
        (
            f"fapi2-security-profile-final-test-plan[client_auth_type={method}][sender_constrain={bound}]{_PLAIN}",
            file,
        )
        for method, bound, file in (
            ("private_key_jwt", "dpop", "fapi2-key-dpop"),
            ("private_key_jwt", "mtls", "fapi2-key-mtls"),
            ("mtls", "dpop", "fapi2-mtls-dpop"),
            ("mtls", "mtls", "fapi2-mtls-mtls"),
        )
    ),
    *(
        (
            "fapi2-message-signing-final-test-plan[client_auth_type=private_key_jwt][sender_constrain=dpop]"
            f"{_PLAIN}{_SIGNED}[fapi_response_mode={mode}]",
            "fapi2-signed",
        )
        for mode in ("plain_response", "jarm")
    ),
)
"""Plan and file of its configuration, in an order that finds out the simple things first."""
_UNKNOWN_TO_THE_SUITE = ["verified_claims_supported"]
"""Of Identity Assurance section 8, and not in the suite's schema of metadata: it would warn of every discovery."""


def _openid(meeting: Meeting, clients: Mapping[str, Client], first: str, second: str) -> dict[str, Any]:
    scope = "openid"
    return {
        **_about(meeting),
        "client": clients[first].told(scope),
        "client2": clients[second].told(scope),
        "client_secret_post": clients["oidcc-post"].told(scope),
    }


def _dynamic(meeting: Meeting) -> dict[str, Any]:
    """The suite registers its clients itself; their redirect URIs are those of the same alias."""
    names = {"client": "Suite 1 (sample)", "client2": "Suite 2 (sample)"}
    invited = {"initial_access_token": meeting.invitation}
    return {**_about(meeting), **{member: {"client_name": name, **invited} for member, name in names.items()}}


def _fapi(meeting: Meeting, clients: Mapping[str, Client], pair: str, resource: str) -> dict[str, Any]:
    scope = "openid offline_access"
    one, two = (clients[f"{pair}-{number}"] for number in (1, 2))
    return {
        **_about(meeting),
        "client": one.told(scope),
        "client2": two.told(scope),
        "mtls": _certificate(one, meeting),
        "mtls2": _certificate(two, meeting),
        "resource": {"resourceUrl": f"{resource}/userinfo"},
    }


def _certificate(client: Client, meeting: Meeting) -> dict[str, str]:
    certificate, key = client.certificate
    return {"cert": certificate, "key": key, "ca": meeting.ca}


def _about(meeting: Meeting) -> dict[str, Any]:
    person = {"resident": meeting.resident, "pin": meeting.pin}
    return {
        "alias": ALIAS,
        "description": "ppid-idp, idp demo --conformance（見本）",
        "server": {
            "discoveryUrl": f"{meeting.issuer}/.well-known/openid-configuration",
            "login_hint": meeting.resident,
            "allow_unexpected_metadata_fields": _UNKNOWN_TO_THE_SUITE,
        },
        "browser": browser.visits(meeting.issuer, meeting.tray, **person),
        "override": browser.overrides(meeting.issuer, meeting.tray, **person),
    }
