"""Who is alike is not the same: names, birthdays and addresses join nobody, and a wrong merge is undone.

From outside: a running demo, its card tray, `idp`, and a stock client.
"""

import pytest
from components.life import Administration
from components.stock_client import at_tray, sign_in

BASIC_4 = ("name", "address", "birthdate", "gender")


def received(demo, service_id, resident_id, folder):
    """What UserInfo tells a service that asks for the Basic 4."""
    resident, service = demo.resident(resident_id), demo.service(service_id)
    scope, tray = " ".join(("openid", *BASIC_4)), at_tray(demo.ready["sandbox"]["tray"])
    claims = sign_in(demo.tenant(), service, resident, folder, tray, scope=scope).userinfo
    return claims["sub"], {name: claims.get(name) for name in BASIC_4}


@pytest.fixture(scope="module")
def childcare(demo, tmp_path_factory):
    """What childcare, which is registered for all four, knows of each of the three."""
    folder = tmp_path_factory.mktemp("alike")
    return {who: received(demo, "childcare", who, folder) for who in ("aoi", "hinata", "namesake")}


def test_the_same_name_and_birthday_are_two_people(childcare):
    """Name, date of birth and gender are equal to the letter; the numbers are not."""
    (aoi, hers), (namesake, others) = childcare["aoi"], childcare["namesake"]
    assert all(hers[name] == others[name] for name in ("name", "birthdate", "gender"))
    assert hers["address"] != others["address"]
    assert aoi != namesake


def test_twins_at_one_address_are_two_people(childcare):
    """All but the given name is equal; the numbers are not."""
    (aoi, hers), (hinata, others) = childcare["aoi"], childcare["hinata"]
    assert all(hers[name] == others[name] for name in ("address", "birthdate", "gender"))
    assert hers["name"] != others["name"]
    assert aoi != hinata


def test_twins_who_were_merged_by_mistake_are_split(demo, childcare, tmp_path):
    """Two officers believed the wrong paper; undone, each has her own numbers, also where she had come since.

    Merged, both are one at childcare, and the library knows one of them alone. The number that the library gave
    out before the merge is its first owner's again, and the other one gets another.
    """
    office, twins = Administration(demo), ("aoi", "hinata")

    def numbers(service_id):
        return [received(demo, service_id, who, tmp_path)[0] for who in twins]

    def refer(service_id, number):
        named = demo.idp("person", "refer", "--service", service_id, stdin=f"{number}\n")
        return named["reference"]

    before = [childcare[who][0] for who in twins]
    library = received(demo, "library", "hinata", tmp_path)[0]
    references = [refer("childcare", number) for number in before]
    office.decide("aoba", "person", "merge", *references)
    (one,), (at_library,) = set(numbers("childcare")), set(numbers("library"))
    assert one in before
    assert at_library == library
    entries = demo.idp("ppid", "ledger")["entries"]
    merges = [entry["sequence"] for entry in entries if entry["operation"] == "person.merged"]
    office.decide("aoba", "person", "split", str(merges[-1]))
    assert numbers("childcare") == before
    aoi, hinata = numbers("library")
    assert hinata == library != aoi
