"""Refreshing: a service comes back for tokens while its resident is away (RFC 6749 section 6).

Every use asks anew whether the certificate is still good, and gives another refresh token in the place of the one
shown. Who shows one that was used before has it from somewhere: the whole family ends at once (RFC 9700 section
4.14.2). It ends too with its login, the resident's grant, and their number, and with what their
agent acts by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idp.keys.sealing import Place, digest
from idp.login import levels, named_again
from idp.login.named_again import SealedName, session_place
from idp.login.pairwise import open_ppid
from idp.login.previous import Previous, beside
from idp.login.sessions import Proof
from idp.login.still_good import StillGood
from idp.oidc.binding.binding import ANY_DPOP_KEY, UNBOUND, Binding
from idp.oidc.claims import claims
from idp.oidc.claims.act import ActOver, Acts
from idp.oidc.claims.claims import Authentication
from idp.oidc.clients.encrypting import Encrypting
from idp.oidc.tokens import code, id_token, refresh_token
from idp.oidc.tokens.granted import Granted, GrantPostponed, GrantRefused, seal_of_id_token
from idp.oidc.tokens.minting import Grant, Minted, mint
from idp.oidc.tokens.targets import Target
from idp.oversight.audit import Action, Auditor
from idp.services.client_policies import PUBLIC
from idp.signature_status.status import SCOPE
from idp.store import migrating, refresh_families, tokens
from idp.store.engine import Store, Transaction
from idp.store.refresh_families import Family, NewFamily
from idp.store.tokens import NewAccessToken
from idp.tenants.tenancy import OFFLINE, Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshing:
    """The act, over the store."""

    store: Store
    still_good: StillGood
    encrypting: Encrypting
    acts: Acts
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def begin(
        self, tx: Transaction, tenant: Tenant, client: Client, redeemed: code.Code, given: NewAccessToken
    ) -> str | None:
        """The first refresh token of a code that is redeemed in `tx`; None where none was granted."""
        if OFFLINE not in redeemed.scope.split() or not client.may_refresh:
            return None
        token = self._another(given.code_digest)
        session_digest = bytes.fromhex(redeemed.session_digest)
        family = NewFamily(
            code_digest=given.code_digest,
            token_digest=digest(token),
            client_id=client.client_id,
            pair_id=given.pair_id,
            transaction_id=given.transaction_id,
            scope=redeemed.scope,
            claims=redeemed.userinfo,
            acr=redeemed.acr,
            auth_time=redeemed.auth_time,
            sid=tenant.keys.session_id(client.client_id, session_digest),
            told=redeemed.evidence is not None,
            sealed_certificate=_named_for(tx, tenant, session_digest, given.code_digest),
            binding=_binding_of_family(client, Binding.parse(given.binding)).text,
            targets=redeemed.targets,
            expires_at=self._moment() + refresh_token.SECONDS,
        )
        return token if refresh_families.add(tx, family) else None

    def shown(self, tenant: Tenant, client: Client, unverified: str) -> "ShownFamily | None":
        """The family of a refresh token of this client, alive or not; None for another's, or for none."""
        try:
            shown = refresh_token.read(unverified)
        except refresh_token.NoRefreshToken:
            return None
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            family = refresh_families.find(tx, shown.code_digest)
        if family is None or family.client_id != client.client_id:
            return None
        return ShownFamily(family, shown)

    def refresh(
        self,
        tenant: Tenant,
        client: Client,
        met: "ShownFamily",
        scope: str | None,
        binding: Binding,
        target: Target | None = None,
    ) -> Granted:
        """New tokens for one that was shown. `scope`: a part of what was granted, None for all of it.

        `target`: the resource that the access token is for, None for UserInfo.

        `binding`: to the key that the request showed; a family that is bound keeps its token, which is worth
        nothing to anybody else. So does one of a profile whose services all authenticate by keys (FAPI 2.0
        Security Profile section 5.3.2.1).

        Raises GrantRefused for a token that was used before, and the family ends by that; for one that is over or
        whose login, level or certificate counts no more. GrantPostponed while nobody can tell whether it does, and
        while the ID token cannot be encrypted as it shall be.
        """
        family, moment = met.family, self._moment()
        if family.token_digest != met.shown.token_digest:
            raise self._reused(tenant, family)
        if (
            not family.alive
            or family.expires_at <= moment
            or not levels.reaches(family.earned, client.minimum_acr)
        ):
            raise GrantRefused("the refresh token is over")
        if not Binding.parse(family.binding).is_met_by(binding):
            raise GrantRefused("the refresh token is bound to a key that the request does not show")
        self._require_good(tenant, client, family)
        act = self._act(tenant, client, family)
        seal = seal_of_id_token(self.encrypting, tenant, client)
        granted = " ".join(name for name in (scope or family.scope).split() if name in client.scopes)
        kept = bool(family.binding) or client.policy.sender_constrained
        new = _New(met.shown.text if kept else self._another(family.code_digest), granted, binding, target, act)
        rotated = self._rotate(tenant, client, met, new)
        if rotated is None:  # another request of this moment was quicker with the same token
            raise self._reused(tenant, family)
        login, access = rotated
        said = claims.id_token_claims(tenant, client, login, now=moment)
        signed = seal(id_token.make(tenant, client, said, {"at_hash": access.text}))
        return Granted(access, signed, new.refresh_token)

    def _rotate(
        self, tenant: Tenant, client: Client, met: "ShownFamily", new: "_New"
    ) -> tuple[Authentication, Minted] | None:
        """Put the new tokens in the place of the one shown: what the ID token says, and the access token.

        None where that was too late.

        Raises GrantRefused and GrantPostponed for what happened since it was shown; nothing is written then.
        """
        code_digest, next_one = met.family.code_digest, digest(new.refresh_token)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not refresh_families.rotate(tx, code_digest, shown=met.shown.token_digest, next_one=next_one):
                return None
            family = refresh_families.find(tx, code_digest)
            if family is None or not family.alive:
                raise GrantRefused("the refresh token is over")
            sub = open_ppid(tenant, family.pair_id, family.sealed_ppid)
            grant = Grant(sub, new.scope, new.binding, new.act)
            access = mint(tenant, client, grant, new.target, now=self._moment(), token_bytes=self.token_bytes)
            tokens.add(tx, _access_token(family, access))
            previous = _previous_told(tx, tenant, client, family, now=self._moment())
            action, outcome = Action.TOKEN_REFRESHED, "refreshed"
            self.auditor.record(tx, tenant.keys, action, outcome, client_id=client.client_id)
        login = Authentication(
            sub=sub,
            acr=family.acr,
            amr=family.amr,
            sid=family.sid,
            auth_time=family.auth_time,
            evidence=_told(family),
            previous=previous,
            act=new.act,
        )
        return login, access

    def _act(self, tenant: Tenant, client: Client, family: Family) -> Mapping[str, object]:
        """The claim of who acts in its login. Raises GrantRefused where that is over."""
        try:
            return self.acts.of(tenant, client, family.transaction_id, family.sealed_acting)
        except ActOver as over:
            raise GrantRefused("who acted for the person may do so no more") from over

    def _require_good(self, tenant: Tenant, client: Client, family: Family) -> None:
        """Raise GrantRefused for a certificate that is good no longer: its login is over by that, and all it gave.

        GrantPostponed where nobody can tell.
        """
        proof = proof_of(family)
        asked = SCOPE in family.scope.split()
        if self.still_good.evidence(tenant, client, proof, client.revocation, with_signature=asked) is not None:
            return
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            again = refresh_families.find(tx, family.code_digest)
        if proof.certificate is None or again is None or not again.alive:
            raise GrantRefused("the login is over")
        raise GrantPostponed("nobody can tell whether the certificate is good")

    def _reused(self, tenant: Tenant, family: Family) -> GrantRefused:
        """End the family of a token that was shown twice."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if refresh_families.end(tx, family.code_digest):
                tokens.revoke_tokens_of_code(tx, family.code_digest)
                action, outcome = Action.TOKEN_REUSED, "ended"
                self.auditor.record(tx, tenant.keys, action, outcome, client_id=family.client_id)
        return GrantRefused("the refresh token was used before")

    def _another(self, code_digest: bytes) -> str:
        return refresh_token.make(code_digest, self.token_bytes(refresh_token.SECRET_BYTES))

    def _moment(self) -> int:
        return int(self.now().timestamp())


@dataclass(frozen=True, slots=True)
class ShownFamily:
    """A refresh token as Authlib asks about it, with its family."""

    family: Family
    shown: refresh_token.Shown

    @property
    def counts(self) -> bool:
        """Whether it is the one that may be used, of a family that is alive."""
        return self.family.alive and self.family.token_digest == self.shown.token_digest


@dataclass(frozen=True, slots=True)
class _New:
    """What a refresh gives: the refresh token, and what the access token will be for."""

    refresh_token: str = field(repr=False)
    scope: str
    binding: Binding
    target: Target | None
    act: Mapping[str, object]


def _told(family: Family) -> str | None:
    """What its ID tokens tell of the evidence; of an agent's signature certificate nothing."""
    if not family.told or family.sealed_acting is None:
        return family.evidence if family.told else None
    return claims.evidence_told(family.evidence, claims.of_the_person(claims.CLAIM_SCOPES, acted_for=True))


