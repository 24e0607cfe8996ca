"""Parents and guardians, registered at the counter: two officers, a document, and a day kept from all eyes."""

import json

import pytest
from components.agents import acted, asked_for_whom, claims_of, taking_agents
from components.residents import Office

from idp import background
from idp.agents.representation import Basis, Seen
from idp.agents.statutory import NewAgent
from idp.japan import day_in_japan
from idp.oversight.approval import ApprovalRefused
from idp.registration import NotAllowed

_DAY = 24 * 3600


@pytest.fixture
def welfare(aoba):
    """A service of a fresh town, at which agents may sign in."""
    return taking_agents(aoba)


class Counter:
    """Two officers and the references of Sora, a child, and of Hanako, who is to act for them."""

    def __init__(self, town):
        self.town, self.office = town, Office(town)
        self.child, self.parent = (
            self.office.refer(town.library, town.sign_in(town.library, who)["sub"]) for who in ("sora", "hanako")
        )

    @property
    def today(self):
        """In Japan."""
        return day_in_japan(self.town.clock())

    def wish(self, **changes):
        """What was seen at the counter."""
        born = self.today.replace(year=self.today.year - 10, month=4, day=2)
        wish = {
            "principal": self.child,
            "agent": self.parent,
            "basis": Basis.PARENT,
            "seen": Seen.FAMILY_REGISTER,
            "on": born,
            "desk": "市民課 2番窓口",
        }
        return NewAgent(**{**wish, **changes})

    def propose(self, **changes):
        """Propose it."""
        return self.town.product.agent_wishes.register(self.office.tenant, self.wish(**changes))

    def approve(self, proposal, *confirmations):
        """Each officer's yes, with the date that they read."""
        approvals = self.town.product.trust.approvals
        for token, confirmation in zip(self.office.tokens, confirmations, strict=False):
            approvals.approve(self.office.tenant, proposal.proposal_id, token, confirmation)

    def registered(self, **changes):
        """Proposed and approved."""
        wish = self.wish(**changes)
        self.approve(self.propose(**changes), wish.on.isoformat(), wish.on.isoformat())


@pytest.fixture
def counter(aoba, welfare):
    """The counter of that town."""
    return Counter(aoba)


def test_a_parent_acts_for_a_child_until_it_is_of_age(aoba, welfare, counter):
    """Sora's number is `sub`, Hanako's is `act.sub`; on the eighteenth birthday nobody acts for Sora."""
    counter.registered()
    tokens, _ = acted(aoba, welfare, "hanako")
    claims = claims_of(tokens)
    assert claims["act"]["kind"] == "statutory"
    assert claims["sub"] == aoba.sign_in(welfare, "sora")["sub"]
    birthday = counter.today.replace(year=counter.today.year + 8, month=4, day=2)
    asked = asked_for_whom(aoba, welfare, "hanako")
    assert f"{birthday.year}年4月1日までの代理です" in asked.text
    aoba.control(do="clock", seconds=((birthday - counter.today).days) * _DAY)
    kept = aoba.product.agents
    assert kept.passing.sweep([counter.office.tenant]) == 1
    assert aoba.userinfo(welfare, tokens["access_token"]).status_code == 401


def test_each_officer_reads_the_date_from_the_document(counter):
    """A wrong date, or none, is no approval; the proposal tells it to nobody."""
    proposal = counter.propose()
    born = counter.wish().on
    stored = json.dumps([proposal.facts, proposal.summary], ensure_ascii=False)
    assert str(born) not in stored
    assert str(born.year + 18) not in stored
    for wrong in ("", "2001-01-01", born.replace(day=3).isoformat(), "born then"):
        with pytest.raises(ApprovalRefused, match="YYYY-MM-DD"):
            counter.approve(proposal, wrong)
    counter.approve(proposal, born.isoformat())
    with pytest.raises(ApprovalRefused):
        counter.approve(proposal, born.isoformat())


def test_the_day_is_nowhere_in_the_database(aoba, counter):
    """Neither the date of birth nor the last day, in any row or file of it."""
    born = counter.wish().on
    counter.registered()
    text = (aoba.folder / "idp.db").read_bytes() + (aoba.folder / "idp.db-wal").read_bytes()
    for said in (born.isoformat(), f"{born.year + 18}-04-01", born.strftime("%Y%m%d")):
        assert said.encode() not in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seen": Seen.REGISTRATION_CERTIFICATE}, "proven by"),
        ({"basis": Basis.MANDATE}, "by the person themselves"),
        ({"basis": Basis.CURATOR, "seen": Seen.REGISTRATION_CERTIFICATE, "years": 1}, "name the services"),
        ({"basis": Basis.GUARDIAN, "seen": Seen.REGISTRATION_CERTIFICATE, "years": 9}, "at most"),
        ({"years": -20}, "of age"),
        ({"services": ("library",)}, "takes no statutory agents"),
        ({"services": ("welfare/nothing",)}, "no service or procedure"),
        ({"services": ("nowhere",)}, "no service or procedure"),
        ({"desk": " "}, "the post"),
        ({"agent": "principal"}, "the same person"),
        ({"agent": "7K3Q-9F0M"}, "no such reference"),
    ],
)
def test_what_cannot_be_is_refused(counter, changes, sentence):
    """Each with a sentence that says why; nothing is proposed."""
    years = changes.pop("years", None)
    if years is not None:
        changes["on"] = counter.today.replace(year=counter.today.year + years, month=3, day=1)
    if changes.get("agent") == "principal":
        changes["agent"] = counter.child
    with pytest.raises(NotAllowed, match=sentence):
        counter.propose(**changes)


def test_a_curator_acts_where_the_court_said_alone(aoba, welfare, counter):
    """At the named service; nothing is asked at another one that takes agents, too."""
    tax = taking_agents(aoba, "tax")
    end = counter.today.replace(year=counter.today.year + 1, month=3, day=1)
    counter.registered(basis=Basis.CURATOR, seen=Seen.REGISTRATION_CERTIFICATE, on=end, services=("welfare",))
    assert asked_for_whom(aoba, welfare, "hanako").marks
    assert "act" not in aoba.sign_in(tax, "hanako")


def test_the_same_is_registered_once(counter):
    """A second proposal is refused, and so is the approval of one that was proposed before the first counted."""
    first, second = counter.propose(), counter.propose()
    born = counter.wish().on.isoformat()
    counter.approve(first, born, born)
    with pytest.raises(NotAllowed, match="registered already"):
        counter.approve(second, born, born)
    with pytest.raises(NotAllowed, match="registered already"):
        counter.propose()


def test_the_audit_tells_what_was_seen_and_names_nobody(aoba, counter):
    """Basis, document, post, and a tag of the month for either side; the trail is sound."""
    from idp.oversight.audit import Action, told

    counter.registered()
    tenant = counter.office.tenant
    background.seal_all(aoba.product.store, aoba.product.directory, aoba.product.now)
    with aoba.product.store.for_tenant("aoba").read() as tx:
        [(_, details)] = list(told(tx, tenant.keys, Action.AGENT_CHANGED))
    assert {name: details[name] for name in ("basis", "kind", "seen", "desk")} == {
        "basis": "parent",
        "kind": "statutory",
        "seen": "family-register",
        "desk": "市民課 2番窓口",
    }
    assert len({details["principal"], details["agent"]}) == 2
