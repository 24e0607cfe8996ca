"""Many first logins at the same moment, card beside phone, on SQLite and on a real PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from components.scale import against
from components.town import id_token_claims

from idp.store import schema

AT_ONCE = 100


@pytest.mark.prove_ppid
def test_card_and_phone_at_the_same_moment_are_one_person(either):
    """A hundred first logins at once, every other by phone: one person, one number, a row for each certificate."""
    with ThreadPoolExecutor(20) as pool:
        subs = set(pool.map(lambda turn: number(either, turn), range(AT_ONCE)))
    against(f"numbers of {AT_ONCE} first logins at once, card beside phone", len(subs), 1, "")
    assert {table.name: count(either, table) for table in (schema.person, schema.certificate, schema.pair)} == {
        "person": 1,
        "certificate": 2,
        "pair": 1,
    }


def test_a_renewal_meets_card_and_phone(either):
    """Three certificates that name each other, forty logins at once: still one."""
    old = either.resident("midori")
    pairs = [(old.phone_certificate, old.phone_key)]
    either.control(do="renew", resident="midori", certificate="auth")
    either.control(do="renew", resident="midori", certificate="auth")
    either.control(do="tick")
    pairs.append((old.auth_certificate, old.auth_key))
    with ThreadPoolExecutor(20) as pool:
        subs = set(pool.map(lambda turn: login(either, pairs[turn % 2]), range(40)))
    assert len(subs) == 1
    assert (count(either, schema.person), count(either, schema.certificate)) == (1, 4)


def number(made, turn: int) -> str:
    """One login of midori's, by card or by phone."""
    midori = made.resident("midori")
    return login(
        made,
        (midori.phone_certificate, midori.phone_key) if turn % 2 else (midori.auth_certificate, midori.auth_key),
    )


def login(made, files) -> str:
    """The number that the library receives."""
    under_way = made.begin(made.library)
    for _ in range(5):  # J-LIS, browser, card and provider share two cores here
        made.challenge(under_way)
        answer = made.prove(under_way, made.sign(under_way, "midori", files=files))
        if answer.status_code != 503:
            break
    assert answer.status_code == 200, answer.text
    token = made.redeem(*made.finish(under_way, answer.json["return_url"])).json["id_token"]
    return id_token_claims(token)["sub"]


def count(made, table) -> int:
    """Rows of aoba."""
    with made.product.store.for_tenant("aoba").read() as tx:
        return len(tx.connection.execute(table.select().where(table.c.tenant_id == "aoba")).all())
