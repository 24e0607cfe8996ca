"""A new generation of the data key: everything opens all the while, all is sealed anew, kills do no harm."""

import pytest
from components.sealed_rows import generations, opened

from idp.custody import resealing as steps
from idp.custody.sealed_columns import SEALED, UNDER_A_MAC
from idp.keys.sealing import Place, SealBroken
from idp.registration import NotAllowed
from idp.store import data_keys, sealed


def tenant_of(town):
    """The tenant as the town's first process has it."""
    return town.product.directory.tenant("aoba")


def let_pass(town, seconds):
    """Time passes."""
    town.control(do="clock", seconds=town.clock.offset + seconds)


def activated(town):
    """A new generation that seals; its number."""
    resealing = town.product.custody.resealing
    generation = resealing.begin(tenant_of(town))
    let_pass(town, steps.KNOWN_SECONDS)
    resealing.activate(tenant_of(town))
    return generation


class Killed(Exception):
    """The process ends here."""


def killed_after(pages):
    """Progress that ends the run after so many pages."""
    left = [pages]

    def progress(what, done, total):
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    return progress


def test_every_sealed_column_of_the_schema_is_known():
    """A new column named `sealed_*` needs a line in `idp/custody/sealed_columns.py`."""
    assert sealed.sealed_columns() == set(SEALED) | UNDER_A_MAC


def test_each_kind_of_row_is_there_to_be_sealed_anew(lived_in):
    """The rows of these tests leave no sealed column out."""
    assert {(table, column) for table, column, _ in opened(lived_in)} == set(SEALED)


def test_everything_is_sealed_anew_and_says_the_same(lived_in):
    """All values, each bound to its place, are under the new generation afterwards."""
    before = opened(lived_in)
    generation = activated(lived_in)
    assert set(generations(lived_in)) == {1}
    done = lived_in.product.custody.resealing.reseal(tenant_of(lived_in))
    assert (done.generation, done.broken) == (generation, [])
    assert done.resealed >= len(before)
    assert opened(lived_in) == before
    assert generations(lived_in) == {generation: len(before)}


def test_numbers_and_signatures_go_on_through_it(lived_in):
    """The same subs before, between and after, and a process that loads nothing anew opens what it met."""
    before = [lived_in.sign_in(service)["sub"] for service in (lived_in.library, lived_in.childcare)]
    activated(lived_in)
    between = [lived_in.sign_in(service)["sub"] for service in (lived_in.library, lived_in.childcare)]
    lived_in.product.custody.resealing.reseal(tenant_of(lived_in))
    lived_in.product = lived_in.build()
    lived_in.product.directory.refresh()
    after = [lived_in.sign_in(service)["sub"] for service in (lived_in.library, lived_in.childcare)]
    assert before == between == after


def test_killed_at_any_page_it_goes_on(lived_in):
    """After each kill everything opens; the last run finishes the rest."""
    before = opened(lived_in)
    generation = activated(lived_in)
    resealing = lived_in.product.custody.resealing
    for pages in range(1, 5):
        with pytest.raises(Killed):
            resealing.reseal(tenant_of(lived_in), killed_after(pages))
        assert opened(lived_in) == before
        assert len(generations(lived_in)) == 2
    resealing.reseal(tenant_of(lived_in))
    assert generations(lived_in) == {generation: len(before)}
    assert resealing.reseal(tenant_of(lived_in)).resealed == 0


def test_a_generation_seals_nothing_before_every_process_knows_it(lived_in):
    """Begun, it is loaded and waits; activated too early it is refused; two at once are refused."""
    resealing, earlier = lived_in.product.custody.resealing, lived_in.build()
    earlier.directory.refresh()
    assert resealing.seconds_until_known(tenant_of(lived_in)) == 0
    assert resealing.begin(tenant_of(lived_in)) == 2
    assert tenant_of(lived_in).keys.sealing == 1
    assert resealing.seconds_until_known(tenant_of(lived_in)) > 0
    for too_early in (resealing.begin, resealing.activate):
        with pytest.raises(NotAllowed):
            too_early(tenant_of(lived_in))
    earlier.directory.refresh()
    assert earlier.directory.tenant("aoba").keys.generations == {1, 2}
    let_pass(lived_in, steps.KNOWN_SECONDS)
    resealing.activate(tenant_of(lived_in))
    place, late = Place("pair", bytes(16), "handle"), earlier.directory.tenant("aoba").keys
    assert late.open(place, tenant_of(lived_in).keys.seal(place, b"x")) == b"x"
    assert tenant_of(lived_in).keys.open(place, late.seal(place, b"y")) == b"y"


