"""Three tenants, three clients each: a token is something to its own client at its own tenant and nowhere else."""

import pytest
from components.refreshing import ask_about, refresh, refreshing, signed_in
from components.town import BASE_URL, town
from isolation.strangers import made_up, seen

from idp.registration import NewTenant

TENANTS = ("aoba", "wakaba", "kaede")


@pytest.fixture(scope="module")
def nine(tmp_path_factory, founded_world):
    """A town of three municipalities; nine services, each with the tokens of one login."""
    with town(tmp_path_factory.mktemp("nine"), founded_world) as made:
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
        services = [refreshing(made, f"of-{tenant}-{n}", tenant) for tenant in TENANTS for n in range(3)]
        yield made, [(service, signed_in(made, service)) for service in services]


def off_diagonal(held):
    """Every service with every other one's tokens."""
    return [(mine, tokens) for mine, _ in held for other, tokens in held if other is not mine]


def test_userinfo_answers_at_the_tokens_own_tenant_alone(nine):
    """Elsewhere as to a token that never was."""
    made, held = nine
    places = {service.tenant_id: service for service, _ in held}
    for service, tokens in held:
        for tenant_id, place in places.items():
            answer = made.userinfo(place, tokens["access_token"])
            assert answer.status_code == (200 if tenant_id == service.tenant_id else 401)
            if tenant_id != service.tenant_id:
                assert seen(answer) == seen(made.userinfo(place, made_up(tokens["access_token"])))


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_only_the_diagonal_is_active(nine, kind):
    """81 questions: nine answers."""
    made, held = nine
    for service, tokens in held:
        assert ask_about(made, service, tokens[kind]).json["active"] is True
    for service, tokens in off_diagonal(held):
        assert ask_about(made, service, tokens[kind]).json == {"active": False}


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_nobody_ends_anothers_tokens(nine, kind):
    """72 wishes, each answered as for a token that never was; all tokens are live afterwards."""
    made, held = nine
    for service, tokens in off_diagonal(held):
        foreign = seen(ask_about(made, service, tokens[kind], "revoke"))
        assert foreign == seen(ask_about(made, service, made_up(tokens[kind]), "revoke"))
    for service, tokens in held:
        assert ask_about(made, service, tokens[kind]).json["active"] is True


def test_nobody_refreshes_anothers_tokens(nine):
    """72 refusals as for a token that never was; then nine refreshes."""
    made, held = nine
    for service, tokens in off_diagonal(held):
        token = tokens["refresh_token"]
        foreign = seen(refresh(made, service, token))
        assert foreign == seen(refresh(made, service, made_up(token)))
        assert foreign[0] == 400
    for service, tokens in held:
        answer = refresh(made, service, tokens["refresh_token"])
        assert answer.status_code == 200
        tokens["refresh_token"] = answer.json["refresh_token"]
