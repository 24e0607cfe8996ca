"""Whatever is asked of verified claims: an answer within it, true, meeting each condition, or none."""

from types import MappingProxyType

from components.identity_assurance import AT, HELD_OVER, QUARTER, READ, WITH_PIN, request, told
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.oidc.authorization import verified_request
from idp.oidc.claims import verified_answer, verified_kept, vouching
from idp.oidc.claims.vouching import TRUST_FRAMEWORK, Moment
from idp.sources.record import Source

WORDS = (
    TRUST_FRAMEWORK,
    "card_and_pin",
    "document",
    "vouch",
    "vcrypt",
    "pvp",
    "JPN",
    "passport",
    "idcard",
    QUARTER,
)
CLAIMS = {"name": "髙橋　花子", "birthdate": "1985-06-15", "gender": "female"}
words = st.sampled_from(WORDS)


def leaves(*likely):
    """How one element is asked for: null, any, one value, several, of some age; true ones among them."""
    some = st.sampled_from((*likely, *likely, *WORDS))
    forms = {
        "essential": st.booleans(),
        "purpose": st.text(max_size=3),
        "new": st.integers(),
    }
    plain = st.fixed_dictionaries({}, optional=forms)
    one = st.fixed_dictionaries({"value": some}, optional=forms)
    several = st.fixed_dictionaries({"values": st.lists(some, min_size=1, max_size=3)}, optional=forms)
    young = st.fixed_dictionaries({"max_age": st.integers(0, 5000)}, optional=forms)
    return st.one_of(st.none(), plain, st.none(), one, several, young)


def holders(**members):
    """An object that asks for some of these."""
    return st.fixed_dictionaries({}, optional={**members, "nobody_knows": leaves()})


CHECKS = st.lists(
    holders(check_method=leaves("vcrypt"), time=leaves(QUARTER), check_id=leaves()), min_size=1, max_size=3
)
DETAILS = holders(
    type=leaves("jp_individual_number_card"), document_number=leaves(), issuer=holders(country_code=leaves("JPN"))
)
EVIDENCE = st.lists(
    st.fixed_dictionaries(
        {"type": st.builds(lambda word: {"value": word}, st.sampled_from(["document", "document", "vouch"]))},
        optional={"check_details": CHECKS, "document_details": DETAILS, "record": holders(type=leaves())},
    ),
    min_size=1,
    max_size=3,
)
VERIFICATIONS = st.fixed_dictionaries(
    {"trust_framework": leaves(TRUST_FRAMEWORK, TRUST_FRAMEWORK)},
    optional={
        "time": leaves(QUARTER),
        "assurance_level": leaves(),
        "assurance_process": holders(policy=leaves(TRUST_FRAMEWORK), procedure=leaves("card_and_pin")),
        "evidence": EVIDENCE,
        "nobody_knows": st.one_of(leaves(), holders(time=leaves())),
    },
)
TWO = MappingProxyType(
    {
        "trust_framework": TRUST_FRAMEWORK,
        "time": Moment(AT - 2000),
        "evidence": (
            {"type": "document", "check_details": ({"check_method": "pvp"}, {"check_method": "vcrypt"})},
            {"type": "document", "document_details": {"type": "passport"}},
            {"type": "vouch", "record": {"type": "idcard"}},
        ),
    }
)
"""A source that has more than ours do today."""
FACTS = st.sampled_from([vouching.facts(Source.TERMINAL, login) for login in (WITH_PIN, HELD_OVER)] + [TWO])


def is_met(asked, fact):
    """Whether a text or time is what it has to be."""
    if not isinstance(asked, dict):
        return True
    if "max_age" in asked and not isinstance(fact, Moment):
        return False
    if "max_age" in asked and AT - (fact.at - fact.at % 900 + 899) > asked["max_age"]:
        return False
    return str(fact) in asked.get("values", [asked.get("value", str(fact))])


def conditions(asked):
    """Whether there is one anywhere inside; alternatives have one where all of them do."""
    if isinstance(asked, list):
        return all(map(conditions, asked))
    if not isinstance(asked, dict):
        return False
    return any(name in ("value", "values", "max_age") or conditions(inner) for name, inner in asked.items())


def can_be_met(asked, fact):
    """Whether an answer may be given at all."""
    if fact is None:
        return not conditions(asked)
    if isinstance(fact, str | Moment):
        return is_met(asked, fact)
    if isinstance(fact, tuple):
        return asked is None or any(can_be_met(entry, inner) for entry in asked for inner in fact)
    return asked is None or all(can_be_met(inner, fact.get(name)) for name, inner in asked.items())


def is_within(answer, asked, fact):
    """Whether an answer is of that fact, and nothing of it was not asked for."""
    if isinstance(answer, dict):
        return answer.keys() <= asked.keys() & fact.keys() and all(
            is_within(inner, asked[name], fact[name]) for name, inner in answer.items()
        )
    if isinstance(answer, list):
        pairs = [(entry, inner) for entry in asked for inner in fact if can_be_met(entry, inner)]
        return all(any(is_within(one, *pair) for pair in pairs) for one in answer)
    return answer == str(fact) and is_met(asked, fact)


@settings(max_examples=400, deadline=None)
@given(VERIFICATIONS, FACTS)
def test_an_answer_is_within_its_request_or_there_is_none(asked, facts):
    """Every request is well-formed; an answer is left out exactly where a condition is not met."""
    verified_request.check(request(asked, "name"))
    answer = verified_answer.verification(asked, facts, asked_at=AT)
    assert (answer is not None) == can_be_met(asked, facts)
    assert answer is None or is_within(answer, asked, facts)


@settings(max_examples=150, deadline=None)
@given(
    VERIFICATIONS,
    st.dictionaries(st.sampled_from([*CLAIMS, "address", "x"]), leaves(*CLAIMS.values()), max_size=5),
    st.sampled_from([WITH_PIN, HELD_OVER]),
)
def test_claims_are_those_that_were_asked_for_and_match(verification, claims, login):
    """And the whole answer meets the schema (`told` validates it)."""
    asked = {"verification": verification, "claims": claims}
    answer = told(asked, values=READ, login=login)
    facts = vouching.facts(Source.TERMINAL, login)
    matching = {name: claim for name, claim in CLAIMS.items() if name in claims and is_met(claims[name], claim)}
    if matching and can_be_met(verification, facts):
        assert answer["claims"] == matching
    else:
        assert answer is None
    assert told(asked, Source.SELF, login=login) is None


ALTERNATIVES = st.builds(
    request,
    VERIFICATIONS,
    st.sampled_from(["name", "x"]),
    gender=leaves(*CLAIMS.values()),
)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(ALTERNATIVES, st.lists(ALTERNATIVES, min_size=1, max_size=2)), st.sampled_from([WITH_PIN, HELD_OVER])
)
def test_what_is_kept_of_a_request_has_the_same_answer(asked, login):
    """However little it is, and also when it is kept once more."""
    kept = verified_kept.kept(asked)
    assert told(kept, login=login) == told(asked, login=login)
    assert verified_kept.kept(kept) == kept


MEMBERS = (
    *("verification", "claims", "trust_framework", "assurance_process", "evidence", "type", "check_details"),
    *("document_details", "issuer", "time", "name", "essential", "value", "values", "max_age"),
)


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | words,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(MEMBERS),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_refused_or_answered(asked):
    """A typed refusal or an answer, and never another exception."""
    try:
        verified_request.check(asked)
    except ValueError:
        return
    told(asked)
