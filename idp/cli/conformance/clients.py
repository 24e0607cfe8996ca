"""The suite's clients: a municipality of their own, and what each is registered for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.cli.conformance.certificates import Certificates
from idp.registration import NewService, NewTenant, grants_for
from idp.registration.terms import Terms
from idp.tenants.tenancy import LOGIN_SCOPES

TENANT_ID = "conformance"
ALIAS = "ppid-idp"
"""Of every test plan: a part of the suite's addresses, and so of the redirect URIs."""
SUITES = ("https://localhost.emobix.co.uk:8443", "https://localhost:8443")
"""Where a suite on this computer is: the first is its own default."""
INVITED = Terms(
    scopes=LOGIN_SCOPES,
    require_pkce=False,
    reviewed=True,
    purpose_ja="OpenID Connect の適合性を試験するため（見本）",
    purpose_en="To test conformance to OpenID Connect (sample)",
    note="OpenID Foundation conformance suite (sample)",
)
"""On which the suite registers clients by itself."""
INVITED_USES, INVITED_DAYS = 1000, 30
_OTHER_PROGRAMS = "http://127.0.0.1:8901/callback"
_MORE = "?dummy1=lorem&dummy2=ipsum"
"""What the suite adds to the redirect URI of a second client of FAPI 2.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteClient:
    """One of them. `method`: of client authentication; `channel`: over which it hears of logouts, back or front.

    `second`: the other client of the same plans. `proves`: its tokens are bound by proofs alone, though it shows a
    certificate, too; `signs`: it pushes no request unsigned. Both are what some modules try not to do.
    """

    service_id: str
    number: str
    method: str = "client_secret_basic"
    channel: str = ""
    second: bool = False
    proves: bool = False
    signs: bool = False

    @property
    def strict(self) -> bool:
        """Whether it is one of the plans of FAPI 2.0."""
        return self.method in ("private_key_jwt", "tls_client_auth")

    @property
    def certified(self) -> bool:
        """Whether it authenticates by its certificate."""
        return self.method == "tls_client_auth"


CLIENTS = (
    SuiteClient(service_id="oidcc-1", number="１"),
    SuiteClient(service_id="oidcc-2", number="２", second=True),
    SuiteClient(service_id="oidcc-post", number="３", method="client_secret_post"),
    SuiteClient(service_id="back-channel", number="４", channel="back"),
    SuiteClient(service_id="front-channel", number="５", channel="front"),
    SuiteClient(service_id="fapi2-key-1", number="６", method="private_key_jwt"),
    SuiteClient(service_id="fapi2-key-2", number="７", method="private_key_jwt", second=True),
    SuiteClient(service_id="fapi2-mtls-1", number="８", method="tls_client_auth"),
    SuiteClient(service_id="fapi2-mtls-2", number="９", method="tls_client_auth", second=True),
    SuiteClient(service_id="fapi2-proof-1", number="１０", method="tls_client_auth", proves=True),
    SuiteClient(service_id="fapi2-proof-2", number="１１", method="tls_client_auth", proves=True, second=True),
    SuiteClient(service_id="fapi2-signed-1", number="１２", method="private_key_jwt", signs=True),
    SuiteClient(service_id="fapi2-signed-2", number="１３", method="private_key_jwt", signs=True, second=True),
)
STRICT = tuple(client.service_id for client in CLIENTS if client.strict)
"""Those that have keys and certificates: with either, tokens can be bound in either way."""


def tenant(base_url: str) -> NewTenant:
    """The municipality."""
    return NewTenant(
        tenant_id=TENANT_ID,
        issuer=f"{base_url}/t/{TENANT_ID}",
        name_ja="適合性試験の町（見本）",
        name_en="Conformance Town (sample)",
        crest="試",
        key_colour="#5b2a86",
        contact="見本です。本物の手続には使えません。",
        sandbox=True,
    )


def wish(client: SuiteClient, certificates: Certificates) -> NewService:
    """What that client is registered for: all scopes, and PKCE where its profile demands it, nowhere else."""
    first = SUITES[0]
    subject = {"tls_client_auth_subject_dn": certificates.subject_of(client.service_id)}
    return NewService(
        service_id=client.service_id,
        name_ja=f"適合性試験{client.number}（見本）",
        name_en=f"Conformance {client.service_id} (sample)",
        purpose_ja=INVITED.purpose_ja,
        purpose_en=INVITED.purpose_en,
        redirect_uris=(*(redirect_uri(client, suite) for suite in SUITES), _OTHER_PROGRAMS),
        post_logout_redirect_uris=_at_suites("post_logout_redirect"),
        sector_id=client.service_id,
        scopes=LOGIN_SCOPES,
        grant_types=grants_for(LOGIN_SCOPES),
        profile="fapi2" if client.strict else "standard",
        token_endpoint_auth_method=client.method,
        certificate_name=subject if client.certified else {},
        id_token_signed_response_alg="ES256" if client.strict else "RS256",
        require_pkce=None if client.strict else False,
        dpop_bound_access_tokens=client.proves,
        require_signed_request_object=client.signs,
        backchannel_logout_uri=_at(first, "backchannel_logout") if client.channel == "back" else None,
        backchannel_logout_session_required=client.channel == "back",
        frontchannel_logout_uri=_at(first, "frontchannel_logout") if client.channel == "front" else None,
        frontchannel_logout_session_required=client.channel == "front",
    )


def redirect_uri(client: SuiteClient, suite: str = SUITES[0]) -> str:
    """Where the suite at that address takes the client's answers."""
    return _at(suite, "callback") + (_MORE if client.strict and client.second else "")


def _at_suites(place: str) -> Sequence[str]:
    return tuple(_at(suite, place) for suite in SUITES)


def _at(suite: str, place: str) -> str:
    return f"{suite}/test/a/{ALIAS}/{place}"
