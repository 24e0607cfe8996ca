"""The ring of signing keys on both databases: turned by age, by hand, in an emergency, by many at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from components.jobs import pass_time
from components.signing_ring import grow_old, header_of, kids, published, tenant_of, with_next
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key
from sqlalchemy import update

from idp.custody.ring import DAY_SECONDS, KEPT_DAYS, PUBLISHED_SECONDS, RingRefused
from idp.keys.sealing import Place
from idp.services.request_encryption import REQUEST_KEYS
from idp.store import schema, signing_keys
from idp.store.engine import WriteConflict
from idp.tenants.tenancy import SIGNING_ALGS

MANY = 6


def audited(made, action):
    """How often an action is in the audit trail of aoba."""
    entry = schema.audit_entry
    with made.product.store.for_tenant("aoba").read() as tx:
        found = tx.connection.execute(entry.select().where(entry.c.tenant_id == "aoba", entry.c.action == action))
        return len(found.all())


def at_once(made, act):
    """Let as many processes do the same at one moment; what came of each."""
    start = Barrier(MANY)

    def one(product):
        start.wait()
        try:
            return act(product)
        except RingRefused as refused:
            return refused

    products = [made.build() for _ in range(MANY)]
    for product in products:
        product.directory.refresh()
    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, products))


def test_a_key_is_next_then_current_then_retired_then_gone(either):
    """One life of a ring, for every algorithm; each step is in the audit trail."""
    ring = either.product.custody.signing_ring
    first = kids(either, "current")
    assert set(first) == set(SIGNING_ALGS)
    assert ring.turn_all() == 2  # both towns
    coming = kids(either, "next")
    assert (set(coming), kids(either, "current")) == (set(SIGNING_ALGS), first)
    grow_old(either)
    ring.turn_all()
    assert kids(either, "current") == coming
    assert kids(either, "retired") == set(first.values())
    assert set(kids(either, "next")) == set(SIGNING_ALGS)
    assert ring.turn_all() == 0
    pass_time(either, KEPT_DAYS * DAY_SECONDS)
    ring.turn_all()
    assert not set(first.values()) & set(published(either))
    steps = [audited(either, f"keys.signing-{step}") for step in ("made", "activated", "retired", "removed")]
    assert steps == [18, 12, 12, 6]  # those to which requests are encrypted, too


def test_a_current_key_is_never_followed_by_one_that_nobody_knows(either):
    """However old it is: without a next key, and with one that is too young, it goes on signing."""
    ring, first = either.product.custody.signing_ring, kids(either, "current")
    grow_old(either)
    ring.turn_all()
    assert kids(either, "current") == first
    pass_time(either, PUBLISHED_SECONDS - 60)
    ring.turn_all()
    assert kids(either, "current") == first
    with pytest.raises(RingRefused, match="not known to every service yet: wait"):
        ring.rotate(tenant_of(either), ("ES256",))
    pass_time(either, PUBLISHED_SECONDS)
    ring.turn_all()
    assert kids(either, "retired") == set(first.values())


def test_another_process_signs_with_the_new_key_within_a_refresh(either):
    """It loads what changed, publishes the same key set, and its tokens verify."""
    with_next(either)
    running = either.build()
    running.directory.refresh()
    before = kids(either, "current")["RS256"]
    either.product.custody.signing_ring.rotate(tenant_of(either), ("RS256",))
    here = published(either)
    either.product = running
    running.directory.refresh()
    token = either.redeem(*either.code(either.library)).json["id_token"]
    assert header_of(token)["kid"] == kids(either, "current")["RS256"] != before
    assert published(either) == here


def test_of_a_retired_key_the_private_half_is_gone(either):
    """What is stored opens as a public key and as nothing else."""
    with_next(either).product.custody.signing_ring.rotate(tenant_of(either), SIGNING_ALGS)
    with either.product.store.for_tenant("aoba").read() as tx:
        rows = [row for row in signing_keys.every(tx) if row.state == "retired"]
    assert len(rows) == len(SIGNING_ALGS)
    for row in rows:
        place = Place("signing_key", row.kid.encode(), "private_key")
        der = tenant_of(either).keys.open(place, row.sealed_private_key)
        load_der_public_key(der)
        with pytest.raises(ValueError, match="Could not deserialize"):
            load_der_private_key(der, None)


def test_many_workers_turn_an_old_ring_once(either):
    """One rotation, one next key, whoever comes first."""
    first, coming = kids(with_next(either), "current"), kids(either, "next")
    grow_old(either)
    at_once(either, lambda product: product.custody.signing_ring.turn_all())
    either.product.directory.refresh()
    assert kids(either, "current") == coming
    assert kids(either, "retired") == set(first.values())
    assert len(tenant_of(either).signing_keys) == 3 * len(SIGNING_ALGS)
    assert audited(either, "keys.signing-retired") == len(SIGNING_ALGS) + len(REQUEST_KEYS)


@pytest.mark.parametrize("act", ["rotate", "compromised"])
def test_many_operators_rotate_once(either, act):
    """The others hear that somebody was quicker; the key that has just begun to sign is not taken out."""
    first, coming = kids(with_next(either), "current"), kids(either, "next")

    def order(product):
        return getattr(product.custody.signing_ring, act)(product.directory.tenant("aoba"), ("ES256",))

    done = at_once(either, order)
    assert sum(not isinstance(one, RingRefused) for one in done) == 1
    either.product.directory.refresh()
    assert kids(either, "current") == {**first, "ES256": coming["ES256"]}
    assert kids(either, "retired") == ({first["ES256"]} if act == "rotate" else set())


def test_an_emergency_takes_the_current_key_out_at_once(either):
    """Whether the next one is known or not, or is not there at all, the ring is whole afterwards."""
    ring, seen = either.product.custody.signing_ring, set()
    for _ in range(3):  # without a next key; with one that is seconds old; with that one's follower
        current, before = kids(either, "current")["RS256"], tenant_of(either)
        turned = ring.compromised(before, ("RS256",))
        assert turned.removed == [current]
        assert 200 < ring.seconds_unknown(before, turned.activated) <= PUBLISHED_SECONDS
        assert current not in published(either)
        assert not seen & {current}
        seen.add(current)
        assert {"RS256"} <= set(kids(either, "current")) & set(kids(either, "next"))
    assert either.sign_in(either.library)["sub"]


def test_the_database_keeps_a_second_current_key_out(either):
    """Even from a process that asks nobody: one next and one current key for an algorithm."""
    with_next(either)
    mine = either.product.store.for_tenant("aoba")
    for state in ("next", "current"):
        with mine.read() as tx:
            row = next(row for row in signing_keys.every(tx) if row.state == state)
        with pytest.raises(WriteConflict), mine.write() as tx:
            signing_keys.add(tx, replace(row, kid="es256-another"))


def test_keys_of_an_earlier_version_are_as_old_as_their_day(either):
    """They say no moment: the day of their making counts, and old ones are followed once the next are known."""
    key, first = schema.signing_key, kids(either, "current")
    with either.product.store.for_tenant("aoba").write() as tx:
        tx.connection.execute(update(key).where(key.c.tenant_id == "aoba").values(since=0))
    grow_old(with_next(either))
    either.product.custody.signing_ring.turn_all()
    assert kids(either, "retired") == set(first.values())
