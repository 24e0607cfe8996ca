"""Changing a service after its registration, by the rules that it was registered by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from idp.audit import Auditor
from idp.directory import Directory
from idp.jpki.profile import Device
from idp.registration import NewService, NotAllowed, registration, require_service
from idp.registrations import Members, rewrite
from idp.store.engine import Store
from idp.tenancy import VERIFY, Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChange:
    """What shall be otherwise, named as in `NewService`; None leaves a member as it is."""

    name_ja: str | None = None
    name_en: str | None = None
    purpose_ja: str | None = None
    purpose_en: str | None = None
    redirect_uris: Sequence[str] | None = None
    post_logout_redirect_uris: Sequence[str] | None = None
    backchannel_logout_uri: str | None = None
    """As the other one: empty takes it away."""
    backchannel_logout_session_required: bool | None = None
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool | None = None
    scopes: Sequence[str] | None = None
    verify_purpose: str | None = None
    user_numbers: bool | None = None
    jwks: Mapping[str, object] | None = None
    minimum_acr: str | None = None
    methods: Sequence[str] | None = None
    certificate_types: Sequence[Device] | None = None

    def stated(self) -> dict[str, Any]:
        """The members that shall be otherwise."""
        members = {member.name: getattr(self, member.name) for member in fields(self)}
        return {name: value for name, value in members.items() if value is not None}


def changed(stored: Members, client: Client, tenant: Tenant, change: ServiceChange) -> Members:
    """The metadata after a change. What the change does not touch stays as stored, known to us here or not.

    Raises NotAllowed for what could not be registered either. Another purpose of the scope verify has to be
    approved anew.
    """
    before = wish_of(stored, client)
    after = _consistent(replace(before, **change.stated()), change)
    require_service(after, sandbox=tenant.sandbox)
    old, new = (registration(wish, tenant, {}) for wish in (before, after))
    gone = old.keys() - new.keys()
    different = {name: value for name, value in new.items() if old.get(name) != value}
    return {name: value for name, value in stored.items() if name not in gone} | different


def _consistent(wish: NewService, change: ServiceChange) -> NewService:
    """What belongs to a member that was taken away goes with it, unless it is stated."""
    if VERIFY not in wish.scopes and change.verify_purpose is None:
        wish = replace(wish, verify_purpose="")
    if VERIFY not in wish.scopes and change.user_numbers is None:
        wish = replace(wish, user_numbers=False)
    if wish.minimum_acr != "aal1" and change.methods is None:
        wish = replace(wish, methods=())
    if not wish.backchannel_logout_uri and change.backchannel_logout_session_required is None:
        wish = replace(wish, backchannel_logout_session_required=False)
    if not wish.frontchannel_logout_uri and change.frontchannel_logout_session_required is None:
        wish = replace(wish, frontchannel_logout_session_required=False)
    return wish


def wish_of(stored: Members, client: Client) -> NewService:
    """The wish that such metadata came from: undoes `registration`, but for the receiver of events."""
    names, purposes = stored["names"], stored["purposes"]
    return NewService(
        service_id=client.service_id,
        sector_id=client.sector_id,
        name_ja=names["ja"],
        name_en=_own(names),
        purpose_ja=purposes["ja"],
        purpose_en=_own(purposes),
        redirect_uris=tuple(stored["redirect_uris"]),
        post_logout_redirect_uris=tuple(stored["post_logout_redirect_uris"]),
        backchannel_logout_uri=stored.get("backchannel_logout_uri"),
        backchannel_logout_session_required=stored.get("backchannel_logout_session_required", False),
        frontchannel_logout_uri=stored.get("frontchannel_logout_uri"),
        frontchannel_logout_session_required=stored.get("frontchannel_logout_session_required", False),
        scopes=tuple(stored["scope"].split()),
        verify_purpose=stored.get("verify", {}).get("purpose", ""),
        user_numbers=stored.get("user_numbers") is True,
        token_endpoint_auth_method=stored["token_endpoint_auth_method"],
        id_token_signed_response_alg=stored["id_token_signed_response_alg"],
        authorization_signed_response_alg=stored.get("authorization_signed_response_alg", "RS256"),
        jwks=stored.get("jwks"),
        require_pkce=stored["require_pkce"],
        minimum_acr=stored["minimum_acr"],
        methods=tuple(stored.get("methods", ())),
        certificate_types=tuple(Device(name) for name in stored["certificate_types"]),
        revocation=stored.get("revocation", {}),
    )


def _own(texts: Members) -> str:
    """The English text, empty where the Japanese one stands for it: that follows a change."""
    return "" if texts["en"] == texts["ja"] else texts["en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChanges:
    """The act, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor

    def change(self, tenant: Tenant, client: Client, change: ServiceChange) -> None:
        """Make the change; logins under way are measured by it. Raises NotAllowed, and nothing is written then."""
        stated = {
            name: list(value) if isinstance(value, tuple) else value for name, value in change.stated().items()
        }
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                rewrite(
                    tx,
                    self.auditor,
                    tenant,
                    client.client_id,
                    lambda stored: changed(stored, client, tenant, change),
                    **stated,
                )
        except LookupError as error:
            raise NotAllowed("there is no such service") from error
        self.directory.refresh()
