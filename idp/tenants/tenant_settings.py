"""What a municipality decides for all its services: stored as one JSON object in the tenant's row."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType

SIGN_IN_MONTHS = 12
LONGEST_SIGN_IN_MONTHS = 36
DISABLE_GRACE_DAYS = 30
LEAST_GRACE_DAYS, MOST_GRACE_DAYS = 3, 366
"""Fewer would let the word that somebody is back overtake the word that they are gone."""
RELEASED_SECONDS = 60 + 600
"""The authorization code's minute, and the access token's ten."""
LEAST_RELEASED_SECONDS, MOST_RELEASED_SECONDS = 60, 30 * 24 * 3600
"""At least the code's minute; at most as long as a refresh token gives new access tokens."""
OFFICE_LANGUAGE = "ja"
"""The language in which an office is said where it is not said in the resident's own."""


@dataclass(frozen=True, slots=True)
class Office:
    """Who helps a resident whose login fails, in one language; each member is one line of text or empty.

    `desk`: office and floor; `telephone`: as dialled; `hours`: when somebody is there; `bring`: what to bring;
    `paper`: how the same is done without a card; `lost`: whom to call at any hour when a card or phone is lost.
    """

    desk: str = ""
    telephone: str = ""
    hours: str = ""
    bring: str = ""
    paper: str = ""
    lost: str = ""


OWN_PAGES = ("policy_uri", "tos_uri", "documentation_uri")
"""Pages of a municipality's own that the provider metadata may name."""
_SWITCHES = ("public_body", "self_registration", "single_sign_on_everywhere")
OFFICE_MEMBERS = tuple(member.name for member in fields(Office))


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """A tenant's decisions.

    `revocation`: members of a revocation policy (`idp/revocation/policy.py`) for services that state none of
    their own. `public_body`: a public body as verifier pays J-LIS no fee. `methods`: ways of signing in that are
    switched on (`sign_in_methods.TENANT_METHODS`). `offices`: by BCP 47 tag of a page's
    language. `card_host`: origin of the host that asks browsers for the certificate on a card, empty for none.
    `mtls_host`: of the one that asks services for theirs.
    `single_sign_on_everywhere`: a login goes on in every sector of the municipality, not in its own alone.
    `signing_key_days`, `signing_key_kept_days`: how old a signing key becomes, and how long it is published once
    it is retired; 0 for what holds in this installation.
    `disable_grace_days`: how long after a person's last certificate was revoked services are told that the account
    is disabled, unless J-LIS links another to it by then.
    `self_registration`: services that hold an invitation register themselves (RFC 7591).
    `released_seconds`: how long what residents hand over is kept for UserInfo, 0 for not stored at all.
    `municipalities`: codes by how an address begins (`idp/tenants/municipalities.py`).
    `sign_in_months`: for how many months residents see on their own pages when they signed in where; 0: not kept.
    `policy_uri`, `tos_uri`, `documentation_uri`: pages of the municipality's own that the metadata names.
    """

    revocation: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    public_body: bool = False
    methods: tuple[str, ...] = ()
    offices: Mapping[str, Office] = field(default_factory=lambda: MappingProxyType({}))
    card_host: str = ""
    mtls_host: str = ""
    single_sign_on_everywhere: bool = False
    signing_key_days: int = 0
    signing_key_kept_days: int = 0
    disable_grace_days: int = DISABLE_GRACE_DAYS
    self_registration: bool = False
    policy_uri: str = ""
    tos_uri: str = ""
    documentation_uri: str = ""
    released_seconds: int = RELEASED_SECONDS
    municipalities: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    sign_in_months: int = SIGN_IN_MONTHS

    def office(self, language: str) -> Office:
        """The office in that language; what is not said in it is said in Japanese."""
        own, japanese = (self.offices.get(tag, Office()) for tag in (language, OFFICE_LANGUAGE))
        return Office(**{name: getattr(own, name) or getattr(japanese, name) for name in OFFICE_MEMBERS})


def read_settings(text: str) -> TenantSettings:
    """The settings as stored. Raises ValueError for JSON that is not ours."""
    members = json.loads(text)
    revocation, offices = members.get("revocation", {}), members.get("offices", {})
    if not isinstance(revocation, dict) or not isinstance(offices, dict):
        raise ValueError("not the stored settings")  # noqa: TRY004 - wrong stored text, as json.loads says it
    return TenantSettings(
        MappingProxyType(revocation),
        members.get("public_body", False) is True,
        methods=tuple(members.get("methods", ())),
        offices=MappingProxyType({language: _read_office(stored) for language, stored in offices.items()}),
        card_host=str(members.get("card_host", "")),
        mtls_host=str(members.get("mtls_host", "")),
        single_sign_on_everywhere=members.get("single_sign_on_everywhere", False) is True,
        signing_key_days=int(members.get("signing_key_days", 0)),
        signing_key_kept_days=int(members.get("signing_key_kept_days", 0)),
        disable_grace_days=int(members.get("disable_grace_days", DISABLE_GRACE_DAYS)),
        self_registration=members.get("self_registration", False) is True,
        released_seconds=int(members.get("released_seconds", RELEASED_SECONDS)),
        municipalities=MappingProxyType(dict(members.get("municipalities", {}))),
        sign_in_months=int(members.get("sign_in_months", SIGN_IN_MONTHS)),
        **{name: str(members.get(name, "")) for name in OWN_PAGES},
    )


_USUAL = MappingProxyType(
    {
        "released_seconds": RELEASED_SECONDS,
        "sign_in_months": SIGN_IN_MONTHS,
        "disable_grace_days": DISABLE_GRACE_DAYS,
    }
)
"""Of these 0 says something, too."""


def write_settings(settings: TenantSettings) -> str:
    """Undo `read_settings`."""
    members: dict[str, object] = {}
    if settings.revocation:
        members["revocation"] = dict(settings.revocation)
    for name in _SWITCHES:
        if getattr(settings, name):
            members[name] = True
    if settings.methods:
        members["methods"] = list(settings.methods)
    if settings.offices:
        members["offices"] = {language: said(office) for language, office in settings.offices.items()}
    if settings.municipalities:
        members["municipalities"] = dict(settings.municipalities)
    if settings.card_host:
        members["card_host"] = settings.card_host
    if settings.mtls_host:
        members["mtls_host"] = settings.mtls_host
    for name in ("signing_key_days", "signing_key_kept_days", *OWN_PAGES):
        if stated := getattr(settings, name):
            members[name] = stated
    for name, usual in _USUAL.items():
        if (stated := getattr(settings, name)) != usual:
            members[name] = stated
    return json.dumps(members, ensure_ascii=True, sort_keys=True)


def said(office: Office) -> dict[str, str]:
    """The members that say something."""
    return {name: text for name, text in asdict(office).items() if text}


def _read_office(stored: object) -> Office:
    if not isinstance(stored, dict) or not set(stored) <= set(OFFICE_MEMBERS):
        raise ValueError("an office has the members of Office alone")
    return Office(**{name: str(text) for name, text in stored.items()})
