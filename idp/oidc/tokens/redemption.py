"""Redeeming a code: once, for an access token, an ID token and, where it was granted, a refresh token.

One write transaction: the code's tombstone, the session that is one now, the tokens, the sign-in as its person
will see it, the audit entry. A code that gives nothing is written down in another.
RFC 6749 section 4.1.3, OpenID Connect Core section 3.1.3.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.agents.using import Using
from idp.keys.sealing import digest
from idp.login import levels
from idp.login.consent import within
from idp.login.release import Altered, Release
from idp.login.sessions import IDLE_SECONDS
from idp.login.sign_ins import SignIn, SignIns
from idp.oidc.authorization.claims_request import read_kept
from idp.oidc.binding.binding import Binding, to_dpop_key
from idp.oidc.claims import attribute_claims, claims, vouching
from idp.oidc.claims.act import NOBODY, claim
from idp.oidc.claims.claims import Authentication
from idp.oidc.clients.encrypting import Encrypting
from idp.oidc.tokens import code, id_token
from idp.oidc.tokens.granted import Granted, GrantRefused, seal_of_id_token
from idp.oidc.tokens.minting import Grant, mint
from idp.oidc.tokens.refreshing import Refreshing
from idp.oidc.tokens.targets import Target
from idp.oversight.audit import Action, Auditor
from idp.signature_status.named import Seen
from idp.signature_status.watching import Watched, Watching
from idp.store import acceptances, consents, released, tokens
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant

_TOMBSTONE_SECONDS = 24 * 60 * 60
"""How long a spent code is remembered; a code itself lives one minute."""
_RETRY_MS = 1000
"""A client whose connection broke asks again at once, with its credentials and verifier: that is no theft."""


class _ActsNoMore(Exception):
    """The representation by which somebody acts does not hold any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """The act, over the store."""

    store: Store
    release: Release
    auditor: Auditor
    refreshing: Refreshing
    sign_ins: SignIns
    encrypting: Encrypting
    watching: Watching
    using: Using
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def redeem(
        self,
        tenant: Tenant,
        client: Client,
        redeemed: code.Code,
        shown: code.Shown,
        binding: Binding,
        target: Target | None = None,
    ) -> Granted:
        """Spend the code for its tokens, which are bound to the key that the request showed.

        `target`: the resource that the access token is for, None for UserInfo.

        Raises GrantRefused for a code spent before; what it gave is revoked by that, unless less than a second
        went by: a client whose connection broke asks again. Also for a login below the least level to which the
        registration was raised meanwhile, for one by an agent who may act no more, and for a code that waits for
        another key's proof; the code is spent by that. GrantPostponed, and nothing is spent, where the ID token
        cannot be encrypted as it shall be.
        """
        if redeemed.dpop_jkt is not None and binding != to_dpop_key(redeemed.dpop_jkt):
            self.burn(tenant, redeemed, shown.digest)
            raise GrantRefused("the code is bound to another key")
        if not levels.reaches(redeemed.earned, client.minimum_acr):
            self.burn(tenant, redeemed, shown.digest)
            raise GrantRefused("the service asks for a higher level by now")
        seal = seal_of_id_token(self.encrypting, tenant, client)
        moment_ms = int(self.now().timestamp() * 1000)
        moment = moment_ms // 1000
        act = _act(redeemed)
        grant = Grant(redeemed.sub, redeemed.scope, binding, act)
        access = mint(tenant, client, grant, target, now=moment, token_bytes=self.token_bytes)
        stored = tokens.NewAccessToken(
            token_digest=digest(access.text),
            client_id=client.client_id,
            pair_id=bytes.fromhex(redeemed.pair_id),
            transaction_id=redeemed.transaction_id,
            code_digest=shown.digest,
            scope=access.scope,
            claims="" if access.resource else redeemed.userinfo,
            binding=binding.text,
            resource=access.resource,
            expires_at=access.expires_at,
        )
        login = _authentication(tenant, redeemed, self._attributes(tenant, redeemed), act)
        refresh_token = self._spend(tenant, client, stored, redeemed, login.sid, moment_ms)
        said = claims.id_token_claims(tenant, client, login, now=moment)
        said |= {"s_hash": redeemed.s_hash} if redeemed.s_hash else {}
        signed = seal(id_token.make(tenant, client, said, {"at_hash": access.text, "c_hash": shown.text}))
        return Granted(access, signed, refresh_token)

    def shown_late(self, tenant: Tenant, late: code.Code, shown: code.Shown) -> None:
        """A code that is over: where it was spent, what it gave ends, however long ago that was."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if tokens.revoke_tokens_of_code(tx, shown.digest):
                action, client_id = Action.CODE_REPLAYED, late.client_id
                self.auditor.record(tx, tenant.keys, action, "refused", client_id=client_id)

    def burn(self, tenant: Tenant, misused: code.Code, code_digest: bytes) -> None:
        """Spend a code that its own client presented wrongly, so that it cannot be tried twice."""
        expires_at = int(self.now().timestamp()) + _TOMBSTONE_SECONDS
        burnt = tokens.SpentCode(code_digest=code_digest, expires_at=expires_at)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not tokens.burn_code(tx, burnt):
                tokens.revoke_tokens_of_code(tx, code_digest)
            _forget_released(tx, misused)
            client_id = misused.client_id
            self.auditor.record(tx, tenant.keys, Action.CODE_MISUSED, "refused", client_id=client_id)

    def _attributes(self, tenant: Tenant, redeemed: code.Code) -> Mapping[str, object]:
        """Claims of what the resident let go into the ID token: read only where that was asked for.

        A login that only went on released nothing of its own; what was taken back meanwhile is not told. Raises
        GrantRefused where it was altered.
        """
        if not redeemed.id_token or redeemed.continued:
            return {}
        try:
            found = self.release.found(tenant, redeemed.client_id, redeemed.transaction_id)
        except Altered as altered:
            raise GrantRefused("what the login released was altered") from altered
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            consented = consents.names(tx, bytes.fromhex(redeemed.pair_id), redeemed.client_id)
        read = found if consented is None else within(found, consented)
        if read is None:
            return {}
        login = vouching.Login(redeemed.accepted_at, tuple(redeemed.amr.split()))
        return attribute_claims.of(read, (), read_kept(redeemed.id_token), login)

    def _spend(
        self,
        tenant: Tenant,
        client: Client,
        stored: tokens.NewAccessToken,
        redeemed: code.Code,
        sid: str,
        moment_ms: int,
    ) -> str | None:
        """The refresh token that it gave, if it did. Raises GrantRefused, after what is to be written of that.

        All of it goes to the database in one flight: the code's tombstone, the session and the grant say for
        themselves when nothing is to be given, and then nothing is written.
        """
        moment, spent_ms = divmod(moment_ms, 1000)
        spent = tokens.SpentCode(
            code_digest=stored.code_digest, expires_at=moment + _TOMBSTONE_SECONDS, spent_ms=spent_ms
        )
        idle_until = moment + IDLE_SECONDS if redeemed.goes_on else 0
        part = acceptances.NewParticipant(stored.client_id, stored.pair_id, sid)
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                tokens.spend_code(tx, spent)
                self._act(tx, tenant, client, redeemed)
                session_digest = bytes.fromhex(redeemed.session_digest)
                acceptances.join_session(tx, session_digest, part, now=moment, idle_until=idle_until)
                tokens.add_of_code(tx, stored)
                self.sign_ins.keep(tx, tenant, client.client_id, stored.pair_id, _sign_in(redeemed, moment))
                refresh_token = self.refreshing.begin(tx, tenant, client, redeemed, stored)
                if redeemed.signature:
                    of = Watched(tenant, client, stored.pair_id, redeemed.sub)
                    self.watching.keep(tx, of, Seen.from_json(redeemed.signature))
                self._audit(tx, tenant, redeemed, Action.CODE_REDEEMED, "redeemed")
        except (tokens.CodeSpent, tokens.ServiceStopped, acceptances.SessionOver, _ActsNoMore) as over:
            self._refuse(tenant, redeemed, spent, moment_ms)
            raise GrantRefused("the code was spent before, or its login is over") from over
        return refresh_token

    def _refuse(self, tenant: Tenant, redeemed: code.Code, spent: tokens.SpentCode, moment_ms: int) -> None:
        """A code that gives nothing: spent by that where it was not before, and what it gave before ends."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if tokens.burn_code(tx, spent):
                action = Action.CODE_MISUSED  # its login was overturned meanwhile
            else:
                if moment_ms - _spent_at_ms(tx, spent.code_digest) >= _RETRY_MS:
                    tokens.revoke_tokens_of_code(tx, spent.code_digest)
                    _forget_released(tx, redeemed)
                action = Action.CODE_REPLAYED
            self._audit(tx, tenant, redeemed, action, "refused")

    def _act(self, tx: Transaction, tenant: Tenant, client: Client, redeemed: code.Code) -> None:
        """Use the representation of a login in which somebody acts. Raises _ActsNoMore where it does not hold."""
        acting = redeemed.by_agent
        if acting is not None and not self.using.run(tx, tenant, client, redeemed.transaction_id, acting):
            raise _ActsNoMore

    def _audit(self, tx: Transaction, tenant: Tenant, redeemed: code.Code, action: Action, outcome: str) -> None:
        more: dict[str, object] = {"continued": True} if redeemed.continued else {}
        if redeemed.by_agent is not None:
            more = {"by_agent": str(redeemed.by_agent.kind)}
        self.auditor.record(tx, tenant.keys, action, outcome, client_id=redeemed.client_id, **more)