def test_what_a_late_process_still_sealed_is_found(lived_in):
    """A row written under the old generation after the first look is sealed anew by the next."""
    late = tenant_of(lived_in).keys
    generation = activated(lived_in)
    lived_in.product.custody.resealing.reseal(tenant_of(lived_in))
    with lived_in.product.store.for_tenant("aoba").write() as tx:
        row = sealed.page(tx, "certificate", "sealed_handle", after=None, count=1)[0]
        place = SEALED[("certificate", "sealed_handle")].place(row.columns)
        assert sealed.replace(tx, "certificate", "sealed_handle", row, late.seal(place, bytes(32)))
    assert lived_in.product.custody.resealing.reseal(tenant_of(lived_in)).resealed == 1
    assert set(generations(lived_in)) == {generation}


def test_bytes_of_the_first_form_are_read_and_sealed_anew(lived_in):
    """What a product without generations sealed begins with its nonce: it opens, and gets the present form."""
    before = opened(lived_in)
    with lived_in.product.store.for_tenant("aoba").write() as tx:
        for (table, column), where in SEALED.items():
            for row in sealed.page(tx, table, column, after=None, count=1000, also=where.also):
                sealed.replace(tx, table, column, row, row.sealed[4:])
    assert opened(lived_in) == before
    lived_in.product.custody.resealing.reseal(tenant_of(lived_in))
    assert opened(lived_in) == before
    assert generations(lived_in) == {1: len(before)}


def test_a_broken_value_is_named_and_stops_nothing(lived_in):
    """Altered bytes open under no generation: counted, left as they are, and no key is deleted."""
    activated(lived_in)
    with lived_in.product.store.for_tenant("aoba").write() as tx:
        row = sealed.page(tx, "outbox", "sealed_payload", after=None, count=1)[0]
        sealed.replace(tx, "outbox", "sealed_payload", row, row.sealed[:-1] + bytes([row.sealed[-1] ^ 1]))
    resealing = lived_in.product.custody.resealing
    done = resealing.reseal(tenant_of(lived_in))
    assert done.broken == ["outbox.sealed_payload"]
    let_pass(lived_in, steps.KNOWN_SECONDS + steps.SHORT_LIVED_SECONDS)
    resealing.retire(tenant_of(lived_in), done)
    assert done.retired == []


def test_an_old_generation_is_deleted_a_day_later_and_not_before(lived_in):
    """Codes and logins under way may still be under it until then; afterwards it opens nothing."""
    old = tenant_of(lived_in).keys
    generation = activated(lived_in)
    resealing = lived_in.product.custody.resealing
    done = resealing.reseal(tenant_of(lived_in))
    resealing.retire(tenant_of(lived_in), done)
    assert done.retired == []
    assert tenant_of(lived_in).keys.generations == {1, generation}
    let_pass(lived_in, steps.KNOWN_SECONDS + steps.SHORT_LIVED_SECONDS)
    done = resealing.reseal(tenant_of(lived_in))
    resealing.retire(tenant_of(lived_in), done)
    assert done.retired == [1]
    assert tenant_of(lived_in).keys.generations == {generation}
    place = Place("pair", bytes(16), "handle")
    with pytest.raises(SealBroken):
        tenant_of(lived_in).keys.open(place, old.seal(place, b"x"))
    assert lived_in.product.custody.resealing.begin(tenant_of(lived_in)) == generation + 1


def test_every_step_is_in_the_audit(lived_in):
    """Made, activated, retired: each with its generation and no key."""
    activated(lived_in)
    let_pass(lived_in, steps.KNOWN_SECONDS + steps.SHORT_LIVED_SECONDS)
    resealing = lived_in.product.custody.resealing
    resealing.retire(tenant_of(lived_in), resealing.reseal(tenant_of(lived_in)))
    with lived_in.product.store.engine.connect() as connection:
        told = connection.exec_driver_sql(
            "SELECT action, body FROM audit_entry WHERE action LIKE 'keys.%' ORDER BY at_milliseconds"
        ).all()
    assert [tuple(row) for row in told] == [
        ("keys.data-made", '{"generation":2}'),
        ("keys.data-activated", '{"generation":2}'),
        ("keys.data-retired", '{"generation":1}'),
    ]
    with lived_in.product.store.for_tenant("aoba").read() as tx:
        assert [(row.generation, row.state) for row in data_keys.every(tx) if row.label == "seal"] == [
            (2, "current")
        ]
