"""Three tenants, three clients each: a token is something to its own client at its own tenant and nowhere else.

Opaque access tokens, refresh tokens, access tokens that are signed for a resource of the client's own; at each
tenant the last client's tokens are bound to its certificate.
"""

from dataclasses import dataclass

import pytest
from components.acting import resource, token_for
from components.hop import certificate, handed_over
from components.nginx import MTLS_KEY
from components.refreshing import SCOPE, ask_about, refresh, refreshing
from components.registering import registered_itself
from components.town import BASE_URL, Service, town
from isolation.strangers import made_up, seen

from idp.registration import NewTenant

TENANTS = ("aoba", "wakaba", "kaede")
KINDS = ("access_token", "refresh_token", "signed_token")


@dataclass
class Held:
    """A service with the tokens of one login. `shown`: headers of its handshake, none for an ordinary one."""

    service: Service
    resource: str
    shown: dict[str, str]
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def nine(tmp_path_factory, founded_world):
    """A town of three municipalities; nine services, three of their own making, each with its tokens."""
    folder = tmp_path_factory.mktemp("nine")
    (folder / "mtls-key").write_text(MTLS_KEY)
    with town(folder, founded_world, environment={"IDP_MTLS_HOST_KEY_FILE": str(folder / "mtls-key")}) as made:
        administration = made.product.administration
        tenant = administration.create_tenant(
            NewTenant(
                tenant_id="kaede",
                issuer=f"{BASE_URL}/t/kaede",
                name_ja="楓市（見本）",
                name_en="Third City",
                crest="楓",
                sandbox=True,
            )
        )
        for kind, der in made.world.anchors():
            administration.load_anchor(tenant, kind, der)
        for tenant_id in TENANTS:
            tenant, host = made.product.directory.tenant(tenant_id), f"https://mtls.{tenant_id}.example"
            made.product.policies.change_tenant(tenant, revocation={}, mtls_host=host)
        yield made, [holding(made, tenant_id, n) for tenant_id in TENANTS for n in range(3)]


def holding(made, tenant_id, n):
    """A service that signed somebody in: by its code an opaque token, by refreshing one for its resource."""
    name, bound = f"of-{tenant_id}-{n}", n == 2
    shown = handed_over(certificate(made.folder, name)) if bound else {}
    wishes = {"tls_client_certificate_bound_access_tokens": bound}
    service = refreshing(made, name, tenant_id, **wishes) if n else registered_itself(made, tenant_id)
    address = f"https://{name}.example"
    resource(made, service, address, tenant_id)
    code, login = made.code(service, scope=SCOPE, resource=address)
    tokens = token_for(made, service, code, login, None, headers=shown).json
    signed = refresh(made, service, tokens["refresh_token"], resource=address, headers=shown).json
    tokens |= {"refresh_token": signed["refresh_token"], "signed_token": signed["access_token"]}
    return Held(service, address, shown, tokens)


def off_diagonal(held):
    """Every service with every other one's tokens."""
    return [(mine, other) for mine in held for other in held if other is not mine]


def userinfo(made, tenant_id, token, shown):
    """UserInfo of that tenant, with that token and handshake."""
    headers = {"Authorization": f"Bearer {token}", **shown}
    return made.get(made.browser(), f"{BASE_URL}/t/{tenant_id}/userinfo", headers=headers)


def test_userinfo_answers_at_the_tokens_own_tenant_alone(nine):
    """Elsewhere as to a token that never was; a token for a resource opens it nowhere."""
    made, held = nine
    for one in held:
        token = one.tokens["access_token"]
        for tenant_id in TENANTS:
            answer = userinfo(made, tenant_id, token, one.shown)
            assert answer.status_code == (200 if tenant_id == one.service.tenant_id else 401)
            if tenant_id != one.service.tenant_id:
                assert seen(answer) == seen(userinfo(made, tenant_id, made_up(token), one.shown))
            assert userinfo(made, tenant_id, one.tokens["signed_token"], one.shown).status_code == 401


def test_a_bound_token_is_nothing_under_anothers_certificate(nine):
    """Of every other service, and without any: as a token that never was."""
    made, held = nine
    bound = [one for one in held if one.shown]
    assert len(bound) == len(TENANTS)
    for one in bound:
        tenant_id, token = one.service.tenant_id, one.tokens["access_token"]
        for other in held:
            status = 200 if other is one else 401
            assert userinfo(made, tenant_id, token, other.shown).status_code == status


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_diagonal_is_active(nine, kind):
    """81 questions: nine answers."""
    made, held = nine
    for one in held:
        assert ask_about(made, one.service, one.tokens[kind]).json["active"] is True
    for mine, other in off_diagonal(held):
        assert ask_about(made, mine.service, other.tokens[kind]).json == {"active": False}


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_ends_anothers_tokens(nine, kind):
    """72 wishes, each answered as for a token that never was; all tokens are live afterwards."""
    made, held = nine
    for mine, other in off_diagonal(held):
        token = other.tokens[kind]
        foreign = seen(ask_about(made, mine.service, token, "revoke"))
        assert foreign == seen(ask_about(made, mine.service, made_up(token), "revoke"))
    for one in held:
        assert ask_about(made, one.service, one.tokens[kind]).json["active"] is True


def test_nobody_acts_at_anothers_resource(nine):
    """72 wishes: refused as for one that nobody runs, at the beginning of a login and by a refresh token."""
    made, held = nine
    for mine, other in off_diagonal(held):
        for named in (other.resource, "https://nobody.example"):
            _, url = made.ask(mine.service, scope=SCOPE, resource=named)
            assert "error=invalid_target" in url
            answer = refresh(made, mine.service, mine.tokens["refresh_token"], resource=named, headers=mine.shown)
            assert (answer.status_code, answer.json["error"]) == (400, "invalid_target")


def test_nobody_refreshes_anothers_tokens(nine):
    """72 refusals as for a token that never was; then nine refreshes."""
    made, held = nine
    for mine, other in off_diagonal(held):
        token = other.tokens["refresh_token"]
        foreign = seen(refresh(made, mine.service, token, headers=mine.shown))
        assert foreign == seen(refresh(made, mine.service, made_up(token), headers=mine.shown))
        assert foreign[0] == 400
    for one in held:
        answer = refresh(made, one.service, one.tokens["refresh_token"], headers=one.shown)
        assert answer.status_code == 200
        one.tokens["refresh_token"] = answer.json["refresh_token"]
