"""Whatever happens, in whatever order: every resident has one number at a service, which can follow it."""

from contextlib import suppress
from itertools import count

import pytest
from components.jobs import pass_time
from components.migrating import Kit, handle_of, handler_of, step_of
from components.town import town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from idp.continuity import back, rekey
from idp.continuity.mapping_key import read_key
from idp.continuity.plan import Plan, Reason
from idp.continuity.sweep import KNOWN_SECONDS
from idp.registration import NotAllowed
from idp.store import schema
from idp.worker.job import Job, LeaseLost, Postpone

KEY = ECKey.generate_key("P-256")
PEOPLE = 5
_numbers = count()


@pytest.fixture(scope="module")
def kit(tmp_path_factory, founded_world):
    """One town for all lives; each has a service of its own, and people of its own."""
    with town(tmp_path_factory.mktemp("town"), founded_world) as made:
        yield Kit(made)


class Life:
    """One service, what it knows of its residents, and every number that was ever live."""

    def __init__(self, kit):
        self.kit, number = kit, next(_numbers)
        self.service = kit.town.register("aoba", f"life-{number}")
        self.other = f"other-{number}"
        self.first = number * 1000
        self.known = {}  # by person: the number that the service has stored
        self.owners = {}  # by digest: whose
        self.buried = set()  # digests that a finished migration left behind
        self.migration = None

    def come(self, person):
        """A resident signs in; the service does what the developers' page says."""
        tenant, client = self.kit.tenant(), self.kit.client(self.service)
        pair = step_of(self.kit).ensure(tenant, client, handle_of(self.first + person))
        stored = self.known.get(person)
        followed = stored in (None, pair.ppid) or (pair.previous is not None and pair.previous.sub == stored)
        assert followed, "the service meets a resident whom it cannot recognise"
        assert stored is not None or pair.previous is None, "a stranger with a past"
        self.known[person] = pair.ppid

    def start(self, reason):
        """A migration, if none is under way."""
        client = self.kit.client(self.service)
        if self.migration is not None:
            return
        if reason is Reason.COMPROMISE:
            versions = {"from_version": self.kit.tenant().ppid_key_version, "to_version": self.kit.rotate()}
            plan = Plan(
                reason=reason,
                services={client.client_id: self.key},
                window_days=1,
                sectors=(client.sector_id,),
                **versions,
            )
        else:
            target = self.other if client.sector_id != self.other else self.service.sector_id
            plan = self.kit.sector(self.service, target, key=self.key)
        with suppress(NotAllowed):  # another service is in the sector that some were left in
            self.migration = self.kit.start(plan)

    @property
    def key(self):
        return read_key(KEY.as_pem(private=False))

    def part(self, seconds):
        """A worker does one part and dies."""
        if self.migration is None:
            return
        pass_time(self.kit.town, seconds)
        handler = handler_of(self.kit.town.product, self.kit.town.clock)
        job = Job(
            job_id=b"",
            kind="",
            payload={"migration": self.migration},
            attempts=1,
            expires_at=2**40,
            renew=lambda: False,
            finish=lambda tx: None,
        )
        with suppress(LeaseLost, Postpone):
            handler.run(self.kit.tenant(), job)

    def abort(self):
        """An operator goes back."""
        if self.migration is not None:
            with suppress(NotAllowed):
                self.kit.migrations.abort(self.kit.tenant(), self.migration)

    def finish(self):
        """The service takes up its file where there is one, and the operator closes the window."""
        if self.migration is None or self.kit.state(self.migration) not in ("open", "aborted"):
            return
        if self.kit.state(self.migration) == "open":
            lines = self.kit.mapping(self.migration, self.service, KEY)
            became = dict(pair for line in lines for pair in line["numbers"])
            self.known = {person: became.get(stored, stored) for person, stored in self.known.items()}
        elif self.kit.migrations.status(self.kit.tenant(), self.migration)[1][0].moved:
            return  # those who stay are met at a login before the window may be closed
        with suppress(NotAllowed):
            self.kit.migrations.finish(self.kit.tenant(), self.migration, early=True)
            self.migration = None
            self.buried |= set(self.owners) - {digest for digest, _, state in self.pairs() if state == "live"}

    def pairs(self):
        """(digest, whose, state) of every pair of these people."""
        keys = self.kit.tenant().keys
        sectors = (self.service.sector_id, self.other)
        whose = {
            keys.pair_index(sector, handle_of(self.first + person)): person
            for person in range(PEOPLE)
            for sector in sectors
        }
        with self.kit.town.product.store.for_tenant("aoba").read() as tx:
            rows = tx.connection.execute(schema.pair.select().where(schema.pair.c.tenant_id == "aoba")).all()
        return [(row.ppid_digest, whose[row.pair_index], row.state) for row in rows if row.pair_index in whose]

    def check(self):
        """One live grant for everybody who came; every number one person's; nobody's after its end."""
        live = [person for _, person, state in self.pairs() if state == "live"]
        assert sorted(live) == sorted(self.known), "not exactly one live number each"
        grants = self.kit.count(schema.grant, schema.grant.c.client_id == self.service.client_id)
        assert grants == len(self.known)
        for digest, person, state in self.pairs():
            assert self.owners.setdefault(digest, person) == person, "a number was issued to two"
            assert not (state == "live" and digest in self.buried), "a buried number lives"


STEPS = st.one_of(
    st.tuples(st.just("come"), st.integers(0, PEOPLE - 1)),
    st.tuples(st.just("start"), st.sampled_from([Reason.COMPROMISE, Reason.SECTOR])),
    st.tuples(st.just("part"), st.sampled_from([0, 2 * KNOWN_SECONDS])),
    st.tuples(st.just("part"), st.just(2 * KNOWN_SECONDS)),
    st.tuples(st.just("abort")),
    st.tuples(st.just("finish")),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=5, max_size=30))
def test_no_number_is_lost_doubled_or_issued_again(kit, steps):
    """Logins, starts, parts of workers that die, aborts and ends, in any order."""
    rekey.PART, back.PART = 2, 2
    life = Life(kit)
    for person in range(PEOPLE - 1):
        life.come(person)
    for name, *arguments in steps:
        getattr(life, name)(*arguments)
        life.check()
    for person in range(PEOPLE):
        life.come(person)
    life.check()
