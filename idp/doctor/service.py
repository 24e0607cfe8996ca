"""Whether a service is ready for residents: its registration, its addresses, and what it has shown so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.errors import ConnectorError, Refused
from connectors.ports import KeySetSource, Reachability
from idp.developer.errors import PATH
from idp.doctor.finding import Finding, fail, ok, warn
from idp.items import KANA
from idp.japan import JAPAN, day_in_japan
from idp.oversight.audit import Action
from idp.registration import NotAllowed
from idp.services import client_keys
from idp.services.client_keys import KeysRefused
from idp.services.client_policies import PUBLIC, SECRET_METHODS, TLS_METHODS
from idp.services.redirect_uris import LOOPBACK, host_of, private_use_scheme
from idp.services.sector_identifiers import SectorIdentifiers
from idp.sources.record import Source
from idp.store import audit, client_errors
from idp.store.engine import Store
from idp.tenants.tenancy import ACTIVE, DISABLED, REFRESH_TOKEN, VERIFY, WAITING, Client, Tenant

LOOKED_BACK = timedelta(days=30)
"""How far back a login counts: what worked before may not work now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTest:
    """The grades, over the store and the ways to services' own addresses."""

    store: Store
    key_sets: KeySetSource
    addresses: Reachability
    sectors: SectorIdentifiers
    now: Callable[[], datetime]

    def findings(self, tenant: Tenant, client: Client) -> Iterator[Finding]:
        """One after the other, as they are found."""
        yield standing(client)
        yield from review(client)
        yield profile(client, self.now())
        yield pkce(client)
        yield signing(tenant, client)
        yield from words(client)
        yield from sources(tenant, client)
        yield self._credentials(tenant, client)
        for uri in client.redirect_uris:
            yield self._redirect_uri(tenant, uri)
        yield from self._sector(tenant, client)
        yield from self._channels(tenant, client)
        yield self._login(tenant, client)
        yield from self._last_error(tenant, client)

    def _credentials(self, tenant: Tenant, client: Client) -> Finding:
        method = client.token_endpoint_auth_method
        if client.jwks_uri is not None:
            return self._published_keys(tenant, client, client.jwks_uri)
        if method in SECRET_METHODS:
            return secrets(client)
        if method in TLS_METHODS and not tenant.settings.mtls_host:
            return fail(
                "credentials", f"{method}, and no host asks for certificates", "idp tenant settings --mtls-host"
            )
        if method == PUBLIC:
            return ok("credentials", "a public client: it keeps no secret, and PKCE stands for one")
        return ok("credentials", f"{method}, by what is registered")

    def _published_keys(self, tenant: Tenant, client: Client, uri: str) -> Finding:
        remedy = "let a JWK set lie there that the provider can fetch, or correct --jwks-uri"
        try:
            keys = client_keys.published(self.key_sets.fetch(uri, sandbox=tenant.sandbox))
        except (ConnectorError, KeysRefused) as error:
            return fail("jwks_uri", str(error), remedy)
        registered = {encryption.alg for encryption in client.encryptions.values()}
        if missing := sorted(alg for alg in registered if not client_keys.for_encryption(keys, alg)):
            problem = f"no key there is for {', '.join(missing)}: its answers cannot be encrypted"
            return fail("jwks_uri", problem, "let a key for that lie there, or idp service change --encrypt")
        return ok("jwks_uri", f"{len(keys)} keys")

    def _redirect_uri(self, tenant: Tenant, uri: str) -> Finding:
        """What only residents' browsers can reach is no failure: the provider never goes there itself."""
        check = f"redirect URI {uri}"
        if private_use_scheme(uri) or (host_of(uri) in LOOPBACK and not tenant.sandbox):
            return ok(check, "on the resident's own device: not asked")
        try:
            self.addresses.knock(uri, sandbox=tenant.sandbox)
        except Refused:
            return warn(check, "the provider may not ask this address", "see that residents' browsers reach it")
        except ConnectorError as error:
            return warn(check, str(error), "see that it runs, and that residents' browsers reach it")
        return ok(check, "it answers")

    def _sector(self, tenant: Tenant, client: Client) -> Iterator[Finding]:
        uri = client.sector_identifier_uri
        if uri is None:
            return
        try:
            self.sectors.require_listed(uri, client.redirect_uris, sandbox=tenant.sandbox)
        except NotAllowed as error:
            yield fail("sector", str(error), "let its document list every redirect URI")
        else:
            yield ok("sector", "its document lists every redirect URI")

    def _channels(self, tenant: Tenant, client: Client) -> Iterator[Finding]:
        back, front = client.backchannel_logout_uri, client.frontchannel_logout_uri
        if not back and not front:
            remedy = "idp service change --backchannel-logout-uri"
            yield warn("logout", "it is never told that a session is over", remedy)
        for check, uri in (("back channel", back), ("front channel", front), ("events", client.event_endpoint)):
            if uri is not None:
                yield self._told_there(tenant, check, uri)

    def _told_there(self, tenant: Tenant, check: str, uri: str) -> Finding:
        try:
            self.addresses.knock(uri, sandbox=tenant.sandbox)
        except Refused as error:
            return fail(check, str(error), "name its network in IDP_EVENT_NETWORKS, or register another address")
        except ConnectorError as error:
            return fail(check, str(error), "see that it runs, and that the provider reaches it")
        return ok(check, "it answers")

    def _login(self, tenant: Tenant, client: Client) -> Finding:
        since = int((self.now() - LOOKED_BACK).timestamp() * 1000)
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            at = audit.latest_of_client(tx, Action.CODE_REDEEMED, client.client_id, since=since)
        if at is None:
            days = LOOKED_BACK.days
            return warn(
                "login", f"none has been completed in {days} days", "sign in to it once before residents do"
            )
        day = datetime.fromtimestamp(at / 1000, UTC).astimezone(JAPAN).date()
        return ok("login", f"one was completed on {day.isoformat()}")

    def _last_error(self, tenant: Tenant, client: Client) -> Iterator[Finding]:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            last = client_errors.last(tx, client.client_id)
        if last is None:
            yield ok("last error", "it was never answered one")
            return
        at = datetime.fromtimestamp(last.at, UTC).astimezone(JAPAN).isoformat()
        said = f"{last.error}: {last.description}" if last.description else last.error
        yield warn("last error", f"{at} at {last.endpoint}: {said}", f"see {tenant.url(PATH)}#{last.error}")


