"""Tokens: where they are given, shown, asked about and given back."""

from dataclasses import dataclass

from idp.compose import work
from idp.compose.agents import acts_of, using_of
from idp.compose.ground import Ground
from idp.compose.sessions import SessionParts
from idp.login.pairwise import Pairs
from idp.login.sign_ins import SignIns
from idp.oidc.binding.bindings import Bindings
from idp.oidc.binding.proofs import Proofs
from idp.oidc.claims.userinfo import UserInfoEndpoint
from idp.oidc.clients.client_authentication import ClientAuthentication
from idp.oidc.clients.encrypting import Encrypting
from idp.oidc.tokens.access_tokens import AccessTokens
from idp.oidc.tokens.introspection import IntrospectionEndpoint
from idp.oidc.tokens.redemption import Redemption
from idp.oidc.tokens.refreshing import Refreshing
from idp.oidc.tokens.revocation import RevocationEndpoint
from idp.oidc.tokens.token import TokenEndpoint
from idp.signature_status.watching import Watching
from idp.web.certificate_hop import Hop


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenParts:
    """The endpoints of tokens."""

    bindings: Bindings
    token: TokenEndpoint
    userinfo: UserInfoEndpoint
    introspection: IntrospectionEndpoint
    revocation: RevocationEndpoint


def bindings_of(ground: Ground, hop: Hop) -> Bindings:
    """The keys that requests show."""
    return Bindings(proofs=Proofs(store=ground.store, now=ground.now), hop=hop)


def token_parts(
    ground: Ground,
    lasting: SessionParts,
    clients: ClientAuthentication,
    encrypting: Encrypting,
    hop: Hop,
    watching: Watching,
    pairs: Pairs,
) -> TokenParts:
    """All of them, over one store."""
    store, auditor, now, token_bytes = ground.store, ground.auditor, ground.now, ground.token_bytes
    still_good, acts = lasting.still_good, acts_of(ground, pairs)
    refreshing = Refreshing(
        store=store,
        still_good=still_good,
        encrypting=encrypting,
        acts=acts,
        auditor=auditor,
        now=now,
        token_bytes=token_bytes,
    )
    release = work.release_of(ground)
    redemption = Redemption(
        store=store,
        release=release,
        auditor=auditor,
        refreshing=refreshing,
        sign_ins=SignIns(now=now, token_bytes=token_bytes),
        encrypting=encrypting,
        watching=watching,
        using=using_of(ground),
        now=now,
        token_bytes=token_bytes,
    )
    bindings = bindings_of(ground, hop)
    access_tokens = AccessTokens(store=store, sessions=lasting.sessions, still_good=still_good, acts=acts, now=now)
    return TokenParts(
        bindings=bindings,
        token=TokenEndpoint(
            clients=clients,
            hop=hop,
            redemption=redemption,
            refreshing=refreshing,
            bindings=bindings,
            mistakes=lasting.mistakes,
            now=now,
            code_seconds=ground.settings.code_seconds,
        ),
        userinfo=UserInfoEndpoint(
            store=store,
            access_tokens=access_tokens,
            release=release,
            bindings=bindings,
            encrypting=encrypting,
            now=now,
        ),
        introspection=IntrospectionEndpoint(
            store=store,
            clients=clients,
            hop=hop,
            access_tokens=access_tokens,
            refreshing=refreshing,
            encrypting=encrypting,
            now=now,
        ),
        revocation=RevocationEndpoint(
            clients=clients, hop=hop, store=store, refreshing=refreshing, auditor=auditor
        ),
    )
