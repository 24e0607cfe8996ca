"""利用者コード: chosen, changed, given up, found by staff; a name within one municipality, and no key."""

import json

import pytest

from idp.keys.sealing import Place, digest
from idp.oversight.audit import Action
from idp.people.resident_codes import CHANGES_A_DAY, QUESTIONS_A_MINUTE, RESERVED, read
from idp.registration import NotAllowed
from idp.store import pair_life, schema

CODE, OTHER = "TK7Q-93MX", "WQ4R5T6A"


class Desk:
    """The municipality's staff, with the codes of its people."""

    def __init__(self, town, tenant_id="aoba"):
        self.town, self.tenant_id = town, tenant_id
        self.tenant = town.product.directory.tenant(tenant_id)
        self.codes = town.product.people.resident_codes

    def write(self):
        """A transaction."""
        return self.town.product.store.for_tenant(self.tenant_id).write()

    def handle(self, resident_id, service=None):
        """The person behind a resident's number at a service."""
        sub = self.town.sign_in(service or self.town.library, resident_id)["sub"]
        with self.write() as tx:
            pair = pair_life.by_digest(tx, digest(sub))
            return self.tenant.keys.open(Place("pair", pair.pair_id, "handle"), pair.sealed_handle)

    def choose(self, handle, code):
        """The person chooses."""
        with self.write() as tx:
            return self.codes.choose(tx, self.tenant, handle, code)

    def give_up(self, handle):
        """The person gives it up."""
        with self.write() as tx:
            self.codes.give_up(tx, self.tenant, handle)

    def owner(self, code):
        """Whose it is."""
        with self.write() as tx:
            return self.codes.owner(tx, self.tenant, code)


@pytest.fixture
def desk(aoba):
    """The staff of aoba."""
    return Desk(aoba)


def test_a_code_is_chosen_changed_and_given_up(desk):
    """However it is written; the old one is found no more."""
    hanako = desk.handle("hanako")
    assert desk.choose(hanako, CODE)
    assert not desk.choose(hanako, " tk7q93mx ")
    assert desk.owner("ＴＫ７Ｑ－９３ＭＸ") == hanako
    assert desk.choose(hanako, OTHER)
    assert desk.owner(OTHER) == hanako
    for gone in (CODE, "not a code", "AAAA"):
        with pytest.raises(NotAllowed, match="nobody has this code"):
            desk.owner(gone)
    desk.give_up(hanako)
    with pytest.raises(NotAllowed, match="no code"):
        desk.give_up(hanako)


def test_a_code_is_one_persons_and_stays_free_of_others_for_a_year(desk):
    """While it is somebody's, and for so long after it was given up; then anybody may choose it."""
    hanako, ichiro = desk.handle("hanako"), desk.handle("ichiro")
    desk.choose(hanako, CODE)
    for _ in range(2):
        with pytest.raises(NotAllowed, match="cannot be chosen"):
            desk.choose(ichiro, CODE)
        desk.choose(hanako, OTHER)
    desk.town.control(do="clock", seconds=int(RESERVED.total_seconds()) + 86400)
    assert desk.choose(ichiro, CODE)
    assert desk.owner(CODE) == ichiro


def test_a_refused_choice_leaves_the_earlier_code(desk):
    """Nothing is half done."""
    hanako, ichiro = desk.handle("hanako"), desk.handle("ichiro")
    desk.choose(hanako, CODE)
    desk.choose(ichiro, OTHER)
    with pytest.raises(NotAllowed):
        desk.choose(ichiro, CODE)
    assert desk.owner(OTHER) == ichiro


def test_municipalities_have_codes_of_their_own(desk, aoba):
    """The same code is another person's elsewhere, and nothing of both is alike."""
    abroad = Desk(aoba, "wakaba")
    here, there = desk.handle("hanako"), abroad.handle("hanako", aoba.parking)
    desk.choose(here, CODE)
    abroad.choose(there, CODE)
    assert (desk.owner(CODE), abroad.owner(CODE)) == (here, there)
    with aoba.product.store.engine.connect() as connection:
        rows = connection.execute(schema.resident_code.select()).all()
    one, other = ({bytes(value) for value in row if isinstance(value, bytes)} for row in rows)
    assert len(one) == 3
    assert not one & other
    assert not any(b"TK7Q" in value for value in one | other)


def test_how_often(desk):
    """A person changes it a few times a day; staff ask a few times a minute, so that nobody tries them all."""
    hanako = desk.handle("hanako")
    for number in range(CHANGES_A_DAY):
        assert desk.choose(hanako, f"TK7Q93M{number}")
    with pytest.raises(NotAllowed, match="too often"):
        desk.choose(hanako, OTHER)
    for _ in range(QUESTIONS_A_MINUTE):
        assert desk.owner("TK7Q93M4") == hanako
    with pytest.raises(NotAllowed, match="too often"):
        desk.owner("TK7Q93M4")


@pytest.mark.parametrize(
    "typed",
    [
        "", "TK7Q93M", "TK7Q93MXX", "TK7Q93MU", "ÄK7Q93MX", "TK7Q\x0093MX", "ABCDEFGH", "12345678", "TK7QQQ3X",
        "TK1234QX", "TKDCBA9X", "A1A1A1A1", "S19850401", "A198504Q", "FVCK7Q3X", "shine7Q4", "X" * 200,
    ],
)  # fmt: skip
def test_what_may_not_be_chosen(typed):
    """Too short, too long, unreadable, obvious, a date, an offence."""
    with pytest.raises(NotAllowed):
        read(typed)


def test_the_trail_names_neither_code_nor_person(desk):
    """A keyed tag of the month, and what was done."""
    desk.choose(desk.handle("hanako"), CODE)
    desk.owner(CODE)
    with desk.town.product.store.engine.connect() as connection:
        query = "SELECT outcome, body FROM audit_entry WHERE action = ? ORDER BY at_milliseconds"
        rows = connection.exec_driver_sql(query, (str(Action.RESIDENT_CODE),)).all()
    assert [outcome for outcome, _ in rows] == ["chosen", "found"]
    assert all(json.loads(body).keys() == {"person"} and "TK7Q" not in body for _, body in rows)