def standing(client: Client) -> Finding:
    """Whether residents can sign in to it at all."""
    if client.state == ACTIVE:
        return ok("state", "residents can sign in to it")
    remedies = {WAITING: "idp service approve", DISABLED: "idp service enable"}
    return fail(
        "state", f"nobody can sign in to it: it is {client.state}", remedies.get(client.state, "register it anew")
    )


def review(client: Client) -> Iterator[Finding]:
    """Of a service that registered itself: whether somebody has looked at it."""
    if client.self_registered is None:
        return
    if client.is_reviewed:
        yield ok("review", "it registered itself, and somebody has looked at it")
    else:
        yield warn("review", "residents are told that nobody has looked at it", "idp service approve")


def profile(client: Client, now: datetime) -> Finding:
    """What it may and must do, and for how long."""
    legacy = client.legacy
    if legacy is None:
        return ok("profile", client.profile)
    if not legacy.is_open(day_in_japan(now)):
        return fail("profile", "legacy: it is over, or two officers have not agreed", "idp approve list")
    return warn("profile", f"legacy: it is refused from {legacy.until.isoformat()} on", "move it to standard")


def pkce(client: Client) -> Finding:
    """Whether a code that somebody caught on its way is of use to them."""
    if client.require_pkce:
        return ok("PKCE", "every request has to use it")
    return warn("PKCE", "requests without it are taken", "idp service change --require-pkce")


def signing(tenant: Tenant, client: Client) -> Finding:
    """Whether there is a key for everything that is signed for it."""
    wished = {client.id_token_signed_response_alg, client.authorization_signed_response_alg}
    wished |= set(filter(None, [client.userinfo_signed_response_alg]))
    missing = sorted(alg for alg in wished if alg not in tenant.signing_algs)
    if missing:
        return fail(
            "signing", f"the tenant has no key for {', '.join(missing)}", "idp keys list; idp worker makes them"
        )
    return ok("signing", f"ID tokens by {client.id_token_signed_response_alg}")


def words(client: Client) -> Iterator[Finding]:
    """What residents are told of it, and what it was given besides."""
    if client.purpose("ja"):
        yield ok("purpose", "residents are told what it is for")
    else:
        yield warn("purpose", "residents are not told what it is for", "idp service change --purpose-ja")
    if bare := [item for item in client.items if item not in client.claim_terms]:
        said = f"residents are not told why, by which right and for how long it receives: {', '.join(bare)}"
        yield warn("claim terms", said, "idp service change --claim-terms")
    if VERIFY in client.scopes and client.verify_purpose and not client.verify_approved:
        yield warn("verify", "two officers have not agreed to its purpose", "idp approve list")
    if REFRESH_TOKEN in client.grant_types and not client.may_refresh:
        yield fail(
            "refresh", "it has the grant, and its profile or scopes allow no refresh", "idp service change --scope"
        )


def sources(tenant: Tenant, client: Client) -> Iterator[Finding]:
    """Whether what it asks of a person can come from anywhere."""
    if client.attribute_sources and not client.items:
        yield warn("sources", "it is registered for sources and for no item", "idp service change --scope")
    if client.attribute_sources == (Source.LATEST,) and not tenant.settings.released_seconds:
        said = "the tenant stores nothing, so that nobody can agree to the latest information"
        yield fail("sources", said, "idp service change --attribute-source")
    if KANA in client.items and tenant.profile.kana is None:
        yield warn(
            "reading of names", "where certificates hold it is not known yet", "ask without depending on it"
        )


def secrets(client: Client) -> Finding:
    """Whether it can authenticate, and only by what it needs."""
    held = len(client.secret_digests)
    if not held:
        return fail("credentials", "it has no secret", "idp service secret add")
    if held > 1:
        return warn("credentials", "two secrets count", "once the newer one is in use: idp service secret retire")
    return ok("credentials", "one secret")
