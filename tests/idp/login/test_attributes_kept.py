"""The Basic 4 after they were read: sealed, told for minutes, gone with the login, nowhere in clear."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from components.attribute_login import ALL, HANAKO, begun, consent_page, tokens_of, told
from components.particulars import Particulars
from components.town import id_token_claims

from idp.store import pair_life, schema
from idp.tenants.tenant_settings import RELEASED_SECONDS
from idp.worker.jobs import Round


def test_what_was_released_ends(aoba):
    """With the token's time, for UserInfo; and by the worker, for good."""
    service = aoba.register("aoba", "ends", scopes=ALL)
    login = begun(aoba, service, "openid name gender")
    tokens = tokens_of(aoba, login, aoba.prove(login, aoba.sign(login)))
    assert aoba.userinfo(service, tokens["access_token"]).json["name"] == HANAKO["name"]
    assert aoba.rows("released_attribute") == 2
    aoba.product.worker.once()
    assert aoba.rows("released_attribute") == 2
    aoba.control(do="clock", seconds=RELEASED_SECONDS + 1)
    assert aoba.userinfo(service, tokens["access_token"]).status_code == 401
    aoba.product.worker.once()
    assert aoba.rows("released_attribute") == 0


def test_a_replayed_or_misused_code_takes_it_away(aoba):
    """Who presents a code twice, or wrongly, leaves nothing behind to be told."""
    service = aoba.register("aoba", "replayed", scopes=ALL)
    code, login = aoba.code(service, scope="openid name")
    assert aoba.redeem(code, login).status_code == 200
    aoba.control(do="clock", seconds=30)
    assert aoba.redeem(code, login).status_code == 400
    assert aoba.rows("released_attribute") == 0
    code, login = aoba.code(service, scope="openid name")
    assert aoba.rows("released_attribute") == 1
    assert aoba.redeem(code, login, code_verifier="v" * 50).status_code == 400
    assert aoba.rows("released_attribute") == 0


def test_a_row_that_was_altered_is_not_told(aoba):
    """Neither another source nor another login's value passes for what was sealed."""
    service = aoba.register("aoba", "altered", scopes=ALL)
    login = begun(aoba, service, "openid name")
    tokens = tokens_of(aoba, login, aoba.prove(login, aoba.sign(login)))
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE released_attribute SET source = 'terminal'")
    answer = aoba.userinfo(service, tokens["access_token"])
    assert answer.status_code == 401
    assert HANAKO["name"] not in answer.text


CANARY = Particulars(
    name="金糸雀　歌子".encode(), address="見本県金糸雀市鉱山町八丁目".encode(), birth=b"19330711", gender=b"1"
)
CANARIES = ("金糸雀　歌子", "見本県金糸雀市鉱山町八丁目", "金糸雀", "19330711", "1933-07-11")


@pytest.mark.parametrize("seconds", [RELEASED_SECONDS, 0])
def test_the_values_are_nowhere_in_clear(aoba, seconds):
    """Not in the database and its log, not in short-lived state, not in an address: before and after consent.

    Nor where the tenant has nothing stored; nor for a service that states its terms, and learns an age beside.
    """
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.policies.change_tenant(tenant, revocation={}, released_seconds=seconds)
    need = {"purpose": "割引のため", "kept": "1年"}
    terms = {"name": need, "age_over_65": need}
    service = aoba.register("aoba", "canary", scopes=ALL, claim_terms=terms)
    login, url, page = consent_page(aoba, service, ef0002=CANARY.file)
    assert CANARIES[0] in page
    kept = [repr((vars(aoba.product.state)["_records"], url))]
    answer = aoba.consent(login, url)
    kept.append(answer.headers["Location"])
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    tokens = aoba.redeem(code, login).json
    kept += [json.dumps(tokens), json.dumps(id_token_claims(tokens["id_token"]))]
    assert aoba.userinfo(service, tokens["access_token"]).json["name"] == CANARIES[0]
    kept.append(repr(vars(aoba.product.state)["_records"]))
    files = [file.read_bytes() for file in aoba.folder.glob("idp.db*")]
    assert files
    for canary in CANARIES:
        assert canary.encode() not in b"".join(files)
        assert not [text for text in kept if canary in text or json.dumps(canary)[1:-1] in text]


def test_an_overturned_login_tells_nothing_any_more(aoba):
    """What was let in without evidence and turned out revoked takes its values with it."""
    service = aoba.register("aoba", "overturned", scopes=ALL)
    told(aoba, service)
    tenant = aoba.product.directory.tenant("aoba")
    until = int(aoba.clock().timestamp()) + 3600
    defer = {"until": until, "within_seconds": 24 * 3600}
    aoba.product.policies.change_tenant(tenant, revocation={"defer": defer})
    aoba.control(do="ocsp", mode="down")
    aoba.control(do="crl", mode="stale")
    before = aoba.rows("released_attribute")
    told(aoba, service)
    assert aoba.rows("released_attribute") == before + 4
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="ocsp", mode="up")
    aoba.control(do="crl", mode="fresh")
    aoba.control(do="tick")
    aoba.clock.set_offset(aoba.clock.offset + 150)
    jobs = Round(vars(aoba.product.worker)["_jobs"])  # the daily look for revoked people ends more
    while jobs.do_one():
        pass
    assert aoba.rows("released_attribute") == before


def test_a_revoked_pair_tells_nothing_any_more(aoba):
    """Whoever ends a service's grant ends what its logins may still tell."""
    service, other = (aoba.register("aoba", name, scopes=ALL) for name in ("withdrawn", "stays"))
    told(aoba, service)
    told(aoba, other)
    with aoba.product.store.for_tenant("aoba").write() as tx:
        table = schema.access_token
        row = tx.connection.execute(table.select().where(table.c.client_id == service.client_id)).one()
        pair_life.revoke_tokens(tx, row.pair_id, client_id=service.client_id)
    assert aoba.rows("released_attribute") == 4


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_what_was_read_is_forgotten_with_the_decision(aoba, decision):
    """Sealed in short-lived state until then, and not a moment longer."""
    service = aoba.register("aoba", "forgets", scopes=ALL)
    login, url, _ = consent_page(aoba, service)
    assert [sealed for sealed in sealed_in_state(aoba) if sealed]
    aoba.consent(login, url, decision)
    assert not [sealed for sealed in sealed_in_state(aoba) if sealed]


def sealed_in_state(town):
    """What transactions hold of attributes."""
    records = [fields for _, fields in vars(town.product.state)["_records"].values()]
    return [
        json.loads(fields["accepted"]).get("sealed_attributes") for fields in records if fields.get("accepted")
    ]


def test_what_the_card_leaves_open_is_not_kept(aoba):
    """Neither a row nor a word in the audit: nobody can be told it."""
    service = aoba.register("aoba", "open", scopes=ALL)
    card = Particulars(address=b"", birth=b"19850000", gender=b"9")
    assert told(aoba, service, ef0002=card.file) == {"name": HANAKO["name"]}
    assert aoba.rows("released_attribute") == 1
    with aoba.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'attributes.released'"
        (body,) = connection.exec_driver_sql(statement).scalars()
    assert json.loads(body) == {"attributes": ["name"], "client_id": service.client_id, "source": "self"}
