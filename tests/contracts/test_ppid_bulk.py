"""Deriving in bulk: the numbers of one by one, in batches of the custody's size, many times faster."""

import secrets
import time

import pytest
from components.custody import VaultCustody
from components.openbao import OpenBao
from components.scale import at_least, scaled

import ppid
from connectors.errors import Refused
from idp.custody.bulk import CHUNK, Wanted, derive_many

pytestmark = pytest.mark.prove_ppid
TIMES_FASTER = scaled(10, 50)
"""`make test` runs beside other work on two cores; `make prove` has the machine to itself."""
ROUNDS = scaled(10, 100)
SINGLE, PEOPLE = 75, 4_000
"""Of a round: about as long each, and so short that one of many is undisturbed."""
STRINGS = 4000


@pytest.fixture
def keys(custody):
    """A custody of each kind in which a new tenant has keys, and that tenant."""
    tenant, opened = f"town-{secrets.token_hex(6)}", custody.open()
    opened.create(tenant)
    return opened, tenant


def people(count, *, sectors=1, generations=1):
    """So many people of as many sectors and generations in turn."""
    return [
        Wanted(f"sector-{number % sectors}", secrets.token_bytes(32), number % generations)
        for number in range(count)
    ]


def one_by_one(keys, tenant, wanted):
    """As a login derives."""
    return [
        ppid.derive(
            keys,
            tenant_id=tenant,
            sector_id=one.sector_id,
            handle=one.handle,
            key_version=1,
            generation=one.generation,
        )
        for one in wanted
    ]


def in_bulk(keys, tenant, wanted, **options):
    """As a migration derives."""
    return list(derive_many(keys, tenant_id=tenant, key_version=1, wanted=wanted, **options))


def test_bulk_gives_the_ppids_of_one_by_one(keys):
    """In order, of any sector and generation, over several chunks and batches, with progress."""
    opened, tenant = keys
    wanted, told = people(CHUNK + 1203, sectors=3, generations=4), []
    numbers = in_bulk(opened, tenant, wanted, total=len(wanted), progress=lambda *step: told.append(step))
    picked = [0, 1, 2, 3, 475, 476, 497, 498, 499, CHUNK - 1, CHUNK, CHUNK + 1202]
    assert [numbers[n] for n in picked] == one_by_one(opened, tenant, [wanted[n] for n in picked])
    assert told == [("numbers", CHUNK, len(wanted)), ("numbers", len(wanted), len(wanted))]
    assert len(set(numbers)) == len(wanted)
    assert in_bulk(opened, tenant, []) == []


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (Wanted("family", bytes(31)), ppid.HandleRefused),
        (Wanted("family", "a" * 32), ppid.HandleRefused),
        (Wanted("Family", bytes(32)), ppid.SectorIdRefused),
        (Wanted("family", bytes(32), -1), ppid.GenerationRefused),
        (Wanted("family", bytes(32), 2**32), ppid.GenerationRefused),
    ],
    ids=str,
)
def test_what_is_refused_for_one_stops_the_bulk(keys, wanted, refusal):
    """A handle, a sector or a generation that is none, anywhere among good ones."""
    opened, tenant = keys
    with pytest.raises(refusal):
        in_bulk(opened, tenant, [Wanted("family", bytes(32)), wanted])


def test_batches_fit_the_servers_string_limit(openbao):
    """The largest batch at OpenBao's default of 1 000 strings passes; one for another limit is refused whole."""
    custody, tenant = VaultCustody(openbao), f"town-{secrets.token_hex(6)}"
    custody.open().create(tenant)
    wanted = people(498)
    assert len(set(in_bulk(custody.under(openbao.use), tenant, wanted))) == 498
    assert len(set(in_bulk(custody.under(openbao.use), tenant, people(499)))) == 499
    with pytest.raises(Refused):
        in_bulk(custody.under(openbao.use, json_strings=STRINGS), tenant, people(1001))


def test_bulk_derivation_of_ppids_is_many_times_faster(tmp_path):
    """50 times (small: 10) as many a second as logins derive, on a real OpenBao as deploy/vault configures it.

    Over TLS on this machine, each item in the audit file, and no network that would slow the single one. Rounds of
    both take turns, and the least disturbed one of each counts; the numbers are the same.
    """
    with OpenBao(tmp_path, environment={"GOGC": "400"}) as server:
        keys, wanted = VaultCustody(server).open(), people(PEOPLE)
        keys.create("aoba")
        expected, rounds = one_by_one(keys, "aoba", wanted[:SINGLE]), []
        for _ in range(ROUNDS):
            alone, _ = timed(lambda: one_by_one(keys, "aoba", wanted[:SINGLE]))
            together, numbers = timed(lambda: in_bulk(keys, "aoba", wanted))
            assert numbers[:SINGLE] == expected
            rounds.append((alone / SINGLE, together / PEOPLE))
    alone, together = (min(times) for times in zip(*rounds, strict=True))
    print(f"one by one {alone * 1e3:.3f} ms, in bulk {together * 1e3:.4f} ms each")
    at_least("bulk derivation, beside one at a time", alone / together, TIMES_FASTER, "times as fast")


def timed(act):
    """Seconds that `act` takes, and what it gives."""
    began = time.perf_counter()
    given = act()
    return time.perf_counter() - began, given
