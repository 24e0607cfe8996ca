"""What a stolen database tells of people who were merged: that there were some, and not who."""

from components.residents import Office, sub_of
from isolation.stolen_database import Neighbourhoods, Stolen


def test_former_numbers_hang_together_with_nothing(aoba, tmp_path):
    """Both known in two sectors: two rows of one length, and no value joins one with any other row."""
    services = (aoba.library, aoba.school)
    numbers = {one: [sub_of(aoba, service, one) for service in services] for one in ("hanako", "yoko")}
    office = Office(aoba)
    office.merge(*(office.refer(aoba.library, numbers[one][0]) for one in ("hanako", "yoko")))
    stolen = Stolen.from_sqlite(tmp_path / "idp.db")
    found = stolen.tables["former_number"]
    assert len(found) == 2
    assert len({len(bytes(row["sealed_record"])) for row in found}) == 1
    areas = Neighbourhoods(stolen, common=1000)
    for at in range(len(found)):
        assert areas.of(("former_number", at)) == [("former_number", at)]