def proof_of(family: Family) -> Proof:
    """The proof behind a family."""
    place, sealed = _certificate_place(family.code_digest), family.sealed_certificate
    return Proof(family.transaction_id, family.evidence, None if sealed is None else SealedName(place, sealed))


def _certificate_place(code_digest: bytes) -> Place:
    return Place("refresh_family", code_digest, "certificate")


def _named_for(tx: Transaction, tenant: Tenant, session_digest: bytes, code_digest: bytes) -> bytes | None:
    """The certificate of a session, sealed for the family that outlives it."""
    sealed = refresh_families.certificate_of(tx, session_digest)
    if sealed is None:
        return None
    name = SealedName(session_place(session_digest), sealed)
    return named_again.sealed_again(tenant, name, _certificate_place(code_digest))


def _binding_of_family(client: Client, binding: Binding) -> Binding:
    """A service that authenticates may change its key and refresh by the next, by proof if it began with proofs.

    RFC 9449 section 5, RFC 8705 section 4.
    """
    if client.token_endpoint_auth_method == PUBLIC:
        return binding
    return ANY_DPOP_KEY if binding.is_dpop else UNBOUND


def _access_token(family: Family, access: Minted) -> NewAccessToken:
    return NewAccessToken(
        token_digest=digest(access.text),
        client_id=family.client_id,
        pair_id=family.pair_id,
        transaction_id=family.transaction_id,
        code_digest=family.code_digest,
        scope=access.scope,
        claims="" if access.resource else family.claims,
        binding=access.binding.text,
        resource=access.resource,
        expires_at=access.expires_at,
    )


def _previous_told(
    tx: Transaction, tenant: Tenant, client: Client, family: Family, *, now: int
) -> Previous | None:
    """The number before, where it has changed; the service counts as told of the new one from here on.

    Raises GrantPostponed for a grant that goes back at this very moment.
    """
    noted = None
    if client.window is not None and client.window.migration_id:
        noted = migrating.previous(tx, client.client_id, family.pair_id)
    if noted is not None and not noted.told and not migrating.tell(tx, client.client_id, family.pair_id):
        raise GrantPostponed("the resident's number is changing")
    return beside(tx, tenant, client, family.pair_id, family.pair_index, noted, now=now)