def _authentication(
    tenant: Tenant, redeemed: code.Code, attributes: Mapping[str, object], act: Mapping[str, object]
) -> Authentication:
    """What the ID token says of a code's login."""
    return Authentication(
        sub=redeemed.sub,
        acr=redeemed.acr,
        amr=redeemed.amr,
        sid=tenant.keys.session_id(redeemed.client_id, bytes.fromhex(redeemed.session_digest)),
        nonce=redeemed.nonce,
        auth_time=redeemed.auth_time,
        evidence=redeemed.evidence,
        procedure=redeemed.procedure,
        application=json.loads(redeemed.application) if redeemed.application else {},
        organization=json.loads(redeemed.organization) if redeemed.organization else {},
        previous=redeemed.previous,
        attributes=attributes,
        act=act,
    )


def _act(redeemed: code.Code) -> Mapping[str, object]:
    """The claim of who acts in a code's login."""
    acting = redeemed.by_agent
    return NOBODY if acting is None else claim(acting, redeemed.agent_sub)


def _sign_in(redeemed: code.Code, moment: int) -> SignIn:
    """What its person is told of it on their own pages."""
    return SignIn(
        at=moment,
        login=redeemed.transaction_id,
        acr=redeemed.earned,
        amr=redeemed.amr,
        continued=redeemed.continued,
        browser=redeemed.browser,
        handed=redeemed.handed,
        by_agent=redeemed.by_agent is not None,
    )


def _spent_at_ms(tx: Transaction, code_digest: bytes) -> int:
    """When a code was spent, milliseconds since 1970."""
    spent = tokens.spent_code(tx, code_digest)
    return (spent.expires_at - _TOMBSTONE_SECONDS) * 1000 + spent.spent_ms


def _forget_released(tx: Transaction, misused: code.Code) -> None:
    """What the login released goes with its code; one that only went on released nothing of its own."""
    if not misused.continued:
        released.forget(tx, misused.transaction_id)
